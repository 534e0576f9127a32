/** The same for a server: lines are stored by one thread and questions answered by another. */

import { existsSync } from 'node:fs';
import { type AnsweringThread, startAnsweringThread } from '../answers/answering-thread.ts';
import { steadyNow } from '../answers/deadline.ts';
import { TURN_LIMITS, type TurnLimits } from '../answers/turns.ts';
import { DISK_FLOOR_BYTES } from '../domain/limits.ts';
import { threadOf } from '../domain/package-files.ts';
import { conditionOf } from '../store/sqlite/disk.ts';
import { createJournal, type Journal } from '../store/sqlite/journal.ts';
import { createInflow, type MeteredInflow } from '../store/thread/inflow.ts';
import { type StoreThread, startStoreThread } from '../store/thread/store-thread.ts';
import { createToldChanges } from '../store/thread/told-changes.ts';
import type { AnsweringThreadData } from './answering-thread.ts';
import { sqlitePath } from './database-path.ts';
import { closeAndDiscard } from './files.ts';
import type { KeptStore, Runtime, RuntimeOptions } from './runtime.ts';
import type { StoringThreadData } from './storing-thread.ts';
import { waysIn } from './ways-in.ts';

export interface ApartOptions extends Pick<RuntimeOptions, 'diskFloor' | 'onFailure'> {
  readonly db: string;
  /** When questions are answered from an earlier moment. */
  readonly limits?: TurnLimits;
}

/**
 * The same, for a server: lines are stored by one thread and questions answered by another, so that neither a slow disk nor a
 * dear question holds up anybody here.
 */
export async function openRuntimeApart({
  db,
  diskFloor = DISK_FLOOR_BYTES,
  onFailure = () => {},
  limits = TURN_LIMITS,
}: ApartOptions): Promise<Runtime> {
  const path = sqlitePath(db) ?? db;
  const isNew = !existsSync(path);
  const journal = createJournal();
  const data: StoringThreadData = { path, diskFloor };
  /** Told of each version, once there is somebody to tell. */
  let note = (_version: number): void => {};
  const thread = await startStoreThread({
    entry: threadOf('storing-thread'),
    workerData: data,
    onChange(version, flows) {
      journal.note(version, flows);
      note(version);
    },
    onFailure,
  });
  const condition = () => conditionOf(path, diskFloor, thread.failure);
  const inflow = createInflow(thread, steadyNow);
  const answers = await answerApart({ thread, inflow, journal, path, condition, limits }).catch(
    async (error: unknown) => {
      await thread.close();
      throw error;
    },
  );
  note = (version) => {
    inflow.note(version);
    answers.note();
  };
  const store = { ...thread, append: inflow.append, condition };
  return {
    ...waysIn(store),
    store,
    analysis: answers.analysis,
    answers,
    async close() {
      // Whoever reads the log keeps it from being taken into the file.
      await answers.close();
      await store.close();
    },
    async discard() {
      await answers.close();
      await (isNew ? closeAndDiscard(store, path) : store.close());
    },
  };
}

interface Apart {
  readonly thread: StoreThread;
  readonly inflow: MeteredInflow;
  readonly journal: Journal;
  readonly path: string;
  readonly condition: KeptStore['condition'];
  readonly limits: TurnLimits;
}

function answerApart({ thread, inflow, journal, path, condition, limits }: Apart): Promise<AnsweringThread> {
  const workerData: AnsweringThreadData = { path };
  return startAnsweringThread({
    entry: threadOf('answering-thread'),
    workerData,
    changedSince: createToldChanges({ ...inflow, listed: journal.listed, version: () => thread.version() }),
    onFailure: (error) => thread.fail(error),
    limits,
    supply: {
      ...inflow,
      version: () => thread.version(),
      changes: (since) => journal.count(since, thread.version()),
      logBytes: () => condition().logBytes ?? 0,
      checkpoint: () => thread.checkpoint(),
    },
  });
}
