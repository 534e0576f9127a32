/**
 * A database whose closing was cut off, by a power cut or `kill -9`, has a journal beside it that says how to take the last
 * change back. SQLite does that when the file is opened to be written, and refuses to read it before.
 */
import { closeSync, existsSync, openSync, readSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import { AppError } from '../../domain/errors.ts';
import { APPLICATION_ID } from './migrate.ts';

/** Place of the application's id in the header of a file, and of the pages before the change in that of a journal. */
const APPLICATION_ID_AT = 68;
const PAGES_AT = 16;

/** True when SQLite cannot read the file before a change is taken back. */
export function hasHotJournal(path: string): boolean {
  if (!existsSync(journalOf(path))) return false;
  const db = new Database(resolve(path), { readonly: true, fileMustExist: true });
  try {
    db.pragma('user_version');
    return false;
  } catch (error) {
    return error instanceof Database.SqliteError && error.code === 'SQLITE_READONLY_ROLLBACK';
  } finally {
    db.close();
  }
}

/**
 * Has SQLite take the last change back. Only of a database that is to be written, and that is ours: it bears our mark, or
 * there was nothing in it before that change. Errors: `db_unwritable`, `db_foreign`; SQLite's own.
 */
export function takeBack(path: string, mode: 'read' | 'write'): void {
  if (numberAt(path, APPLICATION_ID_AT) !== APPLICATION_ID && numberAt(journalOf(path), PAGES_AT) !== 0)
    throw new AppError('db_foreign', `cannot open database ${path}: it belongs to another program`);
  if (mode === 'read')
    throw new AppError('db_unwritable', `cannot read database ${path}: it was not closed to the end`, {
      remedy:
        'run `meshwake db migrate --db FILE` once, as somebody who may write to it; nothing acknowledged is lost',
    });
  const db = new Database(resolve(path), { fileMustExist: true, timeout: 2_000 });
  try {
    db.pragma('user_version');
  } finally {
    db.close();
  }
}

function journalOf(path: string): string {
  return `${realpathSync(path)}-journal`;
}

/** Four bytes of a file as a number; 0 behind its end. */
function numberAt(path: string, at: number): number {
  const bytes = Buffer.alloc(4);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, bytes, 0, bytes.length, at);
  } finally {
    closeSync(fd);
  }
  return bytes.readUInt32BE(0);
}
