/** What `meshwake db` does with a database file as a whole. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError, messageOf } from '../../domain/errors.ts';
import { holdLock } from './lock.ts';
import { checkDatabase, pruneDatabase } from './maintenance.ts';
import { schemaVersion } from './migrate.ts';
import { explain, guarded, type OpenDatabase, openDatabase } from './open.ts';

/** Errors of all: db_missing, db_foreign, db_newer, db_damaged, db_locked, db_unwritable. */
export function migrateFile(path: string): { readonly from: number; readonly to: number } {
  return withDatabase(path, 'write', ({ from, db }) => ({ from, to: schemaVersion(db) }));
}

export function checkFile(path: string): { readonly ok: boolean; readonly problems: readonly string[] } {
  return withDatabase(path, 'read', ({ db }) => {
    const problems = guarded(path, () => checkDatabase(db));
    return { ok: problems.length === 0, problems };
  });
}

/** The copy carries its final name only once it is whole and on disk. Errors also: bad_parameter, when `target` exists. */
export async function backupFile(path: string, target: string): Promise<void> {
  if (existsSync(target)) {
    throw new AppError('bad_parameter', `cannot back up to ${target}: it exists`, {
      remedy: 'name a file that is not there',
    });
  }
  if (!existsSync(dirname(target))) {
    throw new AppError('db_unwritable', `cannot back up to ${target}: there is no such folder`);
  }
  const unfinished = `${target}.unfinished`;
  // Left behind by a backup that was killed.
  rmSync(unfinished, { force: true });
  const { db, close } = openDatabase({ path, mode: 'read' });
  try {
    await db.backup(unfinished);
    sync(unfinished);
    renameSync(unfinished, target);
    sync(dirname(target));
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw backupError(path, target, error);
  } finally {
    close();
  }
}

/** Damage is the database's; what cannot be opened, written or is full is where the copy should go. */
function backupError(path: string, target: string, error: unknown): unknown {
  const told = explain(path, error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isDamaged = told instanceof AppError && told.code !== 'db_unwritable' && told.code !== 'disk_full';
  if (isDamaged || code === '') return told;
  const isFull = code === 'SQLITE_FULL' || code === 'ENOSPC';
  return new AppError(
    isFull ? 'disk_full' : 'db_unwritable',
    `cannot back up to ${target}: ${messageOf(error)}`,
    {
      cause: error,
    },
  );
}

export async function pruneFile(path: string, before: number): Promise<{ readonly lines: number }> {
  mustExist(path);
  const { db, close } = openDatabase({ path, mode: 'write' });
  try {
    return await pruneDatabase(db, before);
  } finally {
    close();
  }
}

/** Removes a closed database, unless another process has it open to write; the lock's own file stays, as it always does. */
export function removeFile(path: string): void {
  let release: () => void;
  try {
    release = holdLock(path);
  } catch {
    return;
  }
  try {
    rmSync(path, { force: true });
  } finally {
    release();
  }
}

function withDatabase<T>(path: string, mode: 'read' | 'write', work: (open: OpenDatabase) => T): T {
  mustExist(path);
  const open = openDatabase({ path, mode });
  try {
    return work(open);
  } finally {
    open.close();
  }
}

function mustExist(path: string): void {
  if (!existsSync(path)) throw new AppError('db_missing', `cannot open database ${path}: no such file`);
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
