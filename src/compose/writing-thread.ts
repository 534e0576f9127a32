/** The thread that writes a database: opens what it was told to, and stores what it is sent. */
import { parentPort, workerData } from 'node:worker_threads';
import { pairingRules } from '../analysis/pairing/rules.ts';
import { threadOf } from '../domain/package-files.ts';
import { CHECKPOINT_PAGES_BULK } from '../store/sqlite/open.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { serveWriter } from '../store/thread/serve-writer.ts';

/** What the thread is told. */
export interface WritingThreadData {
  readonly path: string;
  /** Bytes to leave free on the disk. */
  readonly diskFloor?: number;
}

if (parentPort !== null) {
  const data = workerData as WritingThreadData;
  const bulk = {
    mode: 'write',
    checkpointPages: CHECKPOINT_PAGES_BULK,
    grouped: true,
    summingThread: threadOf('summing-thread'),
    rules: pairingRules,
  } as const;
  await serveWriter(parentPort, async () => openSqliteStore({ ...data, ...bulk }));
}
