/** Questions are answered by a thread of their own: however dear one is, lines come in and others are answered meanwhile. */
import { Worker } from 'node:worker_threads';
import { AppError, messageOf } from '../domain/errors.ts';
import { unpackError } from '../domain/packed-error.ts';
import type { Analysis } from '../domain/queries.ts';
import { currentDeadline } from './deadline.ts';
import { type FromAnswers, METHODS, type Method, pack, type ToAnswers } from './messages.ts';

export interface AnsweringOptions {
  /** A module that calls `serveAnswers`; `workerData` tells it what to open. */
  readonly entry: URL;
  readonly workerData: unknown;
  /** Version of the store now: what was stored before a question is known to its answer. */
  readonly version: () => number;
  /** Flows that changed after a version and up to the one that is told; null: not known. */
  readonly changedSince: (version: number) => Float64Array | readonly number[] | null;
  /** Told when reading found that the disk or the database failed. */
  readonly onFailure: (error: AppError) => void;
}

export interface AnsweringThread {
  readonly analysis: Analysis;
  /** Questions under way are not answered any more. */
  close(): Promise<void>;
}

/** Ms that the thread gets to close by itself; it may be in the middle of an answer. */
const CLOSE_MS_MAX = 500;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the thread. Errors: those of the opening. One that dies later fails what it was asked, and the next question starts another. */
export async function startAnsweringThread(options: AnsweringOptions): Promise<AnsweringThread> {
  let thread = startThread(options);
  let isClosed = false;
  await thread.ready;
  const ask = async (method: Method, args: readonly unknown[]): Promise<unknown> => {
    // Read before anything is waited for.
    const question = {
      method,
      args: args.map(pack),
      version: options.version(),
      deadline: currentDeadline(),
    };
    if (isClosed) throw new AppError('draining', 'cannot answer any more: the server is about to stop');
    if (thread.hasEnded()) thread = startThread(options);
    await thread.ready;
    return thread.ask(question);
  };
  const questions = METHODS.map((method) => [method, (...args: unknown[]) => ask(method, args)]);
  return {
    // Of each method that there is, by its name.
    analysis: { version: options.version, ...Object.fromEntries(questions) } as Analysis,
    async close() {
      isClosed = true;
      await thread.close();
    },
  };
}

type Question = Pick<ToAnswers & { readonly kind: 'ask' }, 'method' | 'args' | 'version' | 'deadline'>;

function startThread({ entry, workerData, changedSince, onFailure }: AnsweringOptions) {
  const worker = new Worker(entry, { workerData });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let ended: Error | null = null;
  const say = (message: ToAnswers): void => worker.postMessage(message);
  const end = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  const ready = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromAnswers) => {
      switch (message.kind) {
        case 'ready':
          return resolve();
        case 'changes':
          return say({ kind: 'changes', id: message.id, flows: changedSince(message.since) });
        case 'lost':
          return onFailure(unpackError(message.error) as AppError);
        case 'answer':
          waiting.get(message.id)?.resolve(message.answer);
          return void waiting.delete(message.id);
        case 'failed':
          if (message.id === null) return reject(unpackError(message.error));
          waiting.get(message.id)?.reject(unpackError(message.error));
          return void waiting.delete(message.id);
        case 'closed':
          return;
      }
    });
    // Also when it takes more memory than a thread gets.
    worker.on('error', (error) => {
      end(interrupted(messageOf(error)));
      reject(error);
    });
    worker.on('exit', () => {
      const error = interrupted('the thread that answers has ended');
      end(error);
      reject(error);
    });
  });
  // Whoever asks is told; that nobody asks is no reason to end.
  ready.catch(() => {});
  return {
    ready,
    hasEnded: () => ended !== null,
    ask(question: Question): Promise<unknown> {
      if (ended !== null) return Promise.reject(ended);
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        say({ kind: 'ask', id, ...question });
      });
    },
    async close(): Promise<void> {
      const gone = new Promise<void>((resolve) => {
        if (ended !== null) resolve();
        else worker.once('exit', () => resolve());
      });
      say({ kind: 'close' });
      const timer = setTimeout(() => void worker.terminate(), CLOSE_MS_MAX);
      await gone;
      clearTimeout(timer);
    },
  };
}

function interrupted(why: string): AppError {
  return new AppError('interrupted', `cannot answer: ${why}`);
}
