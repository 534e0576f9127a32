/** The side of the thread that a store lives in: takes lines and calls as they come, and answers when they are done. */
import type { MessagePort } from 'node:worker_threads';
import type { AppError } from '../../domain/errors.ts';
import { packError, unpackError } from '../../domain/packed-error.ts';
import type { Store } from '../../domain/ports.ts';
import { buffersOf, unpackColumns } from './packed-columns.ts';
import { createReceivedTemplates, type ReceivedTemplates } from './sent-templates.ts';
import { type ChangedFlows, type FromStore, REPORT_CALLS, type ToStore } from './store-messages.ts';

/** What lives in the thread. */
export interface ServedStore
  extends Pick<Store, 'append' | 'version' | 'counts' | 'rejects' | 'prune' | 'reports' | 'close'> {
  /** Others found that the disk or the database failed: nothing more is stored. */
  fail(error: AppError): void;
  /** Takes the log into the file, as far as nobody reads what the file would lose. */
  checkpoint(): Promise<void>;
}

/** What the store tells by itself. */
export interface StoreContact {
  /** With each transaction that changed something. */
  changed(version: number, flows: ChangedFlows): void;
  lost(error: AppError): void;
}

/** Opens the store and serves the port until it is told to close. Every failure is answered, none is thrown. */
export async function serveStore(
  port: MessagePort,
  open: (contact: StoreContact) => ServedStore,
): Promise<void> {
  const say: Say = (message) =>
    port.postMessage(
      message,
      'arrays' in message && message.arrays !== null ? buffersOf(message.arrays) : [],
    );
  try {
    const store = open({
      changed: (version, flows) => say({ kind: 'changed', version, flows }),
      lost: (error) => say({ kind: 'lost', error: packError(error) }),
    });
    const templates = createReceivedTemplates();
    /** By the id of the call. */
    const underWay = new Map<number, AbortController>();
    port.on('message', (message: ToStore) => {
      switch (message.kind) {
        case 'append':
          return void append(message, store, templates, say);
        case 'call':
          return void call(message, store, underWay, say);
        case 'stop':
          return underWay.get(message.id)?.abort();
        case 'drop':
          return templates.drop(message.templates);
        case 'fail':
          return store.fail(unpackError(message.error) as AppError);
        case 'close':
          return void close(store, port, say);
      }
    });
    say({ kind: 'ready', version: store.version() });
  } catch (error) {
    say({ kind: 'failed', id: null, error: packError(error) });
    port.close();
  }
}

type Say = (message: FromStore) => void;

async function append(
  { id, lines, isLent, rejects }: ToStore & { readonly kind: 'append' },
  store: ServedStore,
  templates: ReceivedTemplates,
  say: Say,
): Promise<void> {
  const arrays = isLent ? lines.arrays : null;
  try {
    const columns = unpackColumns(lines, lines.templates === null ? null : templates.take(lines.templates));
    const result = await store.append(columns, rejects);
    say({ kind: 'appended', id, arrays, result });
  } catch (error) {
    say({ kind: 'refused', id, arrays, error: packError(error) });
  }
}

async function call(
  { id, call, args }: ToStore & { readonly kind: 'call' },
  store: ServedStore,
  underWay: Map<number, AbortController>,
  say: Say,
): Promise<void> {
  const stopped = new AbortController();
  underWay.set(id, stopped);
  try {
    const answer = await workOf(call, args, store, stopped.signal);
    say({ kind: 'answer', id, version: store.version(), answer });
  } catch (error) {
    say({ kind: 'failed', id, error: packError(error) });
  } finally {
    underWay.delete(id);
  }
}

function workOf(
  call: (ToStore & { readonly kind: 'call' })['call'],
  args: readonly unknown[],
  store: ServedStore,
  signal: AbortSignal,
): Promise<unknown> {
  switch (call) {
    case 'counts':
    case 'rejects':
    case 'checkpoint':
      return store[call]();
    case 'prune':
      return store.prune(args[0] as number, signal);
    default: {
      if (!REPORT_CALLS.includes(call)) throw new Error(`BUG: there is no call ${call}`);
      // The other side has the types of these.
      const work = store.reports[call] as (...given: readonly unknown[]) => Promise<unknown>;
      return work(...args);
    }
  }
}

async function close(store: ServedStore, port: MessagePort, say: Say): Promise<void> {
  try {
    await store.close();
    say({ kind: 'closed' });
  } catch (error) {
    say({ kind: 'failed', id: null, error: packError(error) });
  }
  port.close();
}
