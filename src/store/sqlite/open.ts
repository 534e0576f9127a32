/** Opens a database file, and refuses what is not ours, what is newer, and what is damaged, without touching it. */

import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import { AppError, messageOf } from '../../domain/errors.ts';
import { hasHotJournal, takeBack } from './hot-journal.ts';
import { holdLock } from './lock.ts';
import { APPLICATION_ID, migrate, newestVersion, schemaVersion } from './migrate.ts';
import { beginLog, endLog, refuseWithoutIndex } from './write-ahead-log.ts';

export interface OpenOptions {
  /** Null: a temporary database that leaves nothing behind. */
  readonly path: string | null;
  /** `read` never creates or changes the file. `write` is exclusive, creates and migrates. */
  readonly mode: 'read' | 'write';
  /**
   * Pages (8 KiB) of the log that are waited for before they are copied into the file. The more, the fewer are copied twice, and the
   * longer it takes when it is done.
   */
  readonly checkpointPages?: number;
}

/** Quickly done, as somebody may wait for an answer. */
const CHECKPOINT_PAGES = 2_000;
/** For whoever does nothing but write: not more than the log is allowed to keep. */
export const CHECKPOINT_PAGES_BULK = 8_000;

export interface OpenDatabase {
  readonly db: Database.Database;
  /** Version of the schema before it was opened, 0 for a new one. */
  readonly from: number;
  /** Checkpoints and closes; the file is then whole without its WAL. */
  readonly close: () => void;
}

/** Errors: db_missing, db_foreign, db_newer, db_outdated, db_damaged, db_locked, db_unwritable. */
export function openDatabase({ path, mode, checkpointPages = CHECKPOINT_PAGES }: OpenOptions): OpenDatabase {
  if (path === null) return openTemporary();
  const exists = existsSync(path);
  if (exists && !statSync(path).isFile())
    throw new AppError('db_foreign', `cannot open database ${path}: it is not a file`);
  if (!exists && mode === 'read')
    throw new AppError('db_missing', `cannot open database ${path}: no such file`);
  if (exists) {
    if (hasHotJournal(path)) takeBack(path, mode);
    inspect(path);
  }
  return mode === 'read' ? openToRead(path) : openToWrite(path, checkpointPages);
}

function openTemporary(): OpenDatabase {
  // The empty name is SQLite's own for a private file that vanishes with the connection.
  const db = new Database('');
  db.pragma('journal_mode = OFF');
  db.pragma('synchronous = OFF');
  configure(db);
  return { db, from: migrate(db).from, close: () => db.close() };
}

function openToRead(path: string): OpenDatabase {
  const db = guarded(path, () => openFile(path, { readonly: true }));
  db.pragma('query_only = ON');
  configure(db);
  const from = guarded(path, () => schemaVersion(db));
  if (from < newestVersion()) {
    db.close();
    throw from === 0
      ? new AppError('db_missing', `cannot open database ${path}: it is empty`)
      : new AppError(
          'db_outdated',
          `cannot open database ${path}: its schema is version ${from} of ${newestVersion()}`,
        );
  }
  return { db, from, close: () => db.close() };
}

function openToWrite(path: string, checkpointPages: number): OpenDatabase {
  const release = holdLock(path);
  try {
    const db = guarded(path, () => openFile(path, {}));
    const { from } = guarded(path, () => {
      // Pages of 8 KiB hold about 150 connections; only a new file takes the size.
      db.pragma('page_size = 8192');
      beginLog(db);
      db.pragma(`wal_autocheckpoint = ${checkpointPages}`);
      db.pragma('journal_size_limit = 67108864');
      configure(db);
      // A power cut may take back the last steps of the schema, and never a part of one: whoever opens the file next makes them
      // again. Nothing was acknowledged that rests on them, and what will be is synced together with them.
      db.pragma('synchronous = NORMAL');
      const migrated = migrate(db);
      // NORMAL would lose acknowledged data in a power cut.
      db.pragma('synchronous = FULL');
      // A wait within SQLite would hold up everybody; whoever writes waits outside.
      db.pragma('busy_timeout = 0');
      return migrated;
    });
    const close = () => {
      endLog(db);
      db.close();
      release();
    };
    return { db, from, close };
  } catch (error) {
    release();
    throw error;
  }
}

/** Some names mean something else to SQLite, such as `:memory:`; a whole path never does. */
function openFile(path: string, options: Database.Options): Database.Database {
  return new Database(resolve(path), { ...options, timeout: 2_000 });
}

function configure(db: Database.Database): void {
  // Kibibytes. Rows and keys are appended close together, so a small cache is as quick as a large one.
  db.pragma('cache_size = -16384');
  db.pragma('temp_store = MEMORY');
  db.pragma('trusted_schema = OFF');
  db.pragma('cell_size_check = ON');
}

/** The smallest file that SQLite makes: one page. */
const DATABASE_BYTES_MIN = 512;

/** Looks at a file before anything may write to it. */
function inspect(path: string): void {
  const { size } = statSync(path);
  if (size === 0) return;
  // SQLite takes a file of one byte for an empty one, and would write over it.
  if (size < DATABASE_BYTES_MIN)
    throw new AppError('db_foreign', `cannot open database ${path}: it is no SQLite file`);
  refuseWithoutIndex(path);
  const db = guarded(path, () => openFile(path, { readonly: true, fileMustExist: true }));
  try {
    guarded(path, () => {
      const application = db.pragma('application_id', { simple: true }) as number;
      const version = schemaVersion(db);
      const tables = db
        .prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table'")
        .pluck()
        .get() as number;
      if (application !== APPLICATION_ID && (application !== 0 || version !== 0 || tables > 0)) {
        throw new AppError('db_foreign', `cannot open database ${path}: it belongs to another program`);
      }
      if (version > newestVersion()) {
        throw new AppError(
          'db_newer',
          `cannot open database ${path}: its schema is version ${version}, this meshwake knows ${newestVersion()}`,
        );
      }
      const alien = db
        .prepare("SELECT name FROM sqlite_schema WHERE type IN ('trigger', 'view')")
        .pluck()
        .get();
      if (alien !== undefined)
        throw new AppError(
          'db_foreign',
          `cannot open database ${path}: it has a trigger or view that meshwake did not make`,
        );
    });
  } finally {
    db.close();
  }
}

/** Turns SQLite's errors about a file into ours. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explain(path, error);
  }
}

/** The catalogue's error for what SQLite said, or the error itself. */
export function explain(path: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const text = messageOf(error);
  if (error.code === 'SQLITE_NOTADB')
    return new AppError('db_foreign', `cannot open database ${path}: it is no SQLite file`, { cause: error });
  if (error.code.startsWith('SQLITE_CORRUPT'))
    return new AppError('db_damaged', `cannot use database ${path}: ${text}`, { cause: error });
  if (error.code.startsWith('SQLITE_BUSY'))
    return new AppError('db_locked', `cannot use database ${path}: another program has it locked`, {
      cause: error,
    });
  if (error.code === 'SQLITE_FULL')
    return new AppError('disk_full', `cannot write database ${path}: no space left`, { cause: error });
  // The index of the log could not grow.
  if (error.code === 'SQLITE_IOERR_SHMSIZE')
    return new AppError('disk_full', `cannot use database ${path}: no space left`, { cause: error });
  if (error.code.startsWith('SQLITE_IOERR'))
    return new AppError('disk_failed', `cannot use database ${path}: ${text} (${error.code})`, {
      cause: error,
    });
  if (/^SQLITE_(READONLY|CANTOPEN|PERM)/.test(error.code))
    return new AppError('db_unwritable', `cannot use database ${path}: ${text} (${error.code})`, {
      cause: error,
    });
  return error;
}
