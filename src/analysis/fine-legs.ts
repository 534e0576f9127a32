/** What went well in a scope, by its time: whole hours are known by their sums, since a failure may be seen for days. */
import { type ConditionScope, countConnections } from './conditions/condition.ts';
import type { Leg } from './legs.ts';
import { HOUR_MS, hourOf, TimedLegs } from './timed-legs.ts';

/** Connections that did not fail, of one hour. */
interface HourSum {
  readonly connections: number;
  readonly byHost: ReadonlyMap<string, number>;
}

/** All legs but those that failed and those that are accused of something else. */
export class FineLegs {
  readonly #legs: TimedLegs;
  readonly #hours: ReadonlyMap<number, HourSum>;
  /** Accused legs that did not fail: they are in the sums. */
  readonly #counted: TimedLegs;

  constructor({ legs, hourly }: Pick<ConditionScope, 'legs' | 'hourly'>, accused: ReadonlySet<Leg>) {
    this.#legs = new TimedLegs(legs, (leg) => !leg.facts.failed && !accused.has(leg));
    this.#hours = hourly(sumHour);
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
    const edges =
      start === end
        ? this.#legs.within(from, to)
        : [...this.#legs.within(from, start + HOUR_MS - 1), ...this.#legs.within(end, to)];
    let sum = 0;
    for (const leg of edges) if (isOfHost(leg, host)) sum += weigh(leg);
    return sum + this.countWholeHours(from, to, host);
  }

  /** The same without the hours in which the span begins and ends. */
  countWholeHours(from: number, to: number, host: string | null): number {
    const [start, end] = [hourOf(from), hourOf(to)];
    let sum = 0;
    for (const [hour, { connections, byHost }] of this.#hours) {
      if (hour * HOUR_MS <= start || hour * HOUR_MS >= end) continue;
      sum += host === null ? connections : (byHost.get(host) ?? 0);
    }
    const counted = this.#counted.within(start + HOUR_MS, end - 1);
    return sum - countConnections(counted.filter((leg) => isOfHost(leg, host)));
  }
}

function isOfHost({ flow }: Leg, host: string | null): boolean {
  return host === null || flow.shape.upstream_host === host;
}

function sumHour(legs: readonly Leg[]): HourSum {
  let connections = 0;
  const byHost = new Map<string, number>();
  for (const { flow, facts } of legs) {
    if (facts.failed) continue;
    connections += flow.connections;
    const host = flow.shape.upstream_host;
    if (host !== null) byHost.set(host, (byHost.get(host) ?? 0) + flow.connections);
  }
  return { connections, byHost };
}
