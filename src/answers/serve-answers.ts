/** The side of the thread that answers: takes questions as they come, and says when they are answered. */
import { getHeapStatistics } from 'node:v8';
import type { MessagePort } from 'node:worker_threads';
import type { AppError } from '../domain/errors.ts';
import { packError } from '../domain/packed-error.ts';
import type { Analysis } from '../domain/queries.ts';
import { checkDeadline, steadyNow, withDeadline } from './deadline.ts';
import { type FromAnswers, METHODS, type Question, type ToAnswers, unpack } from './messages.ts';

/** What is answered from. */
export interface Source {
  readonly analysis: Analysis;
  /** Until `release`, all is of one moment, at which `version` was reached. */
  hold(version: number): void;
  release(): void;
  /** Version of the moment that is held, or was held last. */
  moment(): number;
  /** Moves the moment on to now, and derives all that can be asked. */
  follow(): Promise<void>;
  /** Reads the moment that is held anew, if it is still the newest. */
  renew(): void;
  close(): void;
}

/** What the one who writes tells on demand, and is told. */
export interface Contact {
  changedSince(version: number, upTo: number): Promise<ChangedFlows>;
  /** Reading goes on only as long as somebody waits. Errors: `timeout`. */
  checkDeadline(): void;
  lost(error: AppError): void;
}

type ChangedFlows = Float64Array | readonly number[] | null;
type Order = ToAnswers & { readonly kind: 'follow' | 'let-go' | 'renew' };

/** Opens the source and serves the port until it is told to close. Every failure is answered, none is thrown. */
export async function serveAnswers(port: MessagePort, open: (contact: Contact) => Source): Promise<void> {
  const say = (message: FromAnswers): void => port.postMessage(message);
  const waiting = new Map<number, (flows: ChangedFlows) => void>();
  let lastId = 0;
  try {
    const source = open({
      checkDeadline,
      lost: (error) => say({ kind: 'lost', error: packError(error) }),
      changedSince: (since, upTo) =>
        new Promise((resolve) => {
          waiting.set(++lastId, resolve);
          say({ kind: 'changes', id: lastId, since, upTo });
        }),
    });
    const stay = createStay(source);
    port.on('message', (message: ToAnswers) => {
      switch (message.kind) {
        case 'ask':
          return void answer(message, source).then(say);
        case 'changes':
          waiting.get(message.id)?.(message.flows);
          return void waiting.delete(message.id);
        case 'follow':
        case 'let-go':
        case 'renew':
          return void stay(message).then(say);
        case 'close':
          source.close();
          say({ kind: 'closed' });
          port.close();
      }
    });
    say({ kind: 'ready' });
  } catch (error) {
    say({ kind: 'failed', id: null, error: packError(error) });
    port.close();
  }
}

/** Holds a moment beyond the questions that are about it. */
function createStay(source: Source): (order: Order) => Promise<FromAnswers> {
  let isHeld = false;
  const letGo = (): void => {
    if (isHeld) source.release();
    isHeld = false;
  };
  const follow = async (version: number): Promise<void> => {
    // What is held already is held for this version, too.
    source.hold(version);
    if (isHeld) source.release();
    isHeld = true;
    await source.follow();
  };
  return async (order) => {
    const { id } = order;
    const started = steadyNow();
    try {
      if (order.kind === 'follow') await follow(order.version);
      else if (order.kind === 'renew') source.renew();
      else letGo();
      const ms = steadyNow() - started;
      return { kind: 'done', id, version: source.moment(), ms, heapBytes: heapBytes() };
    } catch (error) {
      letGo();
      return { kind: 'failed', id, error: packError(error) };
    }
  };
}

function heapBytes(): number {
  return getHeapStatistics().total_heap_size;
}

async function answer(
  { id, method, args, version, deadline }: Question & { readonly id: number },
  source: Source,
): Promise<FromAnswers> {
  let isHeld = false;
  try {
    if (!METHODS.includes(method)) throw new Error(`BUG: there is no question ${method}`);
    const question = source.analysis[method] as (...args: unknown[]) => Promise<unknown>;
    const answer = await withDeadline(deadline, async () => {
      // It may have waited behind others.
      checkDeadline();
      source.hold(version);
      isHeld = true;
      return question(...args.map(unpack));
    });
    return { kind: 'answer', id, version: source.moment(), answer };
  } catch (error) {
    return { kind: 'failed', id, error: packError(error) };
  } finally {
    if (isHeld) source.release();
  }
}
