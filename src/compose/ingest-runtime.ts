/** Lines are read in this thread and stored by one of their own: for whoever does nothing else. */

import { existsSync } from 'node:fs';
import { threadOf } from '../domain/package-files.ts';
import { startWritingThread } from '../store/thread/writing-thread.ts';
import { sqlitePath } from './database-path.ts';
import type { Runtime } from './runtime.ts';
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
  const starting = startWritingThread(threadOf('writing-thread'), data);
  // What reads lines is loaded while the thread loads what stores them, and opens the file.
  const [createNewIngest, store] = await Promise.all([waysIn(), starting]);
  let result: T;
  try {
    result = await work({ newIngest: createNewIngest(store) });
  } catch (error) {
    // What failed here is told; a second failure at the closing would hide it.
    await store.close().catch(() => {});
    if (isNew) {
      const { discardEmpty } = await import('./files.ts');
      await discardEmpty(data.path);
    }
    throw error;
  }
  await store.close();
  return result;
}

async function waysIn() {
  const { createNewIngest, prepareToRead } = await import('./ways-in.ts');
  prepareToRead();
  return createNewIngest;
}
