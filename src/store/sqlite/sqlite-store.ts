/** The store of one machine: one SQLite file. */
import type { AppError } from '../../domain/errors.ts';
import { DISK_FLOOR_BYTES } from '../../domain/limits.ts';
import type { PairingRules, Store } from '../../domain/ports.ts';
import { createDictionary } from './dictionary.ts';
import { refuseBelowFloor, usageOf } from './disk.ts';
import { createGroup } from './group.ts';
import { guardReader } from './guarded-reader.ts';
import { createJournal, type FlowKeys } from './journal.ts';
import { pruneDatabase } from './maintenance.ts';
import { type OpenOptions, openDatabase } from './open.ts';
import { createReader } from './reader.ts';
import { createReportStore } from './report-store.ts';
import { createReportTables } from './reports.ts';
import { createShapes } from './shapes.ts';
import { waitForLock } from './wait-for-lock.ts';
import { createWriter } from './writer.ts';

export interface StoreOptions extends OpenOptions {
  /** Decide which ends of connections belong together. */
  readonly rules: PairingRules;
  /** Bytes to leave free on the disk; 0 for as far as it goes. */
  readonly diskFloor?: number;
  /**
   * True for whoever does nothing but append: batches wait for each other until enough of them came, or until `settle` is
   * called. Nothing else may be asked of the store meanwhile.
   */
  readonly grouped?: boolean;
  /** Told once when the disk or the file failed, so that nothing is stored or answered any more. */
  readonly onFailure?: (error: AppError) => void;
}

export interface SqliteStore extends Store {
  /** Flows that changed after a version and up to now, for whoever reads the file in another thread. Null: not known. */
  changedSince(version: number): FlowKeys | null;
  /** Whoever reads the file in another thread found that it failed: as if it had been found here. */
  fail(error: AppError): void;
}

/**
 * Opens a store.
 * Errors: as `openDatabase`; later disk_full, db_locked from what writes; disk_failed, db_damaged from every method, and
 * from then on. After a write that failed nobody knows what the disk holds: only opening the file again tells.
 */
export function openSqliteStore(options: StoreOptions): SqliteStore {
  const { path, rules, diskFloor = DISK_FLOOR_BYTES, onFailure = () => {} } = options;
  const { db, close } = openDatabase(options);
  const dictionary = createDictionary(db);
  const shapes = createShapes(db, dictionary);
  const deps = { db, dictionary, shapes, rules, journal: createJournal() };
  const reader = createReader(deps);
  const writer = options.mode === 'write' || path === null ? createWriter(deps) : null;
  let failure: AppError | null = null;

  const fail = (error: AppError): void => {
    if (failure !== null) return;
    failure = error;
    onFailure(error);
  };
  const refuseFailed = (): void => {
    if (failure !== null) throw failure;
  };
  const { told, run, reads } = guardReader(reader, {
    name: path ?? '(temporary)',
    onFatal: fail,
    before: refuseFailed,
  });
  const write = <T>(work: (to: NonNullable<typeof writer>) => T | Promise<T>): Promise<T> =>
    run(() => {
      if (writer === null) throw new Error('BUG: a store that was opened to read cannot be written');
      return work(writer);
    });
  const refuseLittleSpace = (): void => {
    if (path !== null) refuseBelowFloor(path, diskFloor);
  };
  /** A change of tables that are not those of lines. */
  const change = <T>(work: () => T): Promise<T> =>
    write(() =>
      waitForLock(() => {
        refuseFailed();
        return work();
      }),
    );
  const reports = createReportStore(createReportTables(db), { read: run, change, refuseLittleSpace });

  /** Stores lines as soon as the database is not locked by others. */
  const storing = <T>(work: () => T): Promise<T> =>
    waitForLock(() => {
      refuseFailed();
      refuseLittleSpace();
      return work();
    });
  const group = options.grouped === true && writer !== null ? createGroup(writer, storing) : null;

  return {
    ...reads,
    reports,
    append: (lines, rejects, taken) =>
      write((to) =>
        group === null ? storing(() => to.append(lines, rejects)) : group.append(lines, rejects, taken),
      ),
    ...(group === null ? {} : { settle: group.settle }),
    // Frees space, so that it may be used where there is little.
    prune: (before, signal) => write((to) => pruneDatabase(db, before, { dropped: to.forgetRows, signal })),
    version: () => reader.version(),
    changedFlows: (since) => run(() => reader.changedFlows(since)),
    changedSince(version) {
      shapes.watch();
      const changed = deps.journal.changed(version, reader.version());
      return changed === null ? null : Float64Array.from(changed);
    },
    fail,
    condition() {
      const { databaseBytes, logBytes, freeBytes } =
        path === null ? { databaseBytes: 0, logBytes: 0, freeBytes: null } : usageOf(path);
      const isBelowFloor = freeBytes !== null && freeBytes < diskFloor;
      return { failure, databaseBytes, logBytes, freeBytes, isBelowFloor };
    },
    async close() {
      try {
        group?.settle();
        close();
        writer?.close();
      } catch (error) {
        throw told(error);
      }
    },
  };
}
