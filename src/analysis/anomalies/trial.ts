/** One trial: what some hours of a series were, what they were expected to be, and how unlikely that is by chance. */
import { type Expectation, expect, type History, type Variation, varianceOf } from './baseline.ts';
import type { Series } from './series.ts';
import {
  chanceOfCount,
  chanceOfDeviation,
  deviationsOf,
  holdTogether,
  median,
  spread,
} from './statistics.ts';

/** What is told must be large enough for people to care: so many deviations, this factor, so many connections. */
const DEVIATIONS_MIN = 6;
/** Nothing is fewer than none, and a count that is far below has few values left to fall on: these are enough. */
const DROP_DEVIATIONS_MIN = 5;
const FACTOR_MIN = 2;
export const EVENTS_MIN = 10;
/** Share of what is told that may be chance. */
const FALSE_SHARE = 0.05;
/** Sizes and durations vary by at least this, as the logarithm of their ratio. */
const LOG_SPREAD_MIN = 0.2;
/** Hours to compare sizes and durations with. */
const SIZES_MIN = 3;
/** Counts are tried hour by hour, and so many hours together, each time so many hours further: few calls need time to tell. */
const SPANS = [
  { hours: 1, step: 1 },
  { hours: 3, step: 1 },
  { hours: 12, step: 4 },
] as const;

export const METRICS = ['connections', 'failures', 'bytes_per_connection', 'duration_p50'] as const;
export type TriedMetric = (typeof METRICS)[number];

/** What is tried. */
export interface Question {
  readonly series: Series;
  readonly metric: TriedMetric;
  /** Of failures: the flag that they have. */
  readonly flag: string | null;
  readonly history: History;
  readonly valueAt: (hour: number) => number;
}

/** One hour of a trial. */
export interface Part {
  readonly hour: number;
  readonly value: number;
  readonly expected: number;
  /** Of counts; null of sizes. */
  readonly told: Expectation | null;
}

export interface Trial {
  readonly question: Question;
  /** In order. */
  readonly parts: readonly Part[];
  /** All hours that were tried of the question, in order. */
  readonly tried: readonly Part[];
  readonly value: number;
  readonly expected: number;
  /** What would not be told: from the first to the second. */
  readonly usual: readonly [low: number, high: number];
  readonly side: 'rise' | 'drop';
  /** By chance alone, 0 to 1. */
  readonly chance: number;
  /** Deviations from what was expected. */
  readonly score: number;
}

/** Tries a count in all hours of a window that can be judged. */
export function tryCounts(question: Question, hours: readonly number[], variation: Variation): Trial[] {
  const { valueAt, history } = question;
  const judged = hours.flatMap((hour) => {
    const told = expect(valueAt, hour, history, variation);
    return told === null ? [] : [{ hour, value: valueAt(hour), told }];
  });
  const tried = judged.map(({ hour, value, told }) => ({ hour, value, expected: told.mean, told }));
  return SPANS.flatMap(({ hours: length, step }) => {
    const trials: Trial[] = [];
    for (let at = 0; at + length <= judged.length; at += step) {
      const parts = tried.slice(at, at + length);
      trials.push({ ...tryTogether(question, judged.slice(at, at + length)), parts, tried });
    }
    return trials;
  });
}

interface JudgedHour {
  readonly hour: number;
  readonly value: number;
  readonly told: Expectation;
}

function tryTogether(question: Question, hours: readonly JudgedHour[]): Omit<Trial, 'parts' | 'tried'> {
  const value = hours.reduce((sum, one) => sum + one.value, 0);
  const mean = hours.reduce((sum, { told }) => sum + told.mean, 0);
  const variance = varianceTogether(hours.map(({ told }) => told));
  const side = value >= mean ? 'rise' : 'drop';
  const chance = chanceOfCount(value, { mean, variance }, side);
  const deviations = Math.abs(value - mean) / Math.sqrt(variance);
  return {
    question,
    value,
    expected: mean,
    usual: usualCounts(mean, Math.sqrt(variance)),
    side,
    chance,
    // Nothing is fewer than none: however unusual a silence is, it is no more deviations off than the mean is.
    score: side === 'rise' ? deviations : Math.max(deviations, deviationsOf(chance)),
  };
}

function varianceTogether(told: readonly Expectation[]): number {
  const mean = told.reduce((sum, one) => sum + one.mean, 0);
  return Math.max(mean, varianceOf(told));
}

/** What would not be told of some hours together, by their counts. */
export function usualTogether(parts: readonly Part[]): readonly [low: number, high: number] {
  const told = parts.flatMap((part) => part.told ?? []);
  const mean = told.reduce((sum, one) => sum + one.mean, 0);
  return usualCounts(mean, Math.sqrt(varianceTogether(told)));
}

/** Whether some hours together are outside of that. */
export function isUnusual(parts: readonly Part[]): boolean {
  const value = parts.reduce((sum, part) => sum + part.value, 0);
  const [low, high] = usualTogether(parts);
  return value >= high || value <= low;
}

/** Of fewer: what is no half, or no ten less; how unlikely that is decides the rest. */
function usualCounts(mean: number, deviation: number): readonly [number, number] {
  const reach = Math.max(DEVIATIONS_MIN * deviation, EVENTS_MIN);
  return [
    Math.max(0, Math.min(mean - EVENTS_MIN, mean / FACTOR_MIN)),
    Math.max(mean + reach, mean * FACTOR_MIN),
  ];
}

/** Tries a size or a duration, by its ratio; it is NaN in hours with too few connections to tell. */
export function trySizes(question: Question, hours: readonly number[]): Trial[] {
  return hours.flatMap((hour) => trySize(question, hour) ?? []);
}

function trySize(question: Question, hour: number): Trial | null {
  const { valueAt, history } = question;
  const value = valueAt(hour);
  const logs = history
    .alike(hour)
    .map((at) => Math.log(valueAt(at)))
    .filter(Number.isFinite);
  if (!(value > 0) || logs.length < SIZES_MIN) return null;
  const center = median(logs);
  const deviation = Math.max(spread(logs, center), LOG_SPREAD_MIN);
  const distance = Math.log(value) - center;
  const score = Math.abs(distance) / deviation;
  const reach = Math.max(DEVIATIONS_MIN * deviation, Math.log(FACTOR_MIN));
  const side = distance >= 0 ? 'rise' : 'drop';
  const expected = Math.exp(center);
  return {
    question,
    parts: [{ hour, value, expected, told: null }],
    tried: [{ hour, value, expected, told: null }],
    value,
    expected,
    usual: [Math.exp(center - reach), Math.exp(center + reach)],
    side,
    chance: 2 * chanceOfDeviation(score),
    score,
  };
}

/** Those that hold among all trials, and that people care about. */
export function chooseTrials(trials: readonly Trial[]): Trial[] {
  const holds = holdTogether(
    trials.map(({ chance }) => chance),
    FALSE_SHARE,
  );
  return trials.filter((trial, i) => holds[i] === true && isLarge(trial));
}

function isLarge({ question, value, expected, usual: [low, high], score, side }: Trial): boolean {
  if (score < (isCount(question) && side === 'drop' ? DROP_DEVIATIONS_MIN : DEVIATIONS_MIN)) return false;
  return side === 'rise' ? value >= high : value <= low && value < expected;
}

/** How many, not how large or how long. */
export function isCount({ metric }: { readonly metric: string }): boolean {
  return metric === 'connections' || metric === 'failures';
}
