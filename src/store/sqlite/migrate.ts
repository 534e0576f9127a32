/** Brings a database to the newest schema: numbered SQL files, each with what fills its tables and its record in one transaction. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type Database from 'better-sqlite3';
import { AppError } from '../../domain/errors.ts';
import { fillMeasures } from './measures/fill-measures.ts';

/** "MWAK": marks a file as ours. */
export const APPLICATION_ID = 0x4d57414b;

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** What fills new tables from what is there, by the number of the file that makes them. */
const FILLS: ReadonlyMap<number, (db: Database.Database) => void> = new Map([[2, fillMeasures]]);

let known: readonly Migration[] | null = null;

export function newestVersion(): number {
  return migrations().length;
}

export function schemaVersion(db: Database.Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/**
 * Applies what is missing. Shape of the result: versions before and after.
 * Errors: db_newer; db_damaged when a step that was applied is not the one of this program.
 */
export function migrate(db: Database.Database): { readonly from: number; readonly to: number } {
  const from = schemaVersion(db);
  if (from > newestVersion())
    throw new AppError('db_newer', `cannot open database: schema version ${from} is unknown here`);
  if (from > 0) checkApplied(db, from);
  for (const migration of migrations().slice(from)) {
    db.transaction(() => {
      db.exec(migration.sql);
      FILLS.get(migration.version)?.(db);
      db.exec(
        'CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT',
      );
      db.prepare('INSERT INTO migration VALUES (?, ?, ?)').run(
        migration.version,
        migration.name,
        migration.checksum,
      );
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${migration.version}`);
    }).immediate();
  }
  return { from, to: newestVersion() };
}

function checkApplied(db: Database.Database, version: number): void {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'migration'").get() === undefined) {
    throw new AppError(
      'db_damaged',
      `cannot open database: it says schema version ${version}, but has no record of it`,
    );
  }
  const applied = db.prepare('SELECT version, checksum FROM migration ORDER BY version').all() as Array<{
    version: number;
    checksum: string;
  }>;
  const differs = migrations()
    .slice(0, version)
    .find((m) => applied.find((a) => a.version === m.version)?.checksum !== m.checksum);
  if (differs !== undefined)
    throw new AppError(
      'db_damaged',
      `cannot open database: its migration ${differs.name} is not the one of this program`,
    );
}

function migrations(): readonly Migration[] {
  if (known !== null) return known;
  const folder = fileURLToPath(new URL('../../../migrations/sqlite/', import.meta.url));
  const files = readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort();
  known = files.map((name, index) => {
    const sql = readFileSync(folder + name, 'utf8');
    return { version: index + 1, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
  return known;
}
