/** Sums by name, the largest first. */
import { compareText } from '../legs.ts';

/** A sum that grows by key. */
export class Tally {
  readonly #sums = new Map<string, number>();

  add(key: string, amount: number): void {
    this.#sums.set(key, (this.#sums.get(key) ?? 0) + amount);
  }

  get size(): number {
    return this.#sums.size;
  }

  /** The largest first, at most `most`; equal ones in the order of their keys. */
  top(most: number): Array<readonly [key: string, sum: number]> {
    return [...this.#sums].sort(([a, x], [b, y]) => y - x || compareText(a, b)).slice(0, most);
  }
}
