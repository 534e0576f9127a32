/** Some pairs by the times of their ends, as numbers: very many are kept, and of very few anything is told. */
import type { EndTimes } from './conditions/pair-edges.ts';
import type { Texts } from './texts.ts';

/** Stands for two places. */
export type PlacesKey = number;

/** Numbers of texts are below it. */
const TEXTS_MAX = 2 ** 26;

/** Columns of whole numbers, and of those that may be larger. */
const WHOLE = { client: 0, server: 1, service: 2, outbound: 3, inbound: 4, count: 5 } as const;
const TIMES = { starts: 0, ends: 1, outbound: 2, inbound: 3, count: 4 } as const;

export class PairColumns {
  readonly #texts: Texts;
  readonly #whole: Int32Array;
  readonly #times: Float64Array;
  readonly #length: number;

  constructor(pairs: readonly EndTimes[], texts: Texts) {
    this.#texts = texts;
    this.#length = pairs.length;
    this.#whole = Int32Array.from(
      pairs.flatMap(({ client, server, service, outbound, inbound }) => [
        ...[texts.numberOf(client), texts.numberOf(server), texts.numberOf(service)],
        ...[outbound.shapeId, inbound.shapeId],
      ]),
    );
    this.#times = Float64Array.from(
      pairs.flatMap(({ starts, ends, outbound, inbound }) => [starts, ends, outbound.start, inbound.start]),
    );
  }

  /** Between which places there are pairs. */
  keys(): ReadonlySet<PlacesKey> {
    const keys = new Set<PlacesKey>();
    for (let i = 0; i < this.#length; i++) keys.add(this.#keyOf(i));
    return keys;
  }

  /** The pairs between two places, in the order in which they were given. */
  between(key: PlacesKey): EndTimes[] {
    const pairs: EndTimes[] = [];
    for (let i = 0; i < this.#length; i++) if (this.#keyOf(i) === key) pairs.push(this.#pairOf(i));
    return pairs;
  }

  #keyOf(i: number): PlacesKey {
    const at = i * WHOLE.count;
    return (this.#whole[at + WHOLE.client] ?? 0) * TEXTS_MAX + (this.#whole[at + WHOLE.server] ?? 0);
  }

  #pairOf(i: number): EndTimes {
    const whole = (column: number): number => this.#whole[i * WHOLE.count + column] ?? 0;
    const time = (column: number): number => this.#times[i * TIMES.count + column] ?? 0;
    return {
      client: this.#texts.textOf(whole(WHOLE.client)),
      server: this.#texts.textOf(whole(WHOLE.server)),
      service: this.#texts.textOf(whole(WHOLE.service)),
      starts: time(TIMES.starts),
      ends: time(TIMES.ends),
      outbound: { shapeId: whole(WHOLE.outbound), start: time(TIMES.outbound) },
      inbound: { shapeId: whole(WHOLE.inbound), start: time(TIMES.inbound) },
    };
  }
}
