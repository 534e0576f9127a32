/** Carries what is to be sent: to each target by itself, one thing after the other, again until it has it. */
import { type Carrier, DeliveryError, type Shipment } from '../domain/delivery.ts';
import { messageOf } from '../domain/errors.ts';
import { DELIVERY_ERROR_MAX, DELIVERY_MS_MAX, DELIVERY_TRIES_MAX } from '../domain/limits.ts';
import type { DeliveryOutcome } from '../domain/report-desk.ts';
import type { Delivery, Outcome, ReportStore } from '../domain/report-store.ts';
import { retryDelay } from './retry.ts';

export interface CourierDeps {
  readonly store: ReportStore;
  readonly carriers: ReadonlyMap<string, Carrier>;
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** Told when a target is free again, or something is to be tried later. */
  readonly wake: () => void;
  readonly count: (target: string, outcome: DeliveryOutcome) => void;
  readonly tell: (message: string) => void;
}

export interface Courier {
  /** Begins whatever is due. Answers when to come again, ms since the epoch, and how many wait; null: nothing waits for a time. */
  sendDue(): Promise<{ readonly next: number | null; readonly pending: number }>;
  /** Breaks off what is under way, and resolves when it is noted. */
  stop(): Promise<void>;
}

export function createCourier(deps: CourierDeps): Courier {
  const { store, carriers, now } = deps;
  const stopped = new AbortController();
  /** By target. */
  const underWay = new Map<string, Promise<void>>();
  const begin = (delivery: Delivery, carrier: Carrier): void => {
    const run = carry(delivery, carrier, stopped.signal, deps)
      .catch((error: unknown) => deps.tell(`cannot note the delivery ${delivery.id}: ${messageOf(error)}`))
      .finally(() => {
        underWay.delete(delivery.target);
        deps.wake();
      });
    underWay.set(delivery.target, run);
  };
  return {
    async sendDue() {
      const pending = await store.pendingDeliveries();
      let next: number | null = null;
      for (const delivery of pending) {
        const carrier = carriers.get(delivery.target);
        if (carrier === undefined) {
          await giveUp(delivery, 'the configuration has no target of this name any more', deps);
        } else if (underWay.has(delivery.target) || stopped.signal.aborted) {
          // Whoever is under way wakes us.
        } else if ((delivery.next_try ?? 0) <= now()) begin(delivery, carrier);
        else next = Math.min(next ?? Number.POSITIVE_INFINITY, delivery.next_try ?? 0);
      }
      return { next, pending: pending.length };
    },
    async stop() {
      stopped.abort();
      await Promise.all(underWay.values());
    },
  };
}

/** One try, counted before it is made: whatever is killed then, a delivery is not tried for ever. */
async function carry(
  delivery: Delivery,
  carrier: Carrier,
  stopped: AbortSignal,
  deps: CourierDeps,
): Promise<void> {
  const { store, now, random } = deps;
  const tries = delivery.tries + 1;
  await store.beginTry(delivery.id, now(), now() + retryDelay(tries, random));
  const report = await store.report(delivery.report);
  if (report === null) return giveUp(delivery, 'the report is gone', deps);
  try {
    await inTime(carrier, { id: delivery.id, report }, stopped);
  } catch (error) {
    if (stopped.aborted) return store.endTry(delivery.id, interrupted(now()));
    await noteFailure(delivery, tries, error, deps);
    return;
  }
  await store.endTry(delivery.id, { state: 'delivered', at: now() });
  deps.count(delivery.target, 'delivered');
}

/** A try that the end of the process broke off is the first thing to do after it. */
function interrupted(now: number): Outcome {
  return { state: 'pending', error: 'interrupted by the end of the server', nextTry: now };
}

async function inTime(carrier: Carrier, shipment: Shipment, stopped: AbortSignal): Promise<void> {
  const late = AbortSignal.timeout(DELIVERY_MS_MAX);
  try {
    await carrier.deliver(shipment, AbortSignal.any([stopped, late]));
  } catch (error) {
    if (late.aborted) throw new DeliveryError(`no answer in ${DELIVERY_MS_MAX / 1_000} s`, { cause: error });
    throw error;
  }
}

async function noteFailure(
  delivery: Delivery,
  tries: number,
  error: unknown,
  deps: CourierDeps,
): Promise<void> {
  const { store, now, random } = deps;
  const message = shorten(messageOf(error));
  if (tries >= DELIVERY_TRIES_MAX) return giveUp(delivery, message, deps);
  const asked = error instanceof DeliveryError ? error.retryAfterMs : null;
  const nextTry = now() + retryDelay(tries, random, asked);
  await store.endTry(delivery.id, { state: 'pending', error: message, nextTry });
  deps.count(delivery.target, 'retried');
  if (tries === 1)
    deps.tell(`cannot deliver ${delivery.report} to ${delivery.target}: ${message}; tried again`);
}

async function giveUp(delivery: Delivery, message: string, deps: CourierDeps): Promise<void> {
  await deps.store.endTry(delivery.id, { state: 'failed', error: message });
  deps.count(delivery.target, 'failed');
  deps.tell(`gave up delivering ${delivery.report} to ${delivery.target}: ${message}`);
}

function shorten(text: string): string {
  return text.length > DELIVERY_ERROR_MAX ? `${text.slice(0, DELIVERY_ERROR_MAX - 3)}...` : text;
}
