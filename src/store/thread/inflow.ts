/** Lines on their way into a store: whether any are, how many came in since when, and a way to have them wait for a while. */
import type { Inflow } from '../../domain/inflow.ts';
import type { AppendResult, LineWriter } from '../../domain/ports.ts';

/** A way in that tells of itself. */
export interface MeteredInflow extends Inflow {
  readonly append: LineWriter['append'];
  /** Told of each version that is stored, before what it stored is answered. */
  note(version: number): void;
}

/** Versions that are remembered, each with when it was stored. */
const VERSIONS_MAX = 10_000;

interface Stored {
  readonly version: number;
  /** By `now`. */
  readonly at: number;
  /** All lines up to the end of this version. */
  lines: number;
}

/** `now`: ms of a steady clock. */
export function createInflow(store: Pick<LineWriter, 'append'>, now: () => number): MeteredInflow {
  const stored: Stored[] = [];
  let underWay = 0;
  let lines = 0;
  let busySince = 0;
  let busyMs = 0;
  let askedAt = now();
  let held: { readonly over: Promise<void>; readonly end: () => void } | null = null;
  let waiting: Array<() => void> = [];
  let waitingForVersion: Array<() => void> = [];
  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resume of woken) resume();
  };
  const begin = (): void => {
    if (underWay++ > 0) return;
    busySince = now();
    wake();
  };
  const end = (): void => {
    if (--underWay > 0) return;
    busyMs += now() - busySince;
    wake();
  };
  return {
    async append(columns, rejects, taken): Promise<AppendResult> {
      while (held !== null) await held.over;
      begin();
      try {
        const result = await store.append(columns, rejects, taken);
        lines += result.accepted;
        const last = stored[stored.length - 1];
        if (last !== undefined) last.lines = lines;
        return result;
      } finally {
        end();
      }
    },
    note(version) {
      stored.push({ version, at: now(), lines });
      if (stored.length > VERSIONS_MAX) stored.shift();
      const woken = waitingForVersion;
      waitingForVersion = [];
      for (const resume of woken) resume();
      wake();
    },
    isBusy: () => underWay > 0,
    busyShare() {
      const at = now();
      const busy = busyMs + (underWay > 0 ? at - busySince : 0);
      const share = Math.min(1, busy / Math.max(1, at - askedAt));
      [busyMs, busySince, askedAt] = [0, at, at];
      return share;
    },
    moves(ms) {
      // Lines that are held back will go on.
      if (underWay > 0 || held !== null) return Promise.resolve(true);
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(false), ms);
        waiting.push(() => {
          clearTimeout(timer);
          resolve(true);
        });
      });
    },
    stored(ms) {
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        waitingForVersion.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
    behind(version) {
      const at = stored.findIndex((one) => one.version > version);
      const first = stored[at];
      if (first === undefined) return null;
      const before = stored[at - 1]?.lines ?? 0;
      return { lines: lines - before, seconds: (now() - first.at) / 1_000 };
    },
    async holdBack() {
      if (held === null) {
        let end = (): void => {};
        const over = new Promise<void>((resolve) => {
          end = resolve;
        });
        held = { over, end };
      }
      while (underWay > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    resume() {
      held?.end();
      held = null;
    },
  };
}
