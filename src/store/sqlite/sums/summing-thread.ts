/** A thread that sums lines up, as the thread that stores sees it: given work as it comes, and waited for when its sums are needed. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { AppError, messageOf } from '../../../domain/errors.ts';
import type { RowsToPack } from '../segments/pack-segments.ts';
import type { Pieces, SummedUp, ToSumming } from './messages.ts';

/** What the thread is told at its start. */
export interface SummingData {
  readonly port: MessagePort;
  /** Numbers of both threads: see STEPS. */
  readonly state: Int32Array;
}

/**
 * In the state: messages that were dealt with, and one for the start; those of them whose lines were copied; whether the thread failed; and
 * orders whose segments were packed.
 */
export const STEPS = 0;
export const COPIED = 1;
export const HAS_FAILED = 2;
export const PACKED = 3;
const STATES = 4;

export type FromSumming =
  /** Columns of segments that were ordered together; `order` counts such orders, from 1 on. */
  | { readonly kind: 'packed'; readonly order: number; readonly segments: Pieces }
  | { readonly kind: 'summed'; readonly summed: SummedUp }
  | { readonly kind: 'failed'; readonly reason: string };

/** Ms without any step after which the thread counts as lost: a step takes some hundredths of a second. */
const SILENCE_MS_MAX = 60_000;
/** Ms between two looks at whether it failed. */
const LOOK_MS = 200;

/** Space for new objects of the thread, which makes few. */
const YOUNG_MB = 3;

export interface SummingThread {
  /** True once it can be given work. */
  isReady(): boolean;
  /** Orders of segments that were said. */
  readonly orders: number;
  say(message: ToSumming): void;
  /** Waits until the lines that were said are copied. Errors: `interrupted` when the thread failed. */
  waitForCopy(): void;
  /** Waits for the segments of one order: see `FromSumming`. What was packed before it is dropped. Errors: as `waitForCopy`. */
  takePacked(order: number): Pieces;
  /** Waits for what `write` is answered with. Errors: as `waitForCopy`. */
  take(): SummedUp;
  close(): void;
}

/** Starts the thread. One that cannot be started is never ready. */
export function startSummingThread(entry: URL): SummingThread {
  const { port1, port2 } = new MessageChannel();
  const state = new Int32Array(new SharedArrayBuffer(STATES * Int32Array.BYTES_PER_ELEMENT));
  const workerData: SummingData = { port: port2, state };
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB };
  const worker = new Worker(entry, { workerData, transferList: [port2], resourceLimits });
  /** Why there is no thread any more. */
  let failure: string | null = null;
  // Whoever stores may end while the thread is there.
  worker.unref();
  worker.on('error', (error) => {
    failure ??= `failed: ${messageOf(error)}`;
  });
  let said = 0;
  let saidLines = 0;
  let saidOrders = 0;

  const receive = (): FromSumming | undefined =>
    (receiveMessageOnPort(port1) as { readonly message: FromSumming } | undefined)?.message;

  const lost = (why: string): AppError => {
    failure ??= why;
    return new AppError('interrupted', `cannot store any more: the thread that sums lines up ${failure}`);
  };

  const refuseFailed = (): void => {
    if (failure !== null) throw lost(failure);
    if (Atomics.load(state, HAS_FAILED) === 0) return;
    let message = receive();
    while (message !== undefined && message.kind !== 'failed') message = receive();
    throw lost(message === undefined ? 'failed' : `failed: ${message.reason}`);
  };

  /** Waits until one of the numbers of the thread has come so far. */
  const waitFor = (what: number, target: number): void => {
    for (let silence = 0; silence < SILENCE_MS_MAX; ) {
      const now = Atomics.load(state, what);
      refuseFailed();
      if (now >= target) return;
      silence = Atomics.wait(state, what, now, LOOK_MS) === 'timed-out' ? silence + LOOK_MS : 0;
    }
    throw lost(`has not answered for ${SILENCE_MS_MAX / 1_000} s`);
  };

  return {
    get orders() {
      return saidOrders;
    },
    isReady: () => failure === null && Atomics.load(state, STEPS) > 0,
    say(message) {
      port1.postMessage(message, message.kind === 'lines' ? message.orders.flatMap(buffersOf) : []);
      // Only what was sent is waited for.
      said++;
      if (message.kind !== 'lines') return;
      saidLines++;
      saidOrders += message.orders.length;
    },
    waitForCopy: () => waitFor(COPIED, saidLines),
    takePacked(order) {
      waitFor(PACKED, order);
      let message = receive();
      // What was ordered in a transaction that failed, nobody took.
      while (message?.kind === 'packed' && message.order < order) message = receive();
      if (message?.kind !== 'packed') throw lost('gave no segments');
      return message.segments;
    },
    take() {
      // The first step is the start.
      waitFor(STEPS, said + 1);
      let message = receive();
      while (message?.kind === 'packed') message = receive();
      if (message?.kind !== 'summed') throw lost('gave no sums');
      return message.summed;
    },
    close() {
      port1.postMessage({ kind: 'close' } satisfies ToSumming);
      port1.close();
    },
  };
}

function buffersOf({ rows, clients, servers, cuts }: RowsToPack): ArrayBuffer[] {
  return [rows.buffer, clients.buffer, servers.buffer, cuts.buffer] as ArrayBuffer[];
}
