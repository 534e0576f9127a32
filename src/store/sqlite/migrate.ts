/** Brings a database to the newest schema: numbered SQL files, each with what fills its tables and its record in one transaction. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type Database from 'better-sqlite3';
import { AppError } from '../../domain/errors.ts';
import { SQLITE_MIGRATIONS } from '../../domain/package-files.ts';
import { prepareFillClients } from './clients/fill-clients.ts';
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
/**
 * The same where it takes long: in several transactions, each with a note of the last row that it looked at. Whoever is interrupted goes
 * on there.
 */
const STEPS: ReadonlyMap<number, { readonly table: string; readonly prepare: Prepare }> = new Map([
  [4, { table: 'client_filter', prepare: prepareFillClients }],
]);

/** Fills what belongs to the next rows after one, and answers the last of these; null: there are none. */
type Prepare = (db: Database.Database) => (after: number) => number | null;

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
    const isFilled = fillInSteps(db, migration);
    db.transaction(() => {
      if (!isFilled) db.exec(migration.sql);
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
      dropNotes(db, migration);
    }).immediate();
  }
  return { from, to: newestVersion() };
}

/** Makes and fills the table of a migration that has steps. Shape of the result: false when there is nothing to fill it from. */
function fillInSteps(db: Database.Database, { version, sql }: Migration): boolean {
  const steps = STEPS.get(version);
  if (steps === undefined || !hasRows(db)) return false;
  const { table, prepare } = steps;
  const noted = db.prepare<[string], number>('SELECT value FROM counter WHERE name = ?').pluck();
  const note = db.prepare('INSERT OR REPLACE INTO counter VALUES (?, ?)');
  const [ofLines, ofRow] = notesOf(version);
  db.transaction(() => {
    const current = noted.get('version') ?? 0;
    // An earlier program may have written since: then all is looked at again.
    if (noted.get(ofLines) === current) return;
    db.exec(`DROP TABLE IF EXISTS ${table}`);
    db.exec(sql);
    note.run(ofLines, current);
    note.run(ofRow, -1);
  }).immediate();
  const fill = prepare(db);
  const step = db.transaction(() => {
    const last = fill(noted.get(ofRow) ?? -1);
    if (last !== null) note.run(ofRow, last);
    return last !== null;
  });
  while (step.immediate());
  return true;
}

/** Counters that last as long as the steps of a migration: the version of the lines, and the last row. */
function notesOf(version: number): [string, string] {
  return [`migration ${version} of version`, `migration ${version} at row`];
}

function dropNotes(db: Database.Database, { version }: Migration): void {
  if (!STEPS.has(version)) return;
  for (const name of notesOf(version)) db.prepare('DELETE FROM counter WHERE name = ?').run(name);
}

function hasRows(db: Database.Database): boolean {
  return db.prepare('SELECT 1 FROM connection LIMIT 1').get() !== undefined;
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
  const folder = fileURLToPath(SQLITE_MIGRATIONS);
  const files = readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort();
  known = files.map((name, index) => {
    const sql = readFileSync(folder + name, 'utf8');
    return { version: index + 1, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
  return known;
}
