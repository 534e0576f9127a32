/** Of which moment answers are: told to whoever asked, and how much a question insists on the newest. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Behind } from '../domain/behind.ts';

/** What the answers to a request are of. */
export interface Moment {
  /** The earliest version of the store that one of them is of; null: nothing was asked yet. */
  version: number | null;
  /** The most that one of them is behind; null: not at all. */
  behind: Behind | null;
}

const moments = new AsyncLocalStorage<Moment>();
const insisting = new AsyncLocalStorage<boolean>();

/** Does some work; `moment` is told what its answers are of, as they come. */
export function withMoment<T>(moment: Moment, work: () => T): T {
  return moments.run(moment, work);
}

/** Tells the request that a question is part of, if it wants to know. */
export function tellMoment(version: number, behind: Behind | null): void {
  const moment = moments.getStore();
  if (moment === undefined) return;
  moment.version = Math.min(moment.version ?? version, version);
  if (behind !== null && behind.lines >= (moment.behind?.lines ?? 0)) moment.behind = behind;
}

/** Does some work whose questions wait until all is known that was stored before them, however long that takes. */
export function insistOnNewest<T>(work: () => T): T {
  return insisting.run(true, work);
}

export function isInsisting(): boolean {
  return insisting.getStore() === true;
}
