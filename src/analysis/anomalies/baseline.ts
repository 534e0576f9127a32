/** What an hour of a series usually is: the same hour of earlier weeks, or of the day before where there are no weeks yet. */
import { median, spread } from './statistics.ts';

const DAY = 24;
const WEEK = 168;
/** Weeks that are looked back. */
const WEEKS_MAX = 6;
/** Days of history from which on weeks are compared. */
export const WEEKLY_DAYS_MIN = 8;
/** Below this share of the usual connections of the whole mesh, an hour was not collected. */
const COLLECTED_SHARE_MIN = 0.2;
/** An hour varies by at least this part of what it usually is: traffic is no dice. */
const RELATIVE_SPREAD_MIN = 0.1;
/** A day of history has at least this share of the connections of the others; and so many days without are its beginning. */
const DAY_SHARE_MIN = 0.05;
const GAP_DAYS_MAX = 3;
/** Counts of calls come in bursts: without enough history to tell, their variance is so many times their mean. */
const DISPERSION_UNKNOWN = 4;
/** Differences from which on the dispersion of a series is known. */
const DIFFERENCES_MIN = 12;

export type Basis = 'hour_of_week' | 'previous_day';

/** What was expected of an hour. */
export interface Expectation {
  readonly mean: number;
  /** Standard deviation that all hours near each other share: a busy day is busy for hours. */
  readonly shared: number;
  /** Variance of the count itself, which each hour has for its own. */
  readonly own: number;
}

/** Of some hours together. */
export function varianceOf(expected: readonly Expectation[]): number {
  const shared = expected.reduce((sum, one) => sum + one.shared, 0);
  const own = expected.reduce((sum, one) => sum + one.own, 0);
  return Math.max(shared * shared, own);
}

/** The hours that there are to compare with. */
export class History {
  readonly basis: Basis;
  /** First hour since the epoch that was collected as a whole: the one before it mostly was not. */
  readonly #first: number;
  readonly #end: number;
  readonly #holes: ReadonlySet<number>;

  private constructor(first: number, from: number, end: number, holes: ReadonlySet<number>) {
    this.#first = first;
    this.#end = end;
    this.#holes = holes;
    this.basis = from - first >= WEEKLY_DAYS_MIN * DAY ? 'hour_of_week' : 'previous_day';
  }

  /** Of the whole mesh, before the hour `from`. Shape: connections by hour; hours from `end` on are not judged. */
  static of(totals: ReadonlyMap<number, number>, from: number, end: number): History {
    const first = beginOf(totals, from) + 1;
    return new History(first, from, end, findHoles(totals, first, end));
  }

  /** The same for a caller whose first connection was in an hour: before, it was not there, or its log was not read. */
  ofCaller(heard: number, from: number): History {
    return heard - this.#first < DAY ? this : new History(heard + 1, from, this.#end, this.#holes);
  }

  /** False for an hour that cannot be judged: nothing was collected in it, or there is nothing to compare with. */
  isCollected(hour: number): boolean {
    return hour >= this.#first && hour < this.#end && !this.#holes.has(hour);
  }

  /** Hours in which nothing was collected. */
  holesIn(from: number, to: number): number {
    let count = 0;
    for (let hour = from; hour < to; hour++) if (this.#holes.has(hour)) count++;
    return count;
  }

  /** Days of history before an hour. */
  daysBefore(hour: number): number {
    return Math.max(0, (hour - this.#first) / DAY);
  }

  /** Hours to compare an hour with; each with its neighbours, as nothing happens on the dot. */
  alike(hour: number): number[] {
    const [lag, most] = this.basis === 'hour_of_week' ? [WEEK, WEEKS_MAX] : [DAY, 1];
    const found: number[] = [];
    for (let back = 1; back <= most; back++) {
      for (const beside of [-1, 0, 1]) {
        const at = hour - back * lag + beside;
        if (this.isCollected(at) && at < hour) found.push(at);
      }
    }
    return found;
  }

  /** Pairs of hours that should be alike, within the last weeks before an hour. */
  *pairsBefore(hour: number): Generator<readonly [number, number]> {
    const lag = this.basis === 'hour_of_week' ? WEEK : DAY;
    for (let at = hour - 1; at - lag >= this.#first && hour - at <= WEEKS_MAX * WEEK; at--) {
      if (this.isCollected(at) && this.isCollected(at - lag)) yield [at, at - lag];
    }
  }
}

/** How much more a series varies from one time to the next than its counts alone would. At least 1. */
export function dispersionOf(valueAt: (hour: number) => number, history: History, before: number): number {
  const differences: number[] = [];
  for (const [a, b] of history.pairsBefore(before)) {
    const [x, y] = [valueAt(a), valueAt(b)];
    if (x + y > 0) differences.push(Math.abs(x - y) / Math.sqrt(x + y));
  }
  if (differences.length < DIFFERENCES_MIN) return DISPERSION_UNKNOWN;
  return Math.max(1, spread(differences, 0) ** 2);
}

/** Null: there is nothing to compare the hour with. */
export function expect(
  valueAt: (hour: number) => number,
  hour: number,
  history: History,
  dispersion: number,
): Expectation | null {
  const values = history.alike(hour).map(valueAt);
  if (values.length < 2) return null;
  const center = median(values);
  // A series that is mostly silent has a median of nothing, but is not impossible.
  const mean = Math.max(center, (trimmedSum(values) + 0.5) / (values.length + 1));
  const shared = Math.max(spread(values, center), RELATIVE_SPREAD_MIN * mean);
  return { mean, shared, own: dispersion * mean };
}

/**
 * The hour with which history begins: the first one of the days before, back to a gap of many days, that have a share worth
 * mentioning of the usual connections. A single line of a clock that was wrong begins nothing.
 */
function beginOf(totals: ReadonlyMap<number, number>, from: number): number {
  const days = Array.from({ length: (WEEKS_MAX + 1) * 7 }, (_, back) => {
    const hours = Array.from({ length: DAY }, (_hour, i) => from - DAY * (back + 1) + i);
    const lines = hours.filter((hour) => (totals.get(hour) ?? 0) > 0);
    return { first: lines[0] ?? from, sum: lines.reduce((sum, hour) => sum + (totals.get(hour) ?? 0), 0) };
  });
  const usual = median(days.map(({ sum }) => sum).filter((sum) => sum > 0));
  let begin = from;
  let missing = 0;
  for (const { first, sum } of days) {
    if (sum > 0 && sum >= DAY_SHARE_MIN * usual) {
      begin = first;
      missing = 0;
    } else if (++missing > GAP_DAYS_MAX) break;
  }
  return begin;
}

/** The largest value is left out: it may be what is looked for, of an earlier time. */
function trimmedSum(values: readonly number[]): number {
  let [sum, most] = [0, 0];
  for (const value of values) {
    sum += value;
    most = Math.max(most, value);
  }
  return sum - most;
}

/** Hours in which far less came in than around them and a week or a day before: the collector was away. */
function findHoles(totals: ReadonlyMap<number, number>, first: number, end: number): Set<number> {
  const usual = Array.from({ length: WEEK }, (): number[] => []);
  for (let hour = first; hour < end; hour++) usual[hour % WEEK]?.push(totals.get(hour) ?? 0);
  const byHour = usual.map((values) => median(values));
  const day = Array.from({ length: DAY }, (_, hour) =>
    median(byHour.filter((_value, at) => at % DAY === hour)),
  );
  const holes = new Set<number>();
  for (let hour = first; hour < end; hour++) {
    const expected = Math.max(byHour[hour % WEEK] ?? 0, day[hour % DAY] ?? 0);
    if ((totals.get(hour) ?? 0) < COLLECTED_SHARE_MIN * expected) holes.add(hour);
  }
  return holes;
}
