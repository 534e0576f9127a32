/** Failure rates that rose, hour by hour over a window and the day before it. */
import { idOf } from '../hash.ts';
import { compareText } from '../legs.ts';
import { type AnomalyDraft, beginOf, legsIn } from './anomaly.ts';
import type { History } from './baseline.ts';
import type { Callers } from './callers.ts';
import { findRise, type Hour } from './onset.ts';
import type { Series } from './series.ts';
import { EVENTS_MIN } from './trial.ts';
import type { Window } from './trials.ts';

/** Hours of failures before the window, in which a rise may have begun. */
export const LEAD_HOURS = 24;

/** Failure rates that rose too slowly, or of too few connections, for any single hour to tell. */
export function findRises(
  series: readonly Series[],
  window: Window,
  callers: Callers,
  told: readonly AnomalyDraft[],
): AnomalyDraft[] {
  const known = new Set(told.filter(({ metric }) => metric === 'failures').map((one) => one.series));
  return series.flatMap((one) => {
    if (known.has(one) || one.flags.length === 0) return [];
    const { history } = callers.of(one);
    const before = hoursOf(one, Number.NEGATIVE_INFINITY, window.from - LEAD_HOURS, history);
    const calls = before.reduce((sum, hour) => sum + hour.connections, 0);
    // Nothing is usual of what was never seen: failures from the start on are told by what they are.
    if (calls < EVENTS_MIN) return [];
    const usual = (before.reduce((sum, hour) => sum + hour.failures, 0) + 0.5) / (calls + 1);
    const hours = hoursOf(one, window.from - LEAD_HOURS, window.to, history);
    const rise = findRise(hours, usual);
    if (rise === null) return [];
    const during = hours.filter(({ hour }) => hour >= rise.since && hour <= rise.until);
    const shown = during.filter((hour) => hour.failures > 0);
    const failures = shown.reduce((sum, hour) => sum + hour.failures, 0);
    // A failure now and then after it is over is no part of it: one of the day before is not told again.
    if (failures < EVENTS_MIN || rise.until < window.from) return [];
    const all = during.reduce((sum, hour) => sum + hour.connections, 0);
    const legs = shown.flatMap(({ hour }) => legsIn(one, hour, ''));
    const flag = commonFlag(one, shown);
    return [
      {
        id: idOf('anomaly', 'failures', 'rise', one.key, flag, rise.since),
        metric: 'failures',
        side: 'rise',
        labels: one.labels,
        flag,
        basis: history.basis,
        first: rise.since,
        last: rise.until,
        since: beginOf(legs, rise.since),
        value: failures,
        expected: usual * all,
        usual: [0, Math.max(EVENTS_MIN, 10 * usual * all)],
        score: rise.score,
        legs,
        series: one,
      } satisfies AnomalyDraft,
    ];
  });
}

function hoursOf(series: Series, from: number, to: number, history: History): Hour[] {
  return [...series.hours]
    .filter((hour) => hour >= from && hour < to && history.isCollected(hour))
    .map((hour) => ({
      hour,
      failures: series.failuresAt(hour),
      connections: series.connectionsAt(hour),
    }));
}

function commonFlag(series: Series, hours: readonly Hour[]): string | null {
  const counts = new Map<string, number>();
  for (const { hour } of hours) {
    for (const flag of series.flags) counts.set(flag, (counts.get(flag) ?? 0) + series.flaggedAt(hour, flag));
  }
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || compareText(a, b));
  return sorted[0]?.[0] ?? null;
}
