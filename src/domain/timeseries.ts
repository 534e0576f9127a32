/** What is asked of time series, and how they are answered. */
import { AppError, quoted } from './errors.ts';
import { badFilter } from './filter-values.ts';
import { nearest } from './nearest.ts';
import { parseDuration } from './time.ts';

export const METRICS = [
  'connections',
  'failures',
  'bytes_received',
  'bytes_sent',
  'duration_p50',
  'duration_p95',
  'duration_p99',
] as const;
export type Metric = (typeof METRICS)[number];

export const GROUPINGS = [
  'state',
  'upstream_cluster',
  'source',
  'destination',
  'response_flag',
  'port',
] as const;
export type Grouping = (typeof GROUPINGS)[number];

export const STEP_DEFAULT = '1m';
/** Lines are measured by the minute. */
export const MINUTE_MS = 60_000;
const STEP_MAX = 366 * 86_400_000;

/** Valid by construction. */
export interface TimeseriesQuestion {
  readonly metric: Metric;
  /** Ms, whole minutes. */
  readonly step: number;
  /** Each once. */
  readonly groupBy: readonly Grouping[];
  /** Series at most: those with the most. */
  readonly limit: number;
}

/** A label that the lines do not have is null. */
export type Labels = Readonly<Record<string, string | null>>;

export interface Series {
  readonly labels: Labels;
  /** Start of each step, RFC 3339, and the value. */
  readonly points: ReadonlyArray<readonly [time: string, value: number]>;
}

export interface Timeseries {
  readonly metric: Metric;
  readonly step_ms: number;
  /** Start of the first step and end of the last one; null without lines. */
  readonly since: string | null;
  readonly until: string | null;
  /** By how much of itself a value may be off: 0 for what is counted. */
  readonly relative_error: number;
  /** With those that `limit` leaves out. */
  readonly series_total: number;
  readonly series: readonly Series[];
}

/** The labels that a grouping makes, in the order of their columns. */
export function labelsOf(grouping: Grouping): readonly string[] {
  return grouping === 'source' ? ['source', 'source_namespace'] : [grouping];
}

export interface TimeseriesTexts {
  readonly metric?: string | undefined;
  readonly step?: string | undefined;
  readonly groupBy?: readonly string[] | undefined;
}

/** Errors: `bad_parameter`. `limit` is valid. */
export function parseTimeseries(
  { metric, step = STEP_DEFAULT, groupBy = [] }: TimeseriesTexts,
  limit: number,
): TimeseriesQuestion {
  return {
    metric: metric === undefined ? 'connections' : oneOf('metric', metric, METRICS),
    step: parseStep(step),
    groupBy: [...new Set(groupBy.flatMap((text) => text.split(',')))].map((text) =>
      oneOf('group_by', text, GROUPINGS),
    ),
    limit,
  };
}

function parseStep(text: string): number {
  const step = parseDuration(text);
  if (step === null || step < MINUTE_MS || step % MINUTE_MS !== 0 || step > STEP_MAX) {
    throw new AppError(
      'bad_parameter',
      `cannot read "step": got ${quoted(text)}, expected whole minutes such as 1m, 15m, 1h or 1d`,
      { remedy: 'lines are measured by the minute: use 1m or more' },
    );
  }
  return step;
}

function oneOf<T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found === undefined) throw badFilter(name, text, `one of ${known.join(', ')}`, nearest(text, known));
  return found;
}
