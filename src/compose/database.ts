/** What is done with a database as a file. */
import * as sqlite from '../store/sqlite/files.ts';

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
