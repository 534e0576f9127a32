/** Tries every hour of a window, series by series. */
import { HOUR_MS } from '../../domain/time.ts';
import { type History, variationOf } from './baseline.ts';
import type { Callers } from './callers.ts';
import type { DurationsOf } from './durations.ts';
import type { Series } from './series.ts';
import { EVENTS_MIN, type Question, type Trial, tryCounts, trySizes } from './trial.ts';

/** Hours since the epoch, from the first up to the second, which is not in it. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** A connection that is open for longer has no line yet; past this, hours are taken as they are; ms. */
const OPEN_MS_MAX = 6 * HOUR_MS;

export interface Surroundings {
  readonly callers: Callers;
  readonly window: Window;
  /** Latest end of all lines, ms since the epoch. */
  readonly end: number;
  readonly durationsOf: DurationsOf;
}

/** All trials of all series. */
export function tryAll(series: readonly Series[], surroundings: Surroundings): Trial[] {
  return series.flatMap((one) => {
    const { isHeard, history } = surroundings.callers.of(one);
    const own: Own = { ...surroundings, history };
    return [
      ...tryConnections(one, isHeard, own),
      ...tryFailures(one, own),
      ...tryBytesAndDurations(one, own),
    ];
  });
}

/** With the history of the caller of a series. */
interface Own extends Surroundings {
  readonly history: History;
}

function hoursOf({ window, history }: Own): number[] {
  const hours: number[] = [];
  for (let hour = window.from; hour < window.to; hour++) if (history.isCollected(hour)) hours.push(hour);
  return hours;
}

/**
 * A caller that says nothing at all is a gap of its log, which coverage tells; and where connections are long, those of the last
 * hours are still to come.
 */
function tryConnections(series: Series, isHeard: (hour: number) => boolean, surroundings: Own): Trial[] {
  const { history, window, end } = surroundings;
  const valueAt = (hour: number): number => series.connectionsAt(hour);
  const question: Question = { series, metric: 'connections', flag: null, history, valueAt };
  const variation = variationOf(valueAt, history, window.from);
  const closedBy = end - Math.min(OPEN_MS_MAX, series.longest);
  const isWhole = ({ hour }: { readonly hour: number }): boolean =>
    isHeard(hour) && (hour + 1) * HOUR_MS <= closedBy;
  return tryCounts(question, hoursOf(surroundings), variation).filter(
    ({ side, parts }) => side === 'rise' || parts.every(isWhole),
  );
}

/** Fewer failures than usual are no news. */
function tryFailures(series: Series, surroundings: Own): Trial[] {
  const { history, window } = surroundings;
  return series.flags.flatMap((flag) => {
    const valueAt = (hour: number): number => series.flaggedAt(hour, flag);
    const variation = variationOf(valueAt, history, window.from);
    const question: Question = { series, metric: 'failures', flag, history, valueAt };
    return tryCounts(question, hoursOf(surroundings), variation).filter(({ side }) => side === 'rise');
  });
}

/** Bytes of a connection, and how long half of them take; of hours with enough connections to tell. */
function tryBytesAndDurations(series: Series, surroundings: Own): Trial[] {
  const { history, durationsOf } = surroundings;
  const bytesAt = (hour: number): number => {
    return series.connectionsAt(hour) < EVENTS_MIN ? Number.NaN : series.bytesEachAt(hour);
  };
  const durationAt = (hour: number): number =>
    series.connectionsAt(hour) < EVENTS_MIN ? Number.NaN : durationsOf(series, hour);
  const common = { series, flag: null, history };
  const hours = hoursOf(surroundings);
  return [
    ...trySizes({ ...common, metric: 'bytes_per_connection', valueAt: bytesAt }, hours),
    ...trySizes({ ...common, metric: 'duration_p50', valueAt: durationAt }, hours),
  ];
}
