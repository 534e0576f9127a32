/** Keeps a second writer off a database: two of them would not see each other's memory. */

import { existsSync, realpathSync } from 'node:fs';
import Database from 'better-sqlite3';
import { AppError } from '../../domain/errors.ts';

/**
 * Takes the writer's lock of a database file and answers how to give it back.
 * The lock is an open transaction on a little file beside it, which the kernel ends with the process: a lock
 * left behind by `kill -9` does not block. Errors: db_locked, db_unwritable.
 */
export function holdLock(path: string): () => void {
  const lockPath = `${existsSync(path) ? realpathSync(path) : path}.lock`;
  let lock: Database.Database | null = null;
  try {
    lock = new Database(lockPath, { timeout: 0 });
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    const busy = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
    throw busy
      ? new AppError('db_locked', `cannot open database ${path}: another meshwake is writing to it`, {
          cause: error,
        })
      : new AppError('db_unwritable', `cannot open database ${path}: cannot write ${lockPath}`, {
          cause: error,
        });
  }
  const held = lock;
  return () => held.close();
}
