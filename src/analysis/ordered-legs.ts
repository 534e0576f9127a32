/** Legs kept in order, at the cost of those that came or changed. */
import { compareLegs } from './legs.ts';
import type { LivingLeg } from './living-shape.ts';

/** Past this share of moved legs, sorting all of them costs no more than looking for each; 1 of so many. */
const MOVED_SHARE = 8;

const FEW = 8;
const NO_LEGS: LivingLeg[] = [];

/** They are put in order when somebody asks for them. */
export class OrderedLegs {
  #legs: LivingLeg[] = NO_LEGS;
  /** Legs that came or changed since all were in order; null: they never were. */
  #moved: LivingLeg[] | null = null;
  /** The same legs, once somebody asked for one of them. */
  #members: Set<LivingLeg> | null = null;

  get size(): number {
    return this.#legs.length;
  }

  has(leg: LivingLeg): boolean {
    this.#members ??= new Set(this.#legs);
    return this.#members.has(leg);
  }

  add(leg: LivingLeg): void {
    this.#members?.add(leg);
    // A list that grows takes room for many more: most scopes have but a few legs.
    if (this.#legs.length < FEW) this.#legs = this.#legs.concat(leg);
    else this.#legs.push(leg);
    this.touch(leg);
  }

  /** Notes that a leg may belong elsewhere now. */
  touch(leg: LivingLeg): void {
    this.#moved?.push(leg);
  }

  remove(leg: LivingLeg): void {
    this.#members?.delete(leg);
    this.#legs.splice(this.#legs.indexOf(leg), 1);
    if (this.#moved !== null) this.#moved = this.#moved.filter((one) => one !== leg);
  }

  /** In order. It holds until the next change. */
  list(): readonly LivingLeg[] {
    const moved = this.#moved;
    if (moved === null) this.#legs.sort(compareLegs);
    else if (moved.length * MOVED_SHARE > this.#legs.length) this.#legs.sort(compareLegs);
    else if (!moved.every((leg) => this.#isInPlace(leg))) this.#legs = putInPlace(this.#legs, moved);
    if (moved === null || moved.length > 0) this.#moved = [];
    return this.#legs;
  }

  /** Where every leg that moved stands rightly between its neighbours, all do. False also where it is not found. */
  #isInPlace(leg: LivingLeg): boolean {
    const legs = this.#legs;
    const low = placeOf(legs, leg, 0);
    if (legs[low] !== leg) return false;
    const [before, after] = [legs[low - 1], legs[low + 1]];
    if (before !== undefined && compareLegs(before, leg) > 0) return false;
    return after === undefined || compareLegs(leg, after) <= 0;
  }
}

/** All but the moved ones are in order: those are taken out, and put between the others. */
function putInPlace(legs: readonly LivingLeg[], moved: readonly LivingLeg[]): LivingLeg[] {
  const strays = new Set(moved);
  const others = legs.filter((leg) => !strays.has(leg));
  const ordered: LivingLeg[] = [];
  let taken = 0;
  for (const stray of [...strays].sort(compareLegs)) {
    const place = placeOf(others, stray, taken);
    while (taken < place) ordered.push(others[taken++] as LivingLeg);
    ordered.push(stray);
  }
  while (taken < others.length) ordered.push(others[taken++] as LivingLeg);
  return ordered;
}

/** How many of the legs come before a leg, which is not among them; at least `low`. */
function placeOf(legs: readonly LivingLeg[], leg: LivingLeg, low: number): number {
  let high = legs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = legs[middle];
    if (other !== undefined && compareLegs(other, leg) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
