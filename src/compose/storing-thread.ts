/** The thread that the store of a server lives in: opens what it was told to, stores what it is sent, and tells what changed. */
import { parentPort, workerData } from 'node:worker_threads';
import { pairingRules } from '../analysis/pairing/rules.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { giveWay } from '../store/thread/give-way.ts';
import { serveStore } from '../store/thread/serve-store.ts';

/** What the thread is told. */
export interface StoringThreadData {
  readonly path: string;
  /** Bytes to leave free on the disk. */
  readonly diskFloor: number;
}

if (parentPort !== null) {
  const data = workerData as StoringThreadData;
  // Whoever asks waits for an answer; lines are many, and their senders have time.
  giveWay();
  await serveStore(parentPort, ({ changed, lost }) =>
    openSqliteStore({
      ...data,
      mode: 'write',
      shared: true,
      rules: pairingRules,
      onChange: changed,
      onFailure: lost,
    }),
  );
}
