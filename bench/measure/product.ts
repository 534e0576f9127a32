/** The built product, as its users run it. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';

export const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Errors: `Error` when it is not built. */
export function requireBuilt(): void {
  if (!existsSync(CLI)) throw new Error(`cannot find ${CLI}: run \`npm run build\` first`);
}

/** Pairs in a database that nobody writes to. */
export function pairsStored(path: string): number {
  const db = new Database(path, { readonly: true });
  try {
    return Number(db.prepare(`SELECT value FROM counter WHERE name = 'pairs'`).pluck().get());
  } finally {
    db.close();
  }
}

export interface TableSize {
  /** Of the table or index. */
  readonly name: string;
  readonly bytes: number;
}

/** What each table and index takes of a database that nobody writes to, largest first. */
export function tableSizes(path: string): TableSize[] {
  const db = new Database(path, { readonly: true });
  try {
    return db
      .prepare<[], TableSize>(
        'SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY bytes DESC',
      )
      .all();
  } finally {
    db.close();
  }
}
