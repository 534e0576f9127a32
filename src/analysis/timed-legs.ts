/** Legs of a scope, found by their time: a scope has many more of them than are near any one failure. */
import { HOUR_MS } from '../domain/time.ts';
import type { Leg } from './legs.ts';

type Test = (leg: Leg) => boolean;

const all: Test = () => true;

/** Shape of the legs: in order; each lies within one hour. Only those that pass the test are there. */
export class TimedLegs {
  readonly #legs: readonly Leg[];
  readonly #isIn: Test;

  constructor(legs: readonly Leg[], isIn: Test = all) {
    this.#legs = legs;
    this.#isIn = isIn;
  }

  /** True when there is one within these times that passes another test too. */
  has(from: number, to: number, isWanted: Test = all): boolean {
    for (let i = this.#at(hourOf(from)); i < this.#legs.length; i++) {
      const leg = this.#legs[i];
      if (leg === undefined || leg.flow.first > to) return false;
      if (leg.flow.last >= from && isWanted(leg) && this.#isIn(leg)) return true;
    }
    return false;
  }

  /** Place of the first leg that begins at a time or later. */
  #at(time: number): number {
    let [low, high] = [0, this.#legs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#legs[middle]?.flow.first ?? time) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Begin of the hour that a time lies in. */
export function hourOf(time: number): number {
  return Math.floor(time / HOUR_MS) * HOUR_MS;
}
