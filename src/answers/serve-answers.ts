/** The side of the thread that answers: takes questions as they come, and says when they are answered. */
import type { MessagePort } from 'node:worker_threads';
import type { AppError } from '../domain/errors.ts';
import { packError } from '../domain/packed-error.ts';
import type { Analysis } from '../domain/queries.ts';
import { checkDeadline, withDeadline } from './deadline.ts';
import { type FromAnswers, METHODS, type ToAnswers, unpack } from './messages.ts';

/** What is answered from. */
export interface Source {
  readonly analysis: Analysis;
  /** Until `release`, all is of one moment, at which `version` was reached. */
  hold(version: number): void;
  release(): void;
  close(): void;
}

/** What the one who writes tells on demand, and is told. */
export interface Contact {
  changedSince(version: number): Promise<ChangedFlows>;
  /** Reading goes on only as long as somebody waits. Errors: `timeout`. */
  checkDeadline(): void;
  lost(error: AppError): void;
}

type ChangedFlows = Float64Array | readonly number[] | null;
type Question = ToAnswers & { readonly kind: 'ask' };

/** Opens the source and serves the port until it is told to close. Every failure is answered, none is thrown. */
export async function serveAnswers(port: MessagePort, open: (contact: Contact) => Source): Promise<void> {
  const say = (message: FromAnswers): void => port.postMessage(message);
  const waiting = new Map<number, (flows: ChangedFlows) => void>();
  let lastId = 0;
  try {
    const source = open({
      checkDeadline,
      lost: (error) => say({ kind: 'lost', error: packError(error) }),
      changedSince: (since) =>
        new Promise((resolve) => {
          waiting.set(++lastId, resolve);
          say({ kind: 'changes', id: lastId, since });
        }),
    });
    port.on('message', (message: ToAnswers) => {
      if (message.kind === 'ask') void answer(message, source).then(say);
      else if (message.kind === 'changes') {
        waiting.get(message.id)?.(message.flows);
        waiting.delete(message.id);
      } else {
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

async function answer(
  { id, method, args, version, deadline }: Question,
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
    return { kind: 'answer', id, answer };
  } catch (error) {
    return { kind: 'failed', id, error: packError(error) };
  } finally {
    if (isHeld) source.release();
  }
}
