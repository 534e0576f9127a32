/**
 * What pairs show by the times of their ends: clocks that disagree, and connections that are half open. Kept hour by hour, and
 * by the places of both ends: only hours with a flow that changed are read again, whatever became known of addresses.
 */
import type { LineReader } from '../domain/ports.ts';
import { findSkews } from './conditions/clock-skew.ts';
import { findHalfOpen } from './conditions/half-open.ts';
import { type Edge, type EndTimes, edgeKey, type LegsOf, toEdge } from './conditions/pair-edges.ts';
import { readPairTimes } from './conditions/pair-times.ts';
import type { Finding } from './findings.ts';

/** The pairs between two places, by hour since the epoch. */
type Hours = Map<number, EndTimes[]>;

/** Keeps what was read of each hour. */
export class PairTimesBook {
  readonly #legsOf: LegsOf;
  readonly #dirty = new Set<number>();
  /** By hour: between which places there are pairs. */
  readonly #places = new Map<number, readonly string[]>();
  readonly #hours = new Map<string, Hours>();
  readonly #keys = new Map<string, string>();
  /** What was worked out and still holds. */
  readonly #edges = new Map<string, Edge>();

  constructor(legsOf: LegsOf) {
    this.#legsOf = legsOf;
  }

  /** Notes hours since the epoch with connections that changed. */
  note(hours: Iterable<number>): void {
    for (const hour of hours) this.#dirty.add(hour);
  }

  /** Reads what changed. */
  async settle(reader: Pick<LineReader, 'timedPairs'>): Promise<void> {
    for (const hour of this.#dirty) this.#put(hour, await readPairTimes(hour, reader));
    this.#dirty.clear();
  }

  /** All that was found, in no order. */
  findings(): readonly Finding[] {
    for (const [key, hours] of this.#hours) {
      if (this.#edges.has(key)) continue;
      const edge = toEdge([...hours].sort(([a], [b]) => b - a).flatMap(([, pairs]) => pairs));
      if (edge === null) this.#hours.delete(key);
      else this.#edges.set(key, edge);
    }
    const edges = [...this.#edges.values()];
    return [...findSkews(edges, this.#legsOf), ...findHalfOpen(edges, this.#legsOf)];
  }

  #put(hour: number, pairs: readonly EndTimes[]): void {
    for (const key of this.#places.get(hour) ?? []) this.#hoursOf(key).delete(hour);
    const places = new Set<string>();
    for (const pair of pairs) {
      const key = this.#keyOf(pair);
      const hours = this.#hoursOf(key);
      const known = hours.get(hour);
      if (known === undefined) hours.set(hour, [pair]);
      else known.push(pair);
      places.add(key);
    }
    this.#places.set(hour, [...places]);
  }

  /** Each key once: very many hours name it. */
  #keyOf(pair: EndTimes): string {
    const key = edgeKey(pair);
    const known = this.#keys.get(key);
    if (known === undefined) this.#keys.set(key, key);
    return known ?? key;
  }

  /** To be changed. */
  #hoursOf(key: string): Hours {
    this.#edges.delete(key);
    const known = this.#hours.get(key);
    if (known !== undefined) return known;
    const hours: Hours = new Map();
    this.#hours.set(key, hours);
    return hours;
  }
}
