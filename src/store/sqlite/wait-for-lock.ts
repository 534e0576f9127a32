/** Waiting for another program that writes to the same database, without holding up this one. */
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { LOCK_WAIT_MS_MAX } from '../../domain/limits.ts';

const PAUSE_FIRST_MS = 10;
const PAUSE_MAX_MS = 250;

/** Does some work, again while the database is locked. Errors: those of the work; SQLITE_BUSY after `msMax`. */
export async function waitForLock<T>(work: () => T, msMax = LOCK_WAIT_MS_MAX): Promise<T> {
  const started = performance.now();
  for (let pause = PAUSE_FIRST_MS; ; pause = Math.min(2 * pause, PAUSE_MAX_MS)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() - started > msMax) throw error;
    }
    await delay(pause);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}
