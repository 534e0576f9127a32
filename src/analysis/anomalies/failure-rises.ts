/** Failure rates that rose, hour by hour over a window and the day before it. */
import { maxOf } from '../extremes.ts';
import { idOf } from '../hash.ts';
import { compareText } from '../legs.ts';
import { type AnomalyDraft, beginOf, legsIn } from './anomaly.ts';
import type { History } from './baseline.ts';
import type { Callers } from './callers.ts';
import { findRise, type Hour } from './onset.ts';
import type { Series } from './series.ts';
import { EVENTS_MIN } from './trial.ts';
import { flagsOf, type Window } from './trials.ts';

/** Hours of failures before the window, in which a rise may have begun. */
const LEAD_HOURS = 24;

/** Failure rates that rose too slowly, or of too few connections, for any single hour to tell. */
export function findRises(
  series: readonly Series[],
  window: Window,
  callers: Callers,
  told: readonly AnomalyDraft[],
): AnomalyDraft[] {
  const known = new Set(told.filter(({ metric }) => metric === 'failures').map((one) => one.series));
  return series.flatMap((one) => {
    if (known.has(one) || flagsOf(one).length === 0) return [];
    const { history } = callers.of(one);
    const before = hoursOf(one, Number.NEGATIVE_INFINITY, window.from - LEAD_HOURS, history);
    const calls = before.reduce((sum, hour) => sum + hour.connections, 0);
    // Nothing is usual of what was never seen: failures from the start on are told by what they are.
    if (calls < EVENTS_MIN) return [];
    const usual = (before.reduce((sum, hour) => sum + hour.failures, 0) + 0.5) / (calls + 1);
    const hours = hoursOf(one, window.from - LEAD_HOURS, window.to, history);
    const rise = findRise(hours, usual);
    if (rise === null) return [];
    const shown = hours.filter(({ hour, failures }) => hour >= rise.since && failures > 0);
    const failures = shown.reduce((sum, hour) => sum + hour.failures, 0);
    const last = maxOf(
      shown.map(({ hour }) => hour),
      rise.since,
    );
    if (failures < EVENTS_MIN || last < window.from) return [];
    const all = hours
      .filter(({ hour }) => hour >= rise.since)
      .reduce((sum, hour) => sum + hour.connections, 0);
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
        last,
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

function hoursOf({ hours }: Series, from: number, to: number, history: History): Hour[] {
  return [...hours]
    .filter(([hour]) => hour >= from && hour < to && history.isCollected(hour))
    .map(([hour, { failures, connections }]) => ({ hour, failures, connections }))
    .sort((a, b) => a.hour - b.hour);
}

function commonFlag(series: Series, hours: readonly Hour[]): string | null {
  const counts = new Map<string, number>();
  for (const { hour } of hours) {
    for (const [flag, count] of series.hours.get(hour)?.flags ?? []) {
      counts.set(flag, (counts.get(flag) ?? 0) + count);
    }
  }
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || compareText(a, b));
  return sorted[0]?.[0] ?? null;
}
