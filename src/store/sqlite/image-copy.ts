/** Puts many rows into a table at once, by way of a small file that SQLite copies them from: see `table-image.ts`. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { IMAGE_PAGE_BYTES, TableImage } from './table-image.ts';

/** Rows for one table that are put there together. */
export interface ImageCopy {
  /** To be filled; copies for one table may share it. */
  readonly image: TableImage;
  /** Puts all rows of the image into the table. False: the file cannot be written, and nothing was done. */
  copy(): boolean;
  close(): void;
}

/**
 * Makes the file and attaches it under `name`; within one transaction it serves once. `image`: that of another copy for this
 * table, to be shared. Null: the place for temporary files does not serve. Not to be called within a transaction.
 */
export function attachImage(
  db: Database.Database,
  table: string,
  name: string,
  image?: TableImage,
): ImageCopy | null {
  let folder: string | null = null;
  try {
    folder = mkdtempSync(join(tmpdir(), 'meshwake-'));
    const path = join(folder, 'rows.db');
    const file = createFile(db, table, path);
    db.prepare(`ATTACH ? AS ${name}`).run(path);
    // It is read from end to end: pages that were read are of no use.
    db.pragma(`${name}.cache_size = 4`);
    return createCopy(db, table, name, file, image);
  } catch {
    return null;
  } finally {
    // Attached, it needs no name: whenever this process ends, nothing is left behind.
    if (folder !== null) removeQuietly(folder);
  }
}

/** Makes a file with the table, empty, and opens it. */
function createFile(db: Database.Database, table: string, path: string): number {
  const sql = db.prepare('SELECT sql FROM main.sqlite_schema WHERE name = ?').pluck().get(table) as string;
  const made = new Database(path);
  made.pragma(`page_size = ${IMAGE_PAGE_BYTES}`);
  made.pragma('synchronous = OFF');
  made.exec(sql);
  made.close();
  return openSync(path, 'r+');
}

function createCopy(
  db: Database.Database,
  table: string,
  name: string,
  file: number,
  shared: TableImage | undefined,
): ImageCopy {
  const image = shared ?? new TableImage(readFirstPage(file));
  const insert = db.prepare(copyStatement(table, name));
  return {
    image,
    copy() {
      const bytes = image.finish();
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, at);
      } catch {
        return false;
      }
      insert.run();
      return true;
    },
    close: () => closeSync(file),
  };
}

function readFirstPage(file: number): Uint8Array {
  const page = new Uint8Array(IMAGE_PAGE_BYTES);
  readSync(file, page, 0, page.length, 0);
  return page;
}

/** Exactly in this form SQLite copies rows without taking them apart. */
export function copyStatement(table: string, name: string): string {
  return `INSERT INTO main.${table} SELECT * FROM ${name}.${table}`;
}

function removeQuietly(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Some systems keep open files: it is left to whoever clears the place for temporary files.
  }
}
