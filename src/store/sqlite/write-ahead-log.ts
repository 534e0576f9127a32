/**
 * When a database has a write-ahead log. While it is written it has one; a database that was closed has none, because
 * whoever reads it then needs no file beside it: a folder that cannot be written will do, and nothing is left behind.
 */
import { accessSync, closeSync, constants, existsSync, openSync, readSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import { AppError } from '../../domain/errors.ts';

/** Ms to wait for readers, which must be between two questions when the log begins. */
const BEGIN_WAIT_MS = 10_000;
/** Ms to wait for readers of the log when it ends. */
const END_WAIT_MS = 2_000;

/** Begins the log. Errors: SQLite's own; SQLITE_BUSY when a reader takes longer than that. */
export function beginLog(db: Database.Database): void {
  const wait = db.pragma('busy_timeout', { simple: true }) as number;
  db.pragma(`busy_timeout = ${BEGIN_WAIT_MS}`);
  db.pragma('journal_mode = WAL');
  db.pragma(`busy_timeout = ${wait}`);
}

/** Takes the log into the file and ends it. While somebody reads, or where the disk is full, it stays: nothing is lost. */
export function endLog(db: Database.Database): void {
  db.pragma(`busy_timeout = ${END_WAIT_MS}`);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.pragma('busy_timeout = 0');
  try {
    db.pragma('journal_mode = DELETE');
  } catch {
    // The next writer takes over where this one ended.
  }
}

/** Place in the header of a file that says whether it has a log, and what it says then. */
const READ_VERSION_AT = 19;
const WITH_LOG = 2;

/**
 * SQLite reads a file that has a log with the help of a second file beside it. Where that is missing and cannot be made,
 * nothing is guessed: without its log the file may be old, or torn. Errors: `db_unwritable`.
 */
export function refuseWithoutIndex(path: string): void {
  const file = realpathSync(path);
  if (!hasLog(file) || existsSync(`${file}-shm`) || isWritable(dirname(file))) return;
  throw new AppError(
    'db_unwritable',
    `cannot read database ${path}: it was not closed, and its folder cannot be written`,
    {
      remedy:
        'run `meshwake db migrate --db FILE` once as somebody who may write there, or copy the file, with the one that ends in -wal, to a folder of yours',
    },
  );
}

function hasLog(file: string): boolean {
  const head = new Uint8Array(READ_VERSION_AT + 1);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, head, 0, head.length, 0);
  } finally {
    closeSync(fd);
  }
  return head[READ_VERSION_AT] === WITH_LOG;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
