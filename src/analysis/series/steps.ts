/** The window of a time series, cut into steps. */
import { HOUR_MS } from '../../domain/time.ts';
import { MINUTE_MS } from '../../domain/timeseries.ts';
import type { LineModel } from '../model.ts';

/** Of an hour. */
export const MINUTES = HOUR_MS / MINUTE_MS;

export interface Steps {
  readonly step: number;
  /** Start of the first step, a multiple of the step; ms. */
  readonly start: number;
  readonly count: number;
  /** The window, whole minutes: the first and the last step may be cut by it. Infinite where it is open. */
  readonly since: number;
  readonly until: number;
  /** That it touches, since the epoch. */
  readonly hours: readonly number[];
}

/** Null: there are no lines in the window. What is open ends with the lines that there are. */
export function stepsOf(
  window: { readonly since: number | null; readonly until: number | null },
  step: number,
  model: LineModel,
): Steps | null {
  if (model.first === null || model.lastStart === null) return null;
  const since = window.since === null ? Number.NEGATIVE_INFINITY : floor(window.since, MINUTE_MS);
  const until = window.until === null ? Number.POSITIVE_INFINITY : ceil(window.until, MINUTE_MS);
  const first = floor(Math.max(since, model.first), MINUTE_MS);
  const end = ceil(Math.min(until, model.lastStart + 1), MINUTE_MS);
  if (first >= end) return null;
  const start = floor(first, step);
  const hours: number[] = [];
  for (let hour = Math.floor(first / HOUR_MS); hour * HOUR_MS < end; hour++)
    if (model.connectionsIn(hour) > 0) hours.push(hour);
  return { step, start, count: Math.ceil((end - start) / step), since, until, hours };
}

/** True for an hour that the window does not cut. */
export function isWhole(hour: number, { since, until }: Pick<Steps, 'since' | 'until'>): boolean {
  return hour * HOUR_MS >= since && (hour + 1) * HOUR_MS <= until;
}

/** The step that all minutes of an hour belong to; null: there are several, or the hour is not wholly in the window. */
export function stepOfHour(hour: number, steps: Steps): number | null {
  if (!isWhole(hour, steps)) return null;
  const { step, start } = steps;
  const from = hour * HOUR_MS;
  const first = Math.floor((from - start) / step);
  return Math.floor((from + HOUR_MS - 1 - start) / step) === first ? first : null;
}

/** Step of each minute of an hour, less `first`; -1 outside of the window, and where that is not in [0, count). */
export function stepsOfMinutes(hour: number, of: Steps, first = 0, count = of.count): Int32Array {
  const steps = new Int32Array(MINUTES).fill(-1);
  for (let minute = 0; minute < MINUTES; minute++) {
    const time = hour * HOUR_MS + minute * MINUTE_MS;
    if (time < of.since || time >= of.until) continue;
    const step = Math.floor((time - of.start) / of.step) - first;
    if (step >= 0 && step < count) steps[minute] = step;
  }
  return steps;
}

/** Hours since the epoch, from one up to and with another. */
export interface HourRange {
  readonly from: number;
  readonly to: number;
}

/** Neighbouring hours as ranges, so that each is read at once. */
export function rangesOf(hours: readonly number[]): HourRange[] {
  const ranges: Array<{ from: number; to: number }> = [];
  for (const hour of hours) {
    const last = ranges[ranges.length - 1];
    if (last?.to === hour - 1) last.to = hour;
    else ranges.push({ from: hour, to: hour });
  }
  return ranges;
}

function floor(time: number, unit: number): number {
  return Math.floor(time / unit) * unit;
}

function ceil(time: number, unit: number): number {
  return Math.ceil(time / unit) * unit;
}
