/** Lines are read in this thread and stored by one of their own: for whoever does nothing else. */

import { existsSync } from 'node:fs';
import { pairingRules } from '../analysis/pairing/rules.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { startWritingThread } from '../store/thread/writing-thread.ts';
import { closeAndDiscard, sqlitePath } from './files.ts';
import type { Runtime } from './runtime.ts';
import { threadOf } from './thread-of.ts';
import { createNewIngest } from './ways-in.ts';
import type { WritingThreadData } from './writing-thread.ts';

/** Ways in without ways out: lines are read here, and stored by a thread of their own. */
export type IngestRuntime = Pick<Runtime, 'newIngest'>;

/** As `withRuntime`, with the path of a file to write. */
export async function withIngestRuntime<T>(
  { db, diskFloor }: { readonly db: string; readonly diskFloor?: number },
  work: (runtime: IngestRuntime) => Promise<T>,
): Promise<T> {
  const data: WritingThreadData = {
    path: sqlitePath(db) ?? db,
    ...(diskFloor === undefined ? {} : { diskFloor }),
  };
  const isNew = !existsSync(data.path);
  const store = await startWritingThread(threadOf('writing-thread'), data);
  let result: T;
  try {
    result = await work({ newIngest: createNewIngest(store) });
  } catch (error) {
    // What failed here is told; a second failure at the closing would hide it.
    await store.close().catch(() => {});
    if (isNew)
      await closeAndDiscard(
        openSqliteStore({ path: data.path, mode: 'read', rules: pairingRules }),
        data.path,
      );
    throw error;
  }
  await store.close();
  return result;
}
