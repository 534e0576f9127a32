/** When the failure rate of a series rose: a cumulative sum of how much likelier each hour is at the higher rate. */

/** One hour: failed connections of all. */
export interface Hour {
  readonly hour: number;
  readonly failures: number;
  readonly connections: number;
}

/** Sum past which a rise is told: at one in a hundred, one false alarm in some 50,000 connections. */
const ALARM = 8;
/** The rate looked for: so many times the usual one, and at least this. */
const RISE = 10;
const RATE_MIN = 0.1;

export interface Rise {
  /** Its first hour, and the last in which it was still going on. */
  readonly since: number;
  readonly until: number;
  readonly score: number;
}

/**
 * Finds where a rise began. Source: Page's test (1954) for a rate, hour by hour.
 * Shape: hours in order; `usual` is the rate before them. Null: there was none within them.
 */
export function findRise(hours: readonly Hour[], usual: number): Rise | null {
  const before = Math.min(0.5, Math.max(1e-4, usual));
  const after = Math.min(0.9, Math.max(RISE * before, RATE_MIN));
  const [failed, worked] = [Math.log(after / before), Math.log((1 - after) / (1 - before))];
  let sum = 0;
  let since: number | null = null;
  let best: Rise | null = null;
  for (const { hour, failures, connections } of hours) {
    sum += failures * failed + (connections - failures) * worked;
    if (sum <= 0) {
      sum = 0;
      since = null;
      continue;
    }
    since ??= hour;
    if (sum >= ALARM && (best === null || sum > best.score)) best = { since, until: hour, score: sum };
  }
  return best;
}
