/** Callers: when each said anything, and how far back its history goes. */
import { getOrMake } from '../get-or-make.ts';
import type { History } from './baseline.ts';
import { callerOf, type Series } from './series.ts';

export interface CallerTimes {
  /** Whether it made any call in an hour since the epoch. */
  isHeard(hour: number): boolean;
  /** Hour of its first call of all. */
  readonly first: number;
  /** What there is to compare its calls with. */
  readonly history: History;
}

/** The callers of some series. */
export class Callers {
  readonly #hours = new Map<string, Set<number>>();
  readonly #firsts = new Map<string, number>();
  readonly #times = new Map<string, CallerTimes>();
  readonly #history: History;
  readonly #from: number;

  /** Shape: hours before `from` are what is compared with. */
  constructor(series: readonly Series[], history: History, from: number) {
    this.#history = history;
    this.#from = from;
    for (const one of series) {
      const hours = getOrMake(this.#hours, callerOf(one), () => new Set());
      for (const hour of one.hours) hours.add(hour);
      this.#firsts.set(callerOf(one), Math.min(one.first, this.#firsts.get(callerOf(one)) ?? one.first));
    }
  }

  of(series: Series): CallerTimes {
    const key = callerOf(series);
    return getOrMake(this.#times, key, () => {
      const hours = this.#hours.get(key) ?? new Set<number>();
      const first = this.#firsts.get(key) ?? this.#from;
      return {
        isHeard: (hour) => hours.has(hour),
        first,
        history: this.#history.ofCaller(first, this.#from),
      };
    });
  }

  /** Every history that any of them has. */
  histories(series: readonly Series[]): ReadonlySet<History> {
    return new Set([this.#history, ...series.map((one) => this.of(one).history)]);
  }
}
