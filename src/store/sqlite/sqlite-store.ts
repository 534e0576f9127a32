/** The store of one machine: one SQLite file. */
import type { AppError } from '../../domain/errors.ts';
import { DISK_FLOOR_BYTES } from '../../domain/limits.ts';
import type { PairingRules, Store } from '../../domain/ports.ts';
import { createDictionary } from './dictionary.ts';
import { conditionOf, refuseBelowFloor } from './disk.ts';
import { createGroup } from './group.ts';
import { guardReader } from './guarded-reader.ts';
import { createJournal, type FlowKeys, type Journal } from './journal.ts';
import { pruneDatabase } from './maintenance.ts';
import { type OpenOptions, openDatabase } from './open.ts';
import { createReader } from './reader.ts';
import { createReportStore } from './report-store.ts';
import { createReportTables } from './reports.ts';
import { createShapes } from './shapes.ts';
import { shareTransactions } from './shared-transactions.ts';
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
  /** See `WriterDeps`. */
  readonly summingThread?: URL;
  /** True for whoever has many senders: batches that wait at the same time share a transaction. Without, each is stored at the call. */
  readonly shared?: boolean;
  /**
   * For whoever keeps what was derived from flows in another thread: told of each transaction that changed some. Null: it
   * changed more than its flows. `changedFlows` then knows nothing but all of them.
   */
  readonly onChange?: (version: number, flows: FlowKeys | null) => void;
  /** Told once when the disk or the file failed, so that nothing is stored or answered any more. */
  readonly onFailure?: (error: AppError) => void;
}

export interface SqliteStore extends Store {
  /** Whoever reads the file in another thread found that it failed: as if it had been found here. */
  fail(error: AppError): void;
  /** Takes the log into the file, as far as nobody reads what the file would lose. */
  checkpoint(): Promise<void>;
}

/** What it knows itself of the flows that changed; nothing, where somebody else is told, or nobody asks. */
function journalFor({ onChange, grouped }: StoreOptions): Journal {
  if (onChange === undefined && grouped !== true) return createJournal();
  return { note: onChange ?? (() => {}), changed: () => null, listed: () => null, count: () => null };
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
  const { summingThread } = options;
  const deps = {
    ...{ db, dictionary, shapes, rules, journal: journalFor(options) },
    ...(summingThread === undefined ? {} : { summingThread }),
  };
  if (options.onChange !== undefined) shapes.watch();
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
  const refuseReader = <T>(what: T | null): T => {
    if (what === null) throw new Error('BUG: a store that was opened to read cannot be written');
    return what;
  };
  const refuseLittleSpace = (): void => {
    if (path !== null) refuseBelowFloor(path, diskFloor);
  };
  /** A change of tables that are not those of lines. */
  const change = <T>(work: () => T): Promise<T> =>
    run(() => {
      refuseReader(writer);
      return waitForLock(() => {
        refuseFailed();
        return work();
      });
    });
  const reports = createReportStore(createReportTables(db), { read: run, change, refuseLittleSpace });

  /** Stores lines as soon as the database is not locked by others. */
  const storing = <T>(work: () => T): Promise<T> =>
    waitForLock(() => {
      refuseFailed();
      refuseLittleSpace();
      return work();
    });
  const group = writer !== null && options.grouped === true ? createGroup(writer, storing) : null;
  const shared =
    writer !== null && options.shared === true
      ? shareTransactions(writer, (work) => run(() => storing(work)))
      : null;

  return {
    ...reads,
    reports,
    append: (lines, rejects, taken) =>
      run(() => {
        const to = refuseReader(writer);
        const together = group ?? shared;
        return together === null
          ? storing(() => to.append(lines, rejects))
          : together.append(lines, rejects, taken);
      }),
    ...(group === null ? {} : { settle: group.settle }),
    // Frees space, so that it may be used where there is little.
    prune: (before, signal) =>
      run(() => pruneDatabase(db, before, { dropped: refuseReader(writer).forgetRows, signal })),
    version: () => reader.version(),
    changedFlows: (since, take) => run(() => reader.changedFlows(since, take)),
    fail,
    checkpoint: () => run(() => void db.pragma('wal_checkpoint(PASSIVE)')),
    condition: () => conditionOf(path, diskFloor, failure),
    async close() {
      try {
        group?.settle();
        await shared?.settle();
        close();
        writer?.close();
      } catch (error) {
        throw told(error);
      }
    },
  };
}
