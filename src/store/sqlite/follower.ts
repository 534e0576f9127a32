/**
 * Reads a database that another thread of this process writes. What is read between `hold` and `release` is of one moment,
 * so that lines and what was derived from flows belong together whatever is stored meanwhile.
 */
import type { AppError } from '../../domain/errors.ts';
import type { FlowChanges, LineReader, PairingRules, TakeFlows } from '../../domain/ports.ts';
import { createDictionary } from './dictionary.ts';
import { allFlows, prepareFlowsNow } from './flow-table.ts';
import { guardReader } from './guarded-reader.ts';
import { createJournal, type FlowKeys } from './journal.ts';
import { openDatabase } from './open.ts';
import { createReader } from './reader.ts';
import { createShapes } from './shapes.ts';

export interface FollowerOptions {
  readonly path: string;
  readonly rules: PairingRules;
  /**
   * Asks whoever writes for the flows that changed after a version and up to another one, at least, each perhaps several times; null: not
   * known. The file may have that one already when the one who writes has not told of it yet.
   */
  readonly changedSince: (version: number, upTo: number) => Promise<FlowKeys | null>;
  /** Told while much is read, often; what it throws ends the reading. */
  readonly onStep: () => void;
  /** Told when the disk or the file failed. */
  readonly onFailure: (error: AppError) => void;
}

export interface Follower extends LineReader {
  /**
   * Until it is released, all that is read is of one moment, which `changedFlows` moves on; `version` must have been reached.
   * Several may hold at once.
   */
  hold(version: number): void;
  /** The last one to release lets the writer take its log into the file. */
  release(): void;
  /** Version of the moment that is held, or was held last. */
  moment(): number;
  /**
   * Reads the moment that is held anew: from the file, where the log was taken into it. For when nobody writes and nothing is read
   * at this moment; else, and where another version is stored, all stays as it is.
   */
  renew(): void;
  close(): void;
}

/** Opens it. Errors: as `openDatabase`; later db_damaged, disk_failed. */
export function openFollower({ path, rules, changedSince, onStep, onFailure }: FollowerOptions): Follower {
  const { db, close } = openDatabase({ path, mode: 'read' });
  const dictionary = createDictionary(db);
  const shapes = createShapes(db, dictionary);
  const reader = createReader({ db, dictionary, shapes, rules, journal: createJournal(), onStep });
  const flows = prepareFlowsNow(db, shapes);
  let holders = 0;
  /** The version that is read, and the newest that somebody knows of. */
  let held = 0;
  let wanted = 0;

  const { told, run, reads } = guardReader(reader, { name: path, onFatal: onFailure, onStep });
  const begin = (): void => {
    db.exec('BEGIN');
    // The first reading fixes the moment.
    held = flows.version();
  };

  const readAll = (take: TakeFlows | undefined): FlowChanges => {
    // Shapes may say more than they did, and numbers that were free may stand for others now.
    shapes.reset();
    dictionary.reset();
    return { version: held, whole: true, flows: allFlows(flows, take) };
  };

  return {
    ...reads,
    hold(version) {
      try {
        if (!db.inTransaction) begin();
      } catch (error) {
        throw told(error);
      }
      holders++;
      wanted = Math.max(wanted, version);
    },
    release() {
      holders--;
      if (holders === 0 && db.inTransaction) db.exec('COMMIT');
    },
    moment: () => held,
    renew() {
      if (!db.inTransaction) return;
      try {
        db.exec('COMMIT');
      } catch {
        // Somebody is in the middle of reading.
        return;
      }
      begin();
    },
    version: () => Math.max(held, wanted),
    changedFlows: (since, take) =>
      run(async () => {
        if (db.inTransaction) db.exec('COMMIT');
        begin();
        // After the moment is fixed: what changed since then too does no harm among them.
        const keys = since === null ? null : await changedSince(since, held);
        const changed = keys === null ? null : flows.some(new Set(keys));
        return changed === null ? readAll(take) : { version: held, whole: false, flows: changed };
      }),
    close,
  };
}
