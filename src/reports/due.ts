/** Which report is due: one for the newest time that the schedule names, however many passed without. */
import { MISSED_COUNTED_MAX } from '../domain/limits.ts';
import type { Times } from './cron.ts';

export interface Due {
  /** The time that the schedule names, ms since the epoch. */
  readonly period: number;
  /** Earlier times that passed without a report, as far as they are counted. */
  readonly missed: number;
}

/** `until`: time until which the schedule has been looked after. Null: nothing is due at `now`. */
export function findDue(times: Times, until: number, now: number): Due | null {
  const period = times.latest(now);
  if (period === null || period <= until) return null;
  let missed = 0;
  for (let at = times.next(until); at !== null && at < period; at = times.next(at)) {
    if (++missed >= MISSED_COUNTED_MAX) break;
  }
  return { period, missed };
}

/**
 * Begin of the window that ends with `period`: so long before, or, for null, the end of the report before and, where there is
 * none, the time before.
 */
export function beginOf(
  period: number,
  windowMs: number | null,
  times: Pick<Times, 'latest'>,
  reportedUntil: number | null,
): number {
  if (windowMs !== null) return period - windowMs;
  if (reportedUntil !== null && reportedUntil < period) return reportedUntil;
  // An expression may have no earlier time: its window is then a day.
  return times.latest(period - 1_000) ?? period - 86_400_000;
}
