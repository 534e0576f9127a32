/** What went well in a scope, by its time: whole hours are known by their sums, since a failure may be seen for days. */
import { HOUR_MS } from '../domain/time.ts';
import { type ConditionScope, countConnections, groupLegs } from './conditions/condition.ts';
import type { Leg } from './legs.ts';
import { hourOf, TimedLegs } from './timed-legs.ts';

/** What did not fail in one hour. */
interface HourSum {
  readonly connections: number;
  readonly hosts: Hosts;
}

/** The legs of each host: very many hours have but a few hosts. */
type Hosts = ReadonlyMap<string, readonly Leg[]> | ReadonlyArray<readonly [string, readonly Leg[]]>;

const FEW = 8;

/** All legs but those that failed and those that are accused of something else. */
export class FineLegs {
  readonly #legs: TimedLegs;
  readonly #hours: ReadonlyMap<number, HourSum>;
  readonly #accused: ReadonlySet<Leg>;
  /** Accused legs that did not fail: they are in the sums. */
  readonly #counted: TimedLegs;

  constructor({ legs, hourly }: Pick<ConditionScope, 'legs' | 'hourly'>, accused: ReadonlySet<Leg>) {
    this.#legs = new TimedLegs(legs, (leg) => !leg.facts.failed && !accused.has(leg));
    this.#hours = hourly(sumHour);
    this.#accused = accused;
    this.#counted = new TimedLegs([...accused].filter((leg) => !leg.facts.failed));
  }

  /** True when there is one with a connection that started from one time to another and that passes a test. */
  has(from: number, to: number, isWanted?: (leg: Leg) => boolean): boolean {
    return this.#legs.has(from, to, isWanted);
  }

  /** What there is from the hour of a time up to and with the next hour that has any after the time. */
  since(time: number): readonly Leg[] {
    return this.#legs.since(time);
  }

  /** What there is before a time, from the last hour that has any. */
  until(time: number): readonly Leg[] {
    return this.#legs.until(time);
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
      const near = [Math.max(from, hour), Math.min(to, hour + HOUR_MS - 1)] as const;
      const legs = host === null ? this.#legs.within(...near) : this.#ofHost(host, ...near);
      for (const leg of legs) sum += weigh(leg);
    }
    for (const [hour, { connections, hosts }] of this.#hours) {
      if (hour * HOUR_MS <= start || hour * HOUR_MS >= end) continue;
      sum += host === null ? connections : countConnections(legsOf(host, hosts));
    }
    const counted = this.#counted.within(start + HOUR_MS, end - 1);
    return sum - countConnections(counted.filter((leg) => isOfHost(leg, host)));
  }

  /** As `TimedLegs.within`, of one host and for times of one hour. */
  #ofHost(host: string, from: number, to: number): readonly Leg[] {
    const legs = legsOf(host, this.#hours.get(Math.floor(from / HOUR_MS))?.hosts ?? []);
    return legs.filter((leg) => leg.flow.last >= from && leg.flow.first <= to && !this.#accused.has(leg));
  }
}

function isOfHost({ flow }: Leg, host: string | null): boolean {
  return host === null || flow.shape.upstream_host === host;
}

function sumHour(legs: readonly Leg[]): HourSum {
  const fine = legs.filter(({ facts }) => !facts.failed);
  const byHost = groupLegs(fine, ({ flow }) => flow.shape.upstream_host);
  return { connections: countConnections(fine), hosts: byHost.size > FEW ? byHost : [...byHost] };
}

function legsOf(host: string, hosts: Hosts): readonly Leg[] {
  if (hosts instanceof Map) return hosts.get(host) ?? [];
  for (const [name, legs] of hosts) if (name === host) return legs;
  return [];
}
