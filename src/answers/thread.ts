/** One thread that answers: what it is asked, and how far it has followed what is stored. */
import { Worker } from 'node:worker_threads';
import { AppError, messageOf } from '../domain/errors.ts';
import { unpackError } from '../domain/packed-error.ts';
import type { FromAnswers, Question, ToAnswers } from './messages.ts';

export interface ThreadOptions {
  /** A module that calls `serveAnswers`; `workerData` tells it what to open. */
  readonly entry: URL;
  readonly workerData: unknown;
  /** Flows that changed after a version and up to another one, at least; null: not known. */
  readonly changedSince: (version: number, upTo: number) => Promise<Float64Array | readonly number[] | null>;
  /** Told when reading found that the disk or the database failed. */
  readonly onFailure: (error: AppError) => void;
}

/** An answer, and the version of the store that it is of. */
export interface Answered {
  readonly answer: unknown;
  readonly version: number;
}

/** How far a thread has followed, how long that took it (ms), and what its objects take (bytes). */
export interface Followed {
  readonly version: number;
  readonly ms: number;
  readonly heapBytes: number;
}

export interface Thread {
  /** Errors: those of the opening. */
  readonly ready: Promise<void>;
  /** Questions, and steps of following, that are under way. */
  readonly busy: number;
  hasEnded(): boolean;
  /** Errors: those of the question; `interrupted` when the thread dies. */
  ask(question: Question): Promise<Answered>;
  /** Derives all from what is stored now, at least of this version, and stays at that moment until `letGo`. Errors: as `ask`. */
  follow(version: number): Promise<Followed>;
  /** Between questions it stays at no moment any more. */
  letGo(): Promise<void>;
  /** Reads the moment it stays at anew, from the file where the log was taken into it. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

/** Ms that the thread gets to close by itself; it may be in the middle of an answer. */
const CLOSE_MS_MAX = 500;

interface Waiting {
  // What was asked says what comes back.
  readonly resolve: (message: never) => void;
  readonly reject: (error: Error) => void;
}

type Asked = FromAnswers & { readonly kind: 'answer' | 'done' };

export function startThread({ entry, workerData, changedSince, onFailure }: ThreadOptions): Thread {
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
  const settle = (id: number, tell: (one: Waiting) => void): void => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (one !== undefined) tell(one);
  };
  const ready = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromAnswers) => {
      switch (message.kind) {
        case 'ready':
          return resolve();
        case 'changes':
          return void changedSince(message.since, message.upTo).then((flows) =>
            say({ kind: 'changes', id: message.id, flows }),
          );
        case 'lost':
          return onFailure(unpackError(message.error) as AppError);
        case 'answer':
        case 'done':
          return settle(message.id, (one) => one.resolve(message as never));
        case 'failed':
          if (message.id === null) return reject(unpackError(message.error));
          return settle(message.id, (one) => one.reject(unpackError(message.error)));
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
  const send = <K extends Asked['kind']>(
    message: (id: number) => ToAnswers,
  ): Promise<FromAnswers & { readonly kind: K }> => {
    if (ended !== null) return Promise.reject(ended);
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      say(message(id));
    });
  };
  return {
    ready,
    get busy() {
      return waiting.size;
    },
    hasEnded: () => ended !== null,
    ask: (question) => send<'answer'>((id) => ({ kind: 'ask', id, ...question })),
    follow: (version) => send<'done'>((id) => ({ kind: 'follow', id, version })),
    letGo: async () => void (await send<'done'>((id) => ({ kind: 'let-go', id }))),
    renew: async () => void (await send<'done'>((id) => ({ kind: 'renew', id }))),
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
