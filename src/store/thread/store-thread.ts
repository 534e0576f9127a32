/**
 * A store that lives in a thread of its own: while it waits for the disk, whoever uses it goes on. What is asked of it here
 * is asked across; lines are read by others, from the file.
 */
import { Worker } from 'node:worker_threads';
import { AppError, messageOf } from '../../domain/errors.ts';
import type { LineColumns } from '../../domain/line-columns.ts';
import { packError, unpackError } from '../../domain/packed-error.ts';
import type { AppendResult, RejectTally, Store } from '../../domain/ports.ts';
import type { ReportStore } from '../../domain/report-store.ts';
import { buffersOf, copyColumns, packColumns } from './packed-columns.ts';
import { createSentTemplates } from './sent-templates.ts';
import {
  type Calls,
  type ChangedFlows,
  type FromStore,
  REPORT_CALLS,
  type ToStore,
} from './store-messages.ts';

export interface StoreThreadOptions {
  /** A module that calls `serveStore`; `workerData` tells it what to open. */
  readonly entry: URL;
  readonly workerData: unknown;
  /** Told of each transaction that changed something, before what it stored is answered. */
  readonly onChange: (version: number, flows: ChangedFlows) => void;
  /** Told once when the disk, the database or the thread failed, so that nothing is stored any more. */
  readonly onFailure: (error: AppError) => void;
}

export interface StoreThread
  extends Pick<Store, 'append' | 'version' | 'counts' | 'rejects' | 'prune' | 'reports' | 'close'> {
  /** Why nothing is stored any more; null: all is well. */
  readonly failure: AppError | null;
  /** Others found that the disk or the database failed. */
  fail(error: AppError): void;
  /** Takes the log into the file, as far as nobody reads what the file would lose. */
  checkpoint(): Promise<void>;
}

/** So many lines are copied: some 60 bytes each. */
const COPIED_LINES_MAX = 4_096;
/** Space for new objects of the thread: three parts of 2 MB. What it makes lives long or not at all. */
const YOUNG_MB = 6;

interface Waiting {
  readonly columns: LineColumns | null;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the thread. Errors: those of the opening; later those of the store. One that died fails all that waits and all that comes. */
export async function startStoreThread({
  entry,
  workerData,
  onChange,
  onFailure,
}: StoreThreadOptions): Promise<StoreThread> {
  const worker = new Worker(entry, {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let version = 0;
  let failure: AppError | null = null;
  let isOpen = false;
  let isClosing = false;
  let isClosed = false;
  /** Why it could not be opened, or closed. */
  let broken: Error | null = null;

  const say = (message: ToStore, transfer: ArrayBuffer[] = []): void => worker.postMessage(message, transfer);
  const fail = (error: AppError): void => {
    if (failure !== null) return;
    failure = error;
    onFailure(error);
  };
  /** Nothing is answered any more. */
  const end = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const sent = createSentTemplates((templates) => {
    if (!isClosing) say({ kind: 'drop', templates });
  });
  const settle = (id: number, tell: (one: Waiting) => void): void => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (one !== undefined) tell(one);
  };

  const opened = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromStore) => {
      switch (message.kind) {
        case 'ready':
          version = message.version;
          isOpen = true;
          return resolve();
        case 'changed':
          version = message.version;
          return onChange(version, message.flows);
        case 'appended':
          return settle(message.id, (one) => {
            if (message.arrays !== null) one.columns?.adopt(message.arrays);
            one.resolve(message.result);
          });
        case 'refused':
          return settle(message.id, (one) => {
            if (message.arrays !== null) one.columns?.adopt(message.arrays);
            one.reject(unpackError(message.error));
          });
        case 'answer':
          version = Math.max(version, message.version);
          return settle(message.id, (one) => one.resolve(message.answer));
        case 'failed': {
          const error = unpackError(message.error);
          if (message.id !== null) return settle(message.id, (one) => one.reject(error));
          broken = error;
          return reject(error);
        }
        case 'lost':
          return fail(unpackError(message.error) as AppError);
        case 'closed':
          isClosed = true;
      }
    });
    worker.on('error', (error) => {
      reject(error);
      const why = `cannot store any more: the thread that stores failed: ${messageOf(error)}`;
      fail(new AppError('interrupted', why, { cause: error }));
      end(error);
    });
  });
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      const error = new AppError('interrupted', 'cannot store any more: the thread that stores has ended');
      if (isOpen && !isClosing) fail(error);
      end(failure ?? error);
      resolve();
    });
  });
  await opened;

  /** Waits for the answer to what has this id. */
  const answerTo = <T>(id: number, columns: LineColumns | null = null): Promise<T> =>
    new Promise((resolve, reject) => {
      // What was asked says what the answer is.
      waiting.set(id, { columns, resolve: resolve as (answer: unknown) => void, reject });
    });
  const call = async <K extends keyof Calls>(
    name: K,
    args: readonly unknown[],
    signal?: AbortSignal,
  ): Promise<Awaited<ReturnType<Calls[K]>>> => {
    if (failure !== null) throw failure;
    const id = ++lastId;
    const stop = (): void => say({ kind: 'stop', id });
    say({ kind: 'call', id, call: name, args });
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop);
    try {
      return await answerTo<Awaited<ReturnType<Calls[K]>>>(id);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  };
  const append = async (
    columns: LineColumns,
    rejects: readonly RejectTally[],
    taken = () => {},
  ): Promise<AppendResult> => {
    if (failure !== null) throw failure;
    const id = ++lastId;
    const templates = columns.templates === null ? null : sent.news(columns.templates);
    const isLent = columns.length > COPIED_LINES_MAX;
    const lines = (isLent ? packColumns : copyColumns)(columns, templates);
    say({ kind: 'append', id, lines, isLent, rejects }, buffersOf(lines.arrays));
    const answer = answerTo<AppendResult>(id, columns);
    if (!isLent) taken();
    return answer;
  };
  const reports = REPORT_CALLS.map((name) => [name, (...args: unknown[]) => call(name, args)]);

  return {
    append,
    version: () => version,
    counts: () => call('counts', []),
    rejects: () => call('rejects', []),
    checkpoint: () => call('checkpoint', []),
    prune: (before, signal) => call('prune', [before], signal),
    // Of each call that there is, by its name.
    reports: Object.fromEntries(reports) as ReportStore,
    get failure() {
      return failure;
    },
    fail(error) {
      fail(error);
      if (!isClosing) say({ kind: 'fail', error: packError(error) });
    },
    async close() {
      isClosing = true;
      say({ kind: 'close' });
      await ended;
      if (!isClosed) throw broken ?? failure ?? new Error('BUG: the thread that stores ended by itself');
    },
  };
}
