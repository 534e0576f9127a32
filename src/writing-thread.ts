/** The thread that writes a database: opens what it was told to, and stores what it is sent. */
import { parentPort, workerData } from 'node:worker_threads';
import { pairingRules } from './analysis/pairing/rules.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { serveWriter } from './store/thread/serve-writer.ts';

/** What the thread is told. */
export interface WritingThreadData {
  readonly path: string;
}

if (parentPort !== null) {
  const { path } = workerData as WritingThreadData;
  await serveWriter(parentPort, async () => openSqliteStore({ path, mode: 'write', rules: pairingRules }));
}
