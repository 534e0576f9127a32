/** The disk below a database: what is left of it, what the database takes, and what must be left for SQLite to work. */
import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../../domain/errors.ts';
import type { StoreCondition } from '../../domain/ports.ts';

/** How the store of a file is; `failure`: why nothing is stored or answered any more. A path of null is a database in memory. */
export function conditionOf(path: string | null, floor: number, failure: Error | null): StoreCondition {
  const freeBytes = path === null ? null : freeBytesBeside(path);
  return {
    failure,
    databaseBytes: path === null ? 0 : sizeOf(path),
    logBytes: path === null ? 0 : sizeOf(`${path}-wal`),
    freeBytes,
    isBelowFloor: freeBytes !== null && freeBytes < floor,
  };
}

/**
 * Refuses to write when less than `floor` bytes are left: a transaction that is refused costs nothing, one that meets the
 * end of the disk half way has to be undone, and may leave no space for the log to be taken into the file.
 * Errors: `disk_full`.
 */
export function refuseBelowFloor(path: string, floor: number): void {
  const free = floor === 0 ? null : freeBytesBeside(path);
  if (free === null || free >= floor) return;
  throw new AppError(
    'disk_full',
    `cannot write database ${path}: ${free} bytes are left on its disk, expected at least ${floor}`,
    { remedy: 'free space, or give a smaller --disk-floor; everything acknowledged before is kept' },
  );
}

function freeBytesBeside(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return null;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
