/**
 * What pairs show by the times of their ends: clocks that disagree, and connections that are half open. Kept hour by hour: only
 * hours with a flow that changed are read again, whatever became known of addresses.
 */
import type { LineReader } from '../domain/ports.ts';
import { findSkews } from './conditions/clock-skew.ts';
import { findHalfOpen } from './conditions/half-open.ts';
import { type Edge, type EndTimes, type LegsOf, toEdge } from './conditions/pair-edges.ts';
import { readPairTimes } from './conditions/pair-times.ts';
import type { Finding } from './findings.ts';
import { getOrMake } from './get-or-make.ts';
import { PairColumns, type PlacesKey } from './pair-columns.ts';
import { Texts } from './texts.ts';

/** Keeps what was read of each hour. */
export class PairTimesBook {
  readonly #legsOf: LegsOf;
  readonly #texts = new Texts();
  readonly #dirty = new Set<number>();
  readonly #columns = new Map<number, PairColumns>();
  /** Hours with pairs between two places. */
  readonly #hours = new Map<PlacesKey, Set<number>>();
  /** What was worked out and still holds. */
  readonly #edges = new Map<PlacesKey, Edge>();

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
      const edge = hours.size === 0 ? null : this.#edgeOf(key, hours);
      if (edge === null) this.#hours.delete(key);
      else this.#edges.set(key, edge);
    }
    const edges = [...this.#edges.values()];
    return [...findSkews(edges, this.#legsOf), ...findHalfOpen(edges, this.#legsOf)];
  }

  /** The pairs are not kept: of very few places anything is told. */
  #edgeOf(key: PlacesKey, hours: ReadonlySet<number>): Edge | null {
    const newestFirst = [...hours].sort((a, b) => b - a);
    const read = (): EndTimes[] => newestFirst.flatMap((hour) => this.#columns.get(hour)?.between(key) ?? []);
    const edge = toEdge(read());
    return edge === null ? null : { ...edge, pairs: read };
  }

  #put(hour: number, pairs: readonly EndTimes[]): void {
    for (const key of this.#columns.get(hour)?.keys() ?? []) {
      this.#hours.get(key)?.delete(hour);
      this.#edges.delete(key);
    }
    const columns = new PairColumns(pairs, this.#texts);
    this.#columns.set(hour, columns);
    for (const key of columns.keys()) {
      getOrMake(this.#hours, key, () => new Set()).add(hour);
      this.#edges.delete(key);
    }
  }
}
