/** An anomaly before it is put into words, whichever way it was found. */
import { HOUR_MS } from '../../domain/time.ts';
import { minOf } from '../extremes.ts';
import type { Leg } from '../legs.ts';
import type { Basis } from './baseline.ts';
import type { Labels, Series } from './series.ts';
import type { TriedMetric } from './trial.ts';

export type Metric = TriedMetric | 'new_destination';

export interface AnomalyDraft {
  readonly id: string;
  readonly metric: Metric;
  readonly side: 'rise' | 'drop' | 'new';
  readonly labels: Labels;
  readonly flag: string | null;
  /** What it was compared with. */
  readonly basis: Basis;
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

/** Ms since the epoch: the first connection of some legs; where there are none, the beginning of an hour. */
export function beginOf(legs: readonly Leg[], hour: number): number {
  return minOf(
    legs.map(({ flow }) => flow.first),
    hour * HOUR_MS,
  );
}

/** Legs of an hour of a series; with a flag, those that failed. */
export function legsIn(series: Series, hour: number, flag: string | null): readonly Leg[] {
  const legs = series.legsAt(hour);
  return flag === null ? legs : legs.filter(({ facts }) => facts.failed);
}
