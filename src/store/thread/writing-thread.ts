/** A store that is written by a thread of its own: whoever reads lines goes on while others are stored. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LineColumns } from '../../domain/line-columns.ts';
import { unpackError } from '../../domain/packed-error.ts';
import type { AppendResult, LineWriter } from '../../domain/ports.ts';
import type { FromWriter, ToWriter } from './messages.ts';
import { buffersOf, packColumns } from './packed-columns.ts';
import { createSentTemplates } from './sent-templates.ts';

/** `append` takes the arrays of its lines over, and gives them back when it calls `taken`. */
export interface WritingThread extends LineWriter {
  /** Resolves when the store is open. Lines may be appended before. Errors: those of the opening. */
  readonly opened: Promise<void>;
  readonly settle: () => void;
  /** Resolves when everything is stored and the store is closed. */
  close(): Promise<void>;
}

/** Space for new objects of the thread: three parts of 2 MB. */
const YOUNG_MB = 6;

interface Waiting {
  readonly columns: LineColumns;
  readonly taken: () => void;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts the thread. `entry` is a module that calls `serveWriter`; `workerData` tells it what to open; `onStored` is told how many lines
 * were stored, when they are.
 * Errors, from `append`: those of the opening, and of the store. A thread that died fails all that waits.
 */
export function startWritingThread(
  entry: URL,
  workerData: unknown,
  onStored: (lines: number) => void = () => {},
): WritingThread {
  // What it makes lives long or not at all: a small space for new objects is as quick as a large one.
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB };
  const worker = new Worker(entry, { workerData, resourceLimits });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let failure: Error | null = null;
  let isClosed = false;

  const fail = (error: Error): void => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  const post = (message: ToWriter, transfer: ArrayBuffer[] = []): void =>
    worker.postMessage(message, transfer);
  const sent = createSentTemplates((templates) => {
    if (!isClosed) post({ kind: 'drop', templates });
  });

  const opened = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'ready') resolve();
      else if (message.kind === 'closed') isClosed = true;
      else if (message.kind === 'taken') {
        const append = waiting.get(message.id);
        append?.columns.adopt(message.arrays);
        append?.taken();
      } else if (message.kind === 'appended') {
        waiting.get(message.id)?.resolve(message.result);
        waiting.delete(message.id);
        onStored(message.result.accepted);
      } else if (message.id === null) {
        reject(unpackError(message.error));
        fail(unpackError(message.error));
      } else {
        waiting.get(message.id)?.reject(unpackError(message.error));
        waiting.delete(message.id);
      }
    });
    worker.on('error', (error) => {
      reject(error);
      fail(error);
    });
  });
  const ended = once(worker, 'exit').then(() => {
    if (!isClosed) fail(new Error('BUG: the thread that stores lines ended by itself'));
  });
  for (const promise of [opened, ended]) promise.catch(() => {});

  return {
    opened,
    append(columns, rejects, taken = () => {}) {
      if (failure !== null) return Promise.reject(failure);
      const id = ++lastId;
      const lines = packColumns(columns, columns.templates === null ? null : sent.news(columns.templates));
      return new Promise((resolve, reject) => {
        waiting.set(id, { columns, taken, resolve, reject });
        post({ kind: 'append', id, lines, rejects }, buffersOf(lines.arrays));
      });
    },
    settle() {
      if (failure === null && waiting.size > 0) post({ kind: 'settle' });
    },
    async close() {
      if (failure === null) post({ kind: 'close' });
      await ended;
      if (failure !== null) throw failure;
    },
  };
}
