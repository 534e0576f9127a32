/** What an hour of a series usually is: the same hour of earlier weeks, or of the day before where there are no weeks yet. */
import { median, spread } from './statistics.ts';

const DAY = 24;
const WEEK = 168;
/** Weeks that are looked back. */
const WEEKS_MAX = 6;
/** Hours that are looked back, with a week to spare: what is older is compared with nothing. */
export const HISTORY_HOURS = (WEEKS_MAX + 1) * WEEK;
/** Days of history from which on weeks are compared. */
export const WEEKLY_DAYS_MIN = 8;
/** Below this share of the usual connections of the whole mesh, an hour was not collected. */
const COLLECTED_SHARE_MIN = 0.2;
/** A busy time is busier by at least this part of what is usual: traffic is no dice. */
const DRIFT_MIN = 0.1;
/** Each hour is compared with its neighbours, too. */
const HOURS_BESIDE = [-1, 0, 1] as const;
/** Variance of a median, in times of that of a mean. */
const MEDIAN_VARIANCE = Math.PI / 2;
/** A deviation told by a few weeks may be so many times what it is. */
const SPREAD_DOUBT = 1.5;
/** A day of history has at least this share of the connections of the others; and so many days without are its beginning. */
const DAY_SHARE_MIN = 0.05;
const GAP_DAYS_MAX = 3;
/** Pairs of hours from which on it is known how a series varies, half of them for each end of its range. */
const PAIRS_MIN = 24;

export type Basis = 'hour_of_week' | 'previous_day';

/** What was expected of an hour. */
export interface Expectation {
  readonly mean: number;
  /** Standard deviation of what it was compared with: of the hour itself, however it comes about. */
  readonly spread: number;
  /** Standard deviation that all hours near each other share: a busy day is busy for hours. */
  readonly drift: number;
  /** Variance of the count itself, which each hour has for its own. */
  readonly own: number;
}

/**
 * Of some hours together: what the series as a whole tells, which rests on very many hours, and more where these hours vary by
 * far more than that. A few weeks tell a deviation poorly: what may be chance of that is not believed.
 */
export function varianceOf(expected: readonly Expectation[]): number {
  const sum = (pick: (one: Expectation) => number): number =>
    expected.reduce((all, one) => all + pick(one), 0);
  const whole = sum(({ drift }) => drift) ** 2 + sum(({ own }) => own);
  return whole + Math.max(0, sum(({ spread }) => spread) ** 2 - SPREAD_DOUBT ** 2 * whole);
}

/** How a series varies from one time to the next. */
export interface Variation {
  /** Variance of a count, in times of its mean: calls come in bursts. */
  readonly bursts: number;
  /** Standard deviation that grows with the mean, as a part of it. */
  readonly drift: number;
}

/** Without enough history to tell. */
const VARIATION_UNKNOWN: Variation = { bursts: 4, drift: DRIFT_MIN };

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
      for (const beside of HOURS_BESIDE) {
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

/**
 * Learns how a series varies from pairs of hours that should be alike. Those of few calls vary by the bursts of these, those of
 * many also by how much busier one time is than another: the two halves tell both apart.
 */
export function variationOf(valueAt: (hour: number) => number, history: History, before: number): Variation {
  const pairs: Pair[] = [];
  for (const [a, b] of history.pairsBefore(before)) {
    const [x, y] = [valueAt(a), valueAt(b)];
    if (x + y > 0) pairs.push({ sum: x + y, difference: Math.abs(x - y) / Math.sqrt(x + y) });
  }
  if (pairs.length < PAIRS_MIN) return VARIATION_UNKNOWN;
  pairs.sort((a, b) => a.sum - b.sum);
  const [few, many] = [pairs.slice(0, pairs.length >> 1), pairs.slice(pairs.length >> 1)].map(halfOf) as [
    Half,
    Half,
  ];
  const slope = many.mean > few.mean ? (many.dispersion - few.dispersion) / (many.mean - few.mean) : 0;
  return {
    bursts: Math.max(1, few.dispersion - Math.max(0, slope) * few.mean),
    drift: Math.max(DRIFT_MIN, Math.sqrt(Math.max(0, slope))),
  };
}

interface Pair {
  readonly sum: number;
  readonly difference: number;
}

interface Half {
  readonly mean: number;
  /** Variance, in times of the mean. */
  readonly dispersion: number;
}

function halfOf(pairs: readonly Pair[]): Half {
  const dispersion = spread(
    pairs.map(({ difference }) => difference),
    0,
  );
  return { mean: median(pairs.map(({ sum }) => sum / 2)), dispersion: Math.max(1, dispersion ** 2) };
}

/** Null: there is nothing to compare the hour with. */
export function expect(
  valueAt: (hour: number) => number,
  hour: number,
  history: History,
  { bursts, drift }: Variation,
): Expectation | null {
  const values = history.alike(hour).map(valueAt);
  if (values.length < 2) return null;
  const center = median(values);
  // A series that is mostly silent has a median of nothing, but is not impossible.
  const mean = Math.max(center, (trimmedSum(values) + 0.5) / (values.length + 1));
  // What it is compared with is known no better: a time has one drift, which its hours share.
  const times = values.length / HOURS_BESIDE.length;
  return {
    mean,
    spread: spread(values, center),
    drift: drift * mean * Math.sqrt(1 + MEDIAN_VARIANCE / times),
    own: bursts * mean * (1 + MEDIAN_VARIANCE / values.length),
  };
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
