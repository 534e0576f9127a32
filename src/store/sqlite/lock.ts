/** Keeps a second writer off a database: two of them would not see each other's memory. */

import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { AppError } from '../../domain/errors.ts';

/** Locks that are held: one that nobody refers to any more is closed by the garbage collector, and so given back. */
const HELD = new Set<Database.Database>();

/**
 * Takes the writer's lock of a database file and answers how to give it back.
 * The lock is an open transaction on a little file beside it, which the kernel ends with the process: a lock
 * left behind by `kill -9` does not block. The file itself stays: removed, it might be what another process has just opened,
 * which would then hold a lock that nobody else sees. Errors: db_locked, db_unwritable.
 */
export function holdLock(path: string): () => void {
  let lockPath = `${path}.lock`;
  let lock: Database.Database | null = null;
  try {
    lockPath = `${realPath(path)}.lock`;
    lock = new Database(lockPath, { timeout: 0 });
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    const busy = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
    if (!existsSync(dirname(lockPath)))
      throw new AppError('db_unwritable', `cannot open database ${path}: there is no such folder`, {
        remedy: 'make the folder, or name another file with --db',
        cause: error,
      });
    throw busy
      ? new AppError('db_locked', `cannot open database ${path}: another meshwake is writing to it`, {
          cause: error,
        })
      : new AppError('db_unwritable', `cannot open database ${path}: cannot write ${lockPath}`, {
          cause: error,
        });
  }
  const held = lock;
  HELD.add(held);
  return () => {
    HELD.delete(held);
    held.close();
  };
}

/** Symbolic links that lead from one to the next; more are taken for a circle. */
const LINKS_MAX = 40;

/** Where a file is, or will be: also behind a link whose target is not there yet. */
function realPath(path: string, links = 0): string {
  try {
    return realpathSync(path);
  } catch {
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (isLink && links < LINKS_MAX) return realPath(resolve(dirname(path), readlinkSync(path)), links + 1);
    const folder = dirname(resolve(path));
    return folder === path ? path : join(realPath(folder, LINKS_MAX), basename(path));
  }
}
