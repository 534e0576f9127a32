/** Legs kept in order, at the cost of those that came or changed. */
import type { LivingLeg } from './leg-table.ts';
import { compareLegs } from './legs.ts';

/** Past this share of moved legs, sorting all of them costs no more than looking for each; 1 of so many. */
const MOVED_SHARE = 8;

/** They are put in order when somebody asks for them. */
export class OrderedLegs {
  readonly #legs: LivingLeg[] = [];
  /** Legs that came or changed since all were in order; null: they never were. */
  #moved: LivingLeg[] | null = null;

  get size(): number {
    return this.#legs.length;
  }

  add(leg: LivingLeg): void {
    this.#legs.push(leg);
    this.#moved?.push(leg);
  }

  /** Notes that a leg may belong elsewhere now. */
  touch(leg: LivingLeg): void {
    this.#moved?.push(leg);
  }

  remove(leg: LivingLeg): void {
    this.#legs.splice(this.#legs.indexOf(leg), 1);
    this.#moved = null;
  }

  /** In order. It holds until the next change. */
  list(): readonly LivingLeg[] {
    const moved = this.#moved;
    const isSure =
      moved !== null &&
      moved.length * MOVED_SHARE <= this.#legs.length &&
      moved.every((leg) => this.#isInPlace(leg));
    if (!isSure && this.#legs.length > 1) this.#legs.sort(compareLegs);
    if (moved === null || moved.length > 0) this.#moved = [];
    return this.#legs;
  }

  /** Where every leg that moved stands rightly between its neighbours, all do. False also where it is not found. */
  #isInPlace(leg: LivingLeg): boolean {
    const legs = this.#legs;
    let [low, high] = [0, legs.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = legs[middle];
      if (other !== undefined && compareLegs(other, leg) < 0) low = middle + 1;
      else high = middle;
    }
    if (legs[low] !== leg) return false;
    const [before, after] = [legs[low - 1], legs[low + 1]];
    if (before !== undefined && compareLegs(before, leg) > 0) return false;
    return after === undefined || compareLegs(leg, after) <= 0;
  }
}
