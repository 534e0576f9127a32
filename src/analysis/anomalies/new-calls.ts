/** Calls that were never made before. */

import { maxOf, minOf } from '../extremes.ts';
import { idOf } from '../hash.ts';
import { type AnomalyDraft, beginOf } from './anomaly.ts';
import type { History } from './baseline.ts';
import type { Callers } from './callers.ts';
import { callOf, groupCalls, placeOf, type Series } from './series.ts';
import { EVENTS_MIN } from './trial.ts';
import type { Window } from './trials.ts';

/** Days of history from which on a call can be called new. */
const NEW_DAYS_MIN = 1;
/** A caller that finds new destinations on a port every day is told of by their number alone. */
const NEW_A_DAY_MAX = 1;

/** Destinations that a caller never called before the window, and calls often in it. Of a caller that is new itself, all are. */
export function findNewCalls(
  series: readonly Series[],
  window: Window,
  history: History,
  callers: Callers,
): AnomalyDraft[] {
  if (history.daysBefore(window.from) < NEW_DAYS_MIN) return [];
  const usualNews = countNews(series, window, history);
  const firstCalls = groupCalls(series);
  return [...firstCalls.values()].flatMap((calls) => {
    const [one] = calls;
    if (one === undefined) return [];
    const first = firstOf(calls);
    if (first < window.from || first >= window.to || callers.of(one).first >= window.from) return [];
    const inside = calls.flatMap((call) => Array.from(call.hours, (hour) => ({ hour, call })));
    const connections = inside.reduce((sum, { hour, call }) => sum + call.connectionsAt(hour), 0);
    if (connections < EVENTS_MIN || (usualNews.get(placeOf(one)) ?? 0) > NEW_A_DAY_MAX) return [];
    const legs = inside.flatMap(({ hour, call }) => call.legsAt(hour));
    const draft: AnomalyDraft = {
      id: idOf('anomaly', 'new_destination', callOf(one), first),
      metric: 'new_destination',
      side: 'new',
      labels: one.labels,
      flag: null,
      basis: history.basis,
      first,
      last: maxOf(
        inside.map(({ hour }) => hour),
        first,
      ),
      since: beginOf(legs, first),
      value: connections,
      expected: 0,
      usual: [0, EVENTS_MIN],
      score: Math.sqrt(connections),
      legs,
      series: one,
    };
    return [draft];
  });
}

/** How many destinations of a caller and a port were new on a day of the week before, in the second half of what is known. */
function countNews(series: readonly Series[], window: Window, history: History): Map<string, number> {
  const days = Math.min(7, Math.ceil(history.daysBefore(window.from) / 2));
  const counts = new Map<string, number>();
  for (const calls of groupCalls(series).values()) {
    const first = firstOf(calls);
    const [one] = calls;
    if (one === undefined || first >= window.from || first < window.from - 24 * days) continue;
    counts.set(placeOf(one), (counts.get(placeOf(one)) ?? 0) + 1 / days);
  }
  return counts;
}

/** Hour of the first connection, by whatever way. */
function firstOf(calls: readonly Series[]): number {
  return minOf(
    calls.map(({ first }) => first),
    0,
  );
}
