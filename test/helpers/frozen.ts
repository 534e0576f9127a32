/**
 * Databases as earlier versions of the schema left them: made once, by the code of their time, from the same lines
 * (test/fixtures/databases/). A new migration needs one of the version before it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const FOLDER = new URL('../fixtures/databases/', import.meta.url);
const fileOf = (version: number): URL => new URL(`v${version}.db.gz`, FOLDER);

export function hasFrozen(version: number): boolean {
  return existsSync(fileOf(version));
}

/** Writes the database of a version of the schema. */
export function thaw(version: number, path: string): void {
  writeFileSync(path, gunzipSync(readFileSync(fileOf(version))));
}

/** The lines that all of them were made from. */
export function frozenLines(): Buffer {
  return gunzipSync(readFileSync(new URL('lines.log.gz', FOLDER)));
}
