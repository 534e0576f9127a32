/** Puts the parts together: which store, which parser, opened and closed in order. Knows everything, decides nothing. */
import { createAnalysis } from './analysis/create-analysis.ts';
import { alignEnds } from './analysis/pairing/align.ts';
import type { Identity } from './domain/entry.ts';
import { AppError } from './domain/errors.ts';
import type { Store } from './domain/ports.ts';
import type { Analysis } from './domain/queries.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import { createLineParser } from './parse/line-parser.ts';
import { renderLine } from './parse/render.ts';
import * as sqlite from './store/sqlite/files.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';

export { explainLine, listFormats } from './parse/catalogue.ts';

/** How to read lines: a format of the user's own (null: the known ones), and who wrote lines that do not tell. */
export interface ParserOptions {
  readonly format: string | null;
  readonly identity: Identity;
}

export interface Runtime {
  readonly store: Store;
  readonly analysis: Analysis;
  /** One per input stream. Errors: bad_format. */
  newIngest(options: ParserOptions): Ingest;
  close(): Promise<void>;
}

export interface RuntimeOptions {
  /** Path of the SQLite file; null for a temporary database that is gone at close. */
  readonly db: string | null;
  /** `read` never creates or changes the file. */
  readonly mode: 'write' | 'read';
  /** Ms since the epoch. */
  readonly now: () => number;
}

/** Errors: db_missing, db_foreign, db_newer, db_outdated, db_damaged, db_locked, db_unwritable. */
export async function openRuntime({ db, mode, now }: RuntimeOptions): Promise<Runtime> {
  const store = openSqliteStore({ path: sqlitePath(db), mode, align: alignEnds });
  return {
    store,
    analysis: createAnalysis({ reader: store, render: renderLine, now }),
    newIngest: (options) => createIngest({ parser: createLineParser(options), store }),
    close: () => store.close(),
  };
}

/** Brings a database to the newest schema; makes none. */
export async function migrateDatabase(path: string): Promise<{ readonly from: number; readonly to: number }> {
  return sqlite.migrateFile(path);
}

/** Reads all of a database and tells what is wrong with it. */
export async function checkDatabase(
  path: string,
): Promise<{ readonly ok: boolean; readonly problems: readonly string[] }> {
  return sqlite.checkFile(path);
}

/** Copies a database, also one in use, whole or not at all. */
export async function backupDatabase(path: string, target: string): Promise<void> {
  return sqlite.backupFile(path, target);
}

/** Drops the connections that started before `before` (ms since the epoch). */
export async function pruneDatabase(path: string, before: number): Promise<{ readonly lines: number }> {
  return sqlite.pruneFile(path, before);
}

function sqlitePath(db: string | null): string | null {
  if (db?.startsWith('clickhouse://')) {
    throw new AppError(
      'not_supported',
      'cannot open a ClickHouse database: this version stores in SQLite only',
      {
        remedy: 'name a file with --db',
      },
    );
  }
  return db;
}
