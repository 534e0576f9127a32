/** What went well in a scope, by its time: whole hours are known by their sums, since a failure may be seen for days. */
import { HOUR_MS } from '../domain/time.ts';
import type { ConditionScope } from './conditions/condition.ts';
import type { Leg } from './legs.ts';
import { hourOf } from './timed-legs.ts';

type Test = (leg: Leg) => boolean;

const all: Test = () => true;

/** What did not fail, hour by hour: of all hosts, and of each. */
interface Sums {
  /** In order. */
  readonly hours: readonly number[];
  readonly connections: ReadonlyMap<number, number>;
  readonly ofHosts: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

/** All legs but those that failed and those that are accused of something else. */
export class FineLegs {
  readonly #scope: Pick<ConditionScope, 'each' | 'legsIn'>;
  /** Those of them that did not fail: mostly none. */
  readonly #accused: ReadonlySet<string>;
  #sums: Sums | null = null;
  readonly #legs = new Map<number, readonly Leg[]>();

  constructor(scope: Pick<ConditionScope, 'each' | 'legsIn'>, accused: readonly Leg[]) {
    this.#scope = scope;
    this.#accused = new Set(accused.filter(({ facts }) => !facts.failed).map(keyOf));
  }

  /** True when there is one with a connection that started from one time to another and that passes a test. */
  has(from: number, to: number, isWanted: Test = all): boolean {
    const [start, end] = [hourAt(from), hourAt(to)];
    const isNear: Test = (leg) => leg.flow.last >= from && leg.flow.first <= to && isWanted(leg);
    return this.#read().hours.some((hour) => hour >= start && hour <= end && this.#fineIn(hour).some(isNear));
  }

  /** What there is from the hour of a time up to and with the next hour that has any after the time. */
  since(time: number): readonly Leg[] {
    const start = hourAt(time);
    const found: Leg[] = [];
    for (const hour of this.#read().hours) {
      if (hour < start) continue;
      const legs = this.#fineIn(hour);
      found.push(...legs);
      if (legs.some(({ flow }) => flow.first > time)) break;
    }
    return found;
  }

  /** What there is before a time, from the last hour that has any. */
  until(time: number): readonly Leg[] {
    const end = hourAt(time);
    for (const hour of this.#read().hours.toReversed()) {
      if (hour > end) continue;
      const legs = this.#fineIn(hour).filter(({ flow }) => flow.first < time);
      if (legs.length > 0) return legs;
    }
    return [];
  }

  /** Connections of the flows that reach into a span of time. */
  countBeside(from: number, to: number): number {
    return this.#sum(from, to, null, ({ flow }) => flow.connections);
  }

  /**
   * Connections within a span of time, of one host or (null) of all. Flows tell the number of their connections, not when
   * each was: they count by the part of their span that lies in the time looked at.
   */
  countWithin(from: number, to: number, host: string | null): number {
    return this.#sum(from, to, host, ({ flow: { first, last, connections } }) => {
      const inside = Math.min(last, to) - Math.max(first, from);
      return last === first ? connections : (connections * inside) / (last - first);
    });
  }

  #sum(from: number, to: number, host: string | null, weigh: (leg: Leg) => number): number {
    const [start, end] = [hourOf(from), hourOf(to)];
    let sum = 0;
    for (const hour of new Set([start, end])) {
      const [least, most] = [Math.max(from, hour), Math.min(to, hour + HOUR_MS - 1)];
      for (const leg of this.#fineIn(hour / HOUR_MS)) {
        const { first, last, shape } = leg.flow;
        if (last < least || first > most || (host !== null && shape.upstream_host !== host)) continue;
        sum += weigh(leg);
      }
    }
    const { connections, ofHosts } = this.#read();
    const byHour = host === null ? connections : (ofHosts.get(host) ?? new Map<number, number>());
    for (const [hour, own] of byHour) if (hour * HOUR_MS > start && hour * HOUR_MS < end) sum += own;
    return sum;
  }

  /** Those of an hour, in order. */
  #fineIn(hour: number): readonly Leg[] {
    const known = this.#legs.get(hour);
    if (known !== undefined) return known;
    const legs = this.#scope.legsIn(hour).filter((leg) => this.#isFine(leg));
    this.#legs.set(hour, legs);
    return legs;
  }

  #isFine(leg: Leg): boolean {
    return !leg.facts.failed && (this.#accused.size === 0 || !this.#accused.has(keyOf(leg)));
  }

  #read(): Sums {
    if (this.#sums !== null) return this.#sums;
    const connections = new Map<number, number>();
    const ofHosts = new Map<string, Map<number, number>>();
    this.#scope.each((leg) => {
      if (!this.#isFine(leg)) return;
      const { hour, connections: own, shape } = leg.flow;
      connections.set(hour, (connections.get(hour) ?? 0) + own);
      const { upstream_host: host } = shape;
      if (host === null) return;
      const byHour = ofHosts.get(host) ?? new Map<number, number>();
      ofHosts.set(host, byHour);
      byHour.set(hour, (byHour.get(hour) ?? 0) + own);
    });
    this.#sums = { hours: [...connections.keys()].sort((a, b) => a - b), connections, ofHosts };
    return this.#sums;
  }
}

function hourAt(time: number): number {
  return Math.floor(time / HOUR_MS);
}

function keyOf({ flow }: Leg): string {
  return `${flow.shape.id} ${flow.hour}`;
}
