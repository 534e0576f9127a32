/** Anomalies before they are put into words: trials that hold, joined hour to hour, and calls that were never made before. */
import { HOUR_MS } from '../../domain/time.ts';
import { maxOf, minOf } from '../extremes.ts';
import { idOf } from '../hash.ts';
import { compareText, type Leg } from '../legs.ts';
import type { History } from './baseline.ts';
import { findRise, type Hour } from './onset.ts';
import type { Labels, Series } from './series.ts';
import { EVENTS_MIN, type Part, type Trial, type TriedMetric } from './trial.ts';
import { flagsOf, type Window } from './trials.ts';

/** Hours of one series this near each other are one anomaly. */
const GAP_HOURS = 2;
/** An hour by itself counts from this factor on. */
const CLEAR_FACTOR = 1.5;
/** Hours of failures before the window, in which a rise may have begun. */
const LEAD_HOURS = 24;
/** Days of history from which on a call can be called new. */
const NEW_DAYS_MIN = 1;
/** A caller that finds new destinations on a port every day is told of by their number alone. */
const NEW_A_DAY_MAX = 1;

export type Metric = TriedMetric | 'new_destination';

export interface AnomalyDraft {
  readonly id: string;
  readonly metric: Metric;
  readonly side: 'rise' | 'drop' | 'new';
  readonly labels: Labels;
  readonly flag: string | null;
  /** First and last hour since the epoch. */
  readonly first: number;
  readonly last: number;
  /** Start of the first connection that shows it; of a drop, the beginning of the first hour. Ms since the epoch. */
  readonly since: number;
  /** Sums over the hours of counts; the most unusual hour of sizes and durations. `usual` is of what was most unusual. */
  readonly value: number;
  readonly expected: number;
  readonly usual: readonly [low: number, high: number];
  readonly score: number;
  /** Legs that show it; of a drop, none. */
  readonly legs: readonly Leg[];
  readonly series: Series;
}

/** Joins the trials of one series, metric and flag that follow each other. */
export function joinTrials(trials: readonly Trial[]): AnomalyDraft[] {
  const groups = new Map<string, Trial[]>();
  for (const trial of trials) {
    const { series, metric, flag } = trial.question;
    const key = JSON.stringify([series.key, metric, flag, trial.side]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [trial]);
    else group.push(trial);
  }
  return [...groups.values()].flatMap((group) =>
    splitByGap(group)
      .map((parts) => toDraft(parts, group))
      .filter(isLarge),
  );
}

/** What is left of some hours together may be nothing by itself. */
function isLarge({ metric, value, expected }: AnomalyDraft): boolean {
  const isCount = metric === 'connections' || metric === 'failures';
  return !isCount || Math.abs(value - expected) >= EVENTS_MIN;
}

/** The hours that are on the side of their trials, those near each other together. */
function splitByGap(trials: readonly Trial[]): Part[][] {
  const byHour = new Map<number, Part>();
  for (const { parts, side } of trials) {
    for (const part of parts) if (part.side === side && isClear(part)) byHour.set(part.hour, part);
  }
  const groups: Part[][] = [];
  for (const part of [...byHour.values()].sort((a, b) => a.hour - b.hour)) {
    const group = groups[groups.length - 1];
    const before = group?.[group.length - 1];
    if (group !== undefined && before !== undefined && part.hour - before.hour <= GAP_HOURS) group.push(part);
    else groups.push([part]);
  }
  return groups;
}

/** An hour that is only a little more or less than usual does not tell when it began or ended. */
function isClear({ value, expected, side }: Part): boolean {
  return side === 'rise' ? value > CLEAR_FACTOR * expected : value * CLEAR_FACTOR < expected;
}

function toDraft(parts: readonly Part[], trials: readonly Trial[]): AnomalyDraft {
  const [head] = parts;
  const within = trials.filter((trial) =>
    trial.parts.some(({ hour }) => parts.some((part) => part.hour === hour)),
  );
  const worst = within.reduce((a, b) => (b.score > a.score ? b : a));
  if (head === undefined) throw new Error('BUG: an anomaly without hours');
  const { series, metric, flag } = worst.question;
  const { side } = worst;
  const isCount = metric === 'connections' || metric === 'failures';
  const legs = side === 'drop' ? [] : parts.flatMap(({ hour }) => legsIn(series, hour, flag));
  return {
    id: idOf('anomaly', metric, side, series.key, flag, head.hour),
    metric,
    side,
    labels: series.labels,
    flag,
    first: head.hour,
    last: parts[parts.length - 1]?.hour ?? head.hour,
    since: minOf(
      legs.map(({ flow }) => flow.first),
      head.hour * HOUR_MS,
    ),
    value: isCount ? parts.reduce((sum, { value }) => sum + value, 0) : worst.value,
    expected: isCount ? parts.reduce((sum, { expected }) => sum + expected, 0) : worst.expected,
    usual: worst.usual,
    score: worst.score,
    legs,
    series,
  };
}

function legsIn(series: Series, hour: number, flag: string | null): readonly Leg[] {
  const legs = series.hours.get(hour)?.legs ?? [];
  return flag === null ? legs : legs.filter(({ facts }) => facts.failed);
}

/** Failure rates that rose too slowly, or of too few connections, for any single hour to tell. */
export function findRises(
  series: readonly Series[],
  window: Window,
  history: History,
  told: readonly AnomalyDraft[],
): AnomalyDraft[] {
  const known = new Set(told.filter(({ metric }) => metric === 'failures').map((one) => one.series));
  return series.flatMap((one) => {
    if (known.has(one) || flagsOf(one).length === 0) return [];
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
        first: rise.since,
        last,
        since: minOf(
          legs.map(({ flow }) => flow.first),
          rise.since * HOUR_MS,
        ),
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

/** Destinations that a caller never called before the window, and calls often in it. */
export function findNewCalls(series: readonly Series[], window: Window, history: History): AnomalyDraft[] {
  if (history.daysBefore(window.from) < NEW_DAYS_MIN) return [];
  const usualNews = countNews(series, window, history);
  const firstCalls = groupCalls(series);
  return [...firstCalls.values()].flatMap((calls) => {
    const [one] = calls;
    if (one === undefined) return [];
    const hours = calls.flatMap(({ hours: own }) => [...own.keys()]);
    const first = minOf(hours, 0);
    if (first < window.from || first >= window.to) return [];
    const inside = calls.flatMap(({ hours: own }) => [...own].filter(([hour]) => hour < window.to));
    const connections = inside.reduce((sum, [, hour]) => sum + hour.connections, 0);
    if (connections < EVENTS_MIN || (usualNews.get(placeOf(one)) ?? 0) > NEW_A_DAY_MAX) return [];
    const legs = inside.flatMap(([, hour]) => hour.legs);
    const draft: AnomalyDraft = {
      id: idOf('anomaly', 'new_destination', callOf(one), first),
      metric: 'new_destination',
      side: 'new',
      labels: one.labels,
      flag: null,
      first,
      last: maxOf(
        inside.map(([hour]) => hour),
        first,
      ),
      since: minOf(
        legs.map(({ flow }) => flow.first),
        first * HOUR_MS,
      ),
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

/** Whatever the routing: a call whose state changed is not new. */
function callOf({ labels: { namespace, workload, destination, port } }: Series): string {
  return JSON.stringify([namespace, workload, destination, port]);
}

/** A caller and a port. */
function placeOf({ labels: { namespace, workload, port } }: Series): string {
  return JSON.stringify([namespace, workload, port]);
}

function groupCalls(series: readonly Series[]): Map<string, Series[]> {
  const calls = new Map<string, Series[]>();
  for (const one of series) calls.set(callOf(one), [...(calls.get(callOf(one)) ?? []), one]);
  return calls;
}

/** How many destinations of a caller and a port were new on a day of the week before, in the second half of what is known. */
function countNews(series: readonly Series[], window: Window, history: History): Map<string, number> {
  const days = Math.min(7, Math.ceil(history.daysBefore(window.from) / 2));
  const counts = new Map<string, number>();
  for (const calls of groupCalls(series).values()) {
    const first = minOf(
      calls.flatMap(({ hours }) => [...hours.keys()]),
      0,
    );
    const [one] = calls;
    if (one === undefined || first >= window.from || first < window.from - 24 * days) continue;
    counts.set(placeOf(one), (counts.get(placeOf(one)) ?? 0) + 1 / days);
  }
  return counts;
}
