/** Legs of a scope, found by their time: a scope has many more of them than are near any one failure. */
import { groupLegs } from './conditions/condition.ts';
import type { Leg } from './legs.ts';

const HOUR_MS = 3_600_000;

/** Shape of the legs: in order; each lies within one hour. */
export class TimedLegs {
  readonly #legs: readonly Leg[];
  #byHost: ReadonlyMap<string, readonly Leg[]> | null = null;

  constructor(legs: readonly Leg[]) {
    this.#legs = legs;
  }

  /** Those with a connection that started from one time to another; both may be in it. */
  within(from: number, to: number): readonly Leg[] {
    return this.#legs.slice(this.#at(hourOf(from)), this.#at(to + 1)).filter(({ flow }) => flow.last >= from);
  }

  /** True when there is one with a connection that started from one time to another; both may be in it. */
  has(from: number, to: number): boolean {
    for (let i = this.#at(hourOf(from)); i < this.#legs.length; i++) {
      const flow = this.#legs[i]?.flow;
      if (flow === undefined || flow.first > to) return false;
      if (flow.last >= from) return true;
    }
    return false;
  }

  /** What there is from the hour of a time up to and with the next hour that has any. */
  since(time: number): readonly Leg[] {
    const from = this.#at(hourOf(time));
    const later = this.#legs[this.#at(time + 1)]?.flow.first;
    return this.#legs.slice(from, later === undefined ? undefined : this.#at(hourOf(later) + HOUR_MS));
  }

  /** What there is up to a time, from the last hour before it that has any. */
  until(time: number): readonly Leg[] {
    const to = this.#at(time);
    const last = this.#legs[to - 1]?.flow.first;
    return last === undefined ? [] : this.#legs.slice(this.#at(hourOf(last)), to);
  }

  /** Those that were sent to one host. */
  ofHost(host: string): TimedLegs {
    this.#byHost ??= groupLegs(this.#legs, ({ flow }) => flow.shape.upstream_host);
    return new TimedLegs(this.#byHost.get(host) ?? []);
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

function hourOf(time: number): number {
  return Math.floor(time / HOUR_MS) * HOUR_MS;
}
