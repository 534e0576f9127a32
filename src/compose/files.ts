/** The files of databases: which there can be, and when one that was made goes again. */
import { AppError } from '../domain/errors.ts';
import * as sqlite from '../store/sqlite/files.ts';
import type { KeptStore } from './runtime.ts';

export function sqlitePath(db: string | null): string | null {
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

/** Closes a store; where it holds nothing, its file goes too. */
export async function closeAndDiscard(store: KeptStore, path: string): Promise<void> {
  const isEmpty = await holdsNothing(store);
  await store.close();
  if (isEmpty) sqlite.removeFile(path);
}

async function holdsNothing(store: KeptStore): Promise<boolean> {
  try {
    return (await store.counts()).lines === 0 && (await store.rejects()).length === 0;
  } catch {
    // What cannot be read is left to be looked at.
    return false;
  }
}
