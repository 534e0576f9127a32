/** A store that is written by a thread of its own: whoever reads lines goes on while others are stored. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ParsedLine } from '../../domain/entry.ts';
import { type LineColumns, NO_TEMPLATE, type Templates } from '../../domain/line-columns.ts';
import type { AppendResult, LineWriter } from '../../domain/ports.ts';
import { buffersOf, type FromWriter, packColumns, type ToWriter, unpackError } from './messages.ts';

/** `append` takes the arrays of its lines over: they are empty afterwards. */
export interface WritingThread extends LineWriter {
  /** Resolves when everything is stored and the store is closed. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts the thread. `entry` is a module that calls `serveWriter`; `workerData` tells it what to open.
 * Errors: those of the opening; later, from `append`, those of the store. A thread that died fails all that waits.
 */
export async function startWritingThread(entry: URL, workerData: unknown): Promise<WritingThread> {
  const worker = new Worker(entry, { workerData });
  const waiting = new Map<number, Waiting>();
  const met = createMet();
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

  const ready = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'ready') resolve();
      else if (message.kind === 'closed') isClosed = true;
      else if (message.kind === 'appended') {
        waiting.get(message.id)?.resolve(message.result);
        waiting.delete(message.id);
      } else if (message.id === null) {
        reject(unpackError(message.error));
        fail(unpackError(message.error));
      } else {
        met.forget();
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
  ended.catch(() => {});
  await ready;

  return {
    append(columns, rejects) {
      if (failure !== null) return Promise.reject(failure);
      const id = ++lastId;
      const { number, samples } = met.take(columns);
      const lines = packColumns(columns, number, samples);
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        post({ kind: 'append', id, lines, rejects }, buffersOf(lines));
      });
    },
    async close() {
      if (failure === null) post({ kind: 'close' });
      await ended;
      if (failure !== null) throw failure;
    },
  };
}

/** Which templates the thread has met. */
function createMet() {
  let numbers = new WeakMap<Templates, { readonly number: number; readonly met: Set<number> }>();
  let lastNumber = 0;
  return {
    /** Samples of the templates that the thread will meet with these lines for the first time. */
    take(columns: LineColumns): { number: number | null; samples: Map<number, ParsedLine> } {
      const samples = new Map<number, ParsedLine>();
      const { templates } = columns;
      if (templates === null) return { number: null, samples };
      const known = numbers.get(templates) ?? { number: ++lastNumber, met: new Set() };
      numbers.set(templates, known);
      for (let index = 0; index < columns.length; index++) {
        const template = columns.template[index] ?? NO_TEMPLATE;
        if (template === NO_TEMPLATE || known.met.has(template)) continue;
        known.met.add(template);
        samples.set(template, templates.sample(template));
      }
      return { number: known.number, samples };
    },
    forget(): void {
      numbers = new WeakMap();
    },
  };
}
