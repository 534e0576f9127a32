/** Lines are read in this thread and stored by one of their own: for whoever does nothing else. */

import { existsSync } from 'node:fs';
import { threadOf } from '../domain/package-files.ts';
import type { Checkpoints } from '../store/sqlite/checkpoints.ts';
import { giveWay, STEPS } from '../store/thread/give-way.ts';
import { startWritingThread } from '../store/thread/writing-thread.ts';
import { sqlitePath } from './database-path.ts';
import { tuneEngine } from './engine.ts';
import type { Runtime } from './runtime.ts';
import type { WritingThreadData } from './writing-thread.ts';

/** Ways in without ways out: lines are read here, and stored by a thread of their own. */
export interface IngestRuntime extends Pick<Runtime, 'newIngest'> {
  /** Resolves when the database is open. Lines may be read before; where it is refused, they are not stored. */
  readonly opened: Promise<void>;
}

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
  const log = logOf(data.path);
  const store = startWritingThread(threadOf('writing-thread'), data, log.noteStored);
  let isOpen = false;
  const opening = store.opened.then(() => {
    isOpen = true;
    tuneEngine();
    // What is read waits for the thread that stores, which goes first; and that, at the end of a transaction, for the one that sums up.
    giveWay(2 * STEPS);
  });
  // What reads lines is loaded, and may read, while the thread loads what stores them, and opens the file.
  const working = waysIn().then((createNewIngest) =>
    work({ newIngest: createNewIngest(store), opened: opening }),
  );
  let result: T;
  try {
    [result] = await Promise.all([working, opening]);
  } catch (error) {
    await log.leave();
    // What failed here is told; a second failure at the closing would hide it.
    await store.close().catch(() => {});
    if (isNew && isOpen) {
      const { discardEmpty } = await import('./files.ts');
      await discardEmpty(data.path);
    }
    throw error;
  }
  await log.leave();
  await store.close();
  return result;
}

/** So many lines are worth to open the database a second time. */
const MANY_LINES = 500_000;

/**
 * The log of a database that a thread writes. This one has the time that copying it into the file takes, which the thread that stores
 * lacks.
 */
function logOf(path: string): { noteStored(lines: number): void; leave(): Promise<void> } {
  let stored = 0;
  let opening: Promise<Checkpoints | null> | null = null;
  let checkpoints: Checkpoints | null = null;
  let hasLeft = false;
  const open = async (): Promise<Checkpoints | null> => {
    const { openCheckpoints } = await import('../store/sqlite/checkpoints.ts');
    try {
      if (!hasLeft) checkpoints = openCheckpoints(path);
    } catch {
      // The thread does without.
    }
    return checkpoints;
  };
  return {
    noteStored(lines) {
      stored += lines;
      if (stored >= MANY_LINES && !hasLeft) opening ??= open();
      checkpoints?.take();
    },
    async leave() {
      hasLeft = true;
      (await opening)?.close();
      checkpoints = null;
    },
  };
}

async function waysIn() {
  const { createNewIngest, prepareToRead } = await import('./ways-in.ts');
  prepareToRead();
  return createNewIngest;
}
