/** How long half of the connections of a series took, hour by hour, from what is measured of every line. */
import { DURATION_CODES, NO_DURATION } from '../../domain/duration-code.ts';
import type { LineReader } from '../../domain/ports.ts';
import { maxOf } from '../extremes.ts';
import { quantileAt } from '../series/quantiles.ts';
import { rangesOf } from '../series/steps.ts';
import type { Series } from './series.ts';
import { EVENTS_MIN } from './trial.ts';

/** Ms; NaN where nothing is known of the hour. */
export type DurationsOf = (series: Series, hour: number) => number;

/** Reads the durations of some hours once. */
export async function readDurations(
  series: readonly Series[],
  hours: ReadonlySet<number>,
  reader: Pick<LineReader, 'measures'>,
): Promise<DurationsOf> {
  const medians = new Map<Series, Map<number, number>>(series.map((one) => [one, new Map()]));
  const counts = new DurationCounts(series);
  let at = Number.NaN;
  const settle = (): void => {
    counts.take((one, own) => {
      if (one.connectionsAt(at) < EVENTS_MIN) return;
      // Durations are compared by their ratios, which those of less than a millisecond do not have.
      medians.get(one)?.set(at, Math.max(1, quantileAt(own, 0, 0.5) ?? Number.NaN));
    });
  };
  const sorted = [...hours].sort((a, b) => a - b);
  for (const range of rangesOf(sorted)) {
    for await (const chunk of reader.measures({ ...range, durations: true, bytes: false })) {
      if (chunk.hour !== at) settle();
      at = chunk.hour;
      const { shapes, durations, length, sign } = chunk;
      for (let i = 0; i < length; i++) counts.add(shapes[i] ?? 0, durations[i] ?? NO_DURATION, sign);
    }
    settle();
  }
  return (one, hour) => medians.get(one)?.get(hour) ?? Number.NaN;
}

/** Lines of one hour by series and duration. It is asked for every line, so that nothing is looked up by a key. */
class DurationCounts {
  readonly #series: readonly Series[];
  /** By the id of a shape: a place among the lists; 0 where it is of no series. */
  readonly #lists: Int32Array;
  /** Places of the series that lines of a shape are of: mostly one, several where its state changed. */
  readonly #members: number[][] = [[]];
  readonly #counts: Array<Int32Array | undefined> = [];

  constructor(series: readonly Series[]) {
    this.#series = series;
    this.#lists = new Int32Array(
      1 +
        maxOf(
          series.map(({ shapes }) => maxOf(shapes, 0)),
          0,
        ),
    );
    for (const [place, { shapes }] of series.entries()) for (const id of shapes) this.#join(id, place);
  }

  #join(shape: number, place: number): void {
    const list = this.#lists[shape] ?? 0;
    if (list > 0) this.#members[list]?.push(place);
    else this.#lists[shape] = this.#members.push([place]) - 1;
  }

  add(shape: number, code: number, sign: 1 | -1): void {
    if (code === NO_DURATION) return;
    for (const place of this.#members[this.#lists[shape] ?? 0] ?? []) {
      let own = this.#counts[place];
      if (own === undefined) {
        own = new Int32Array(DURATION_CODES);
        this.#counts[place] = own;
      }
      own[code] = (own[code] ?? 0) + sign;
    }
  }

  /** Hands over what was counted, and begins anew. */
  take(tell: (series: Series, counts: Int32Array) => void): void {
    for (const [place, series] of this.#series.entries()) {
      const own = this.#counts[place];
      if (own === undefined) continue;
      tell(series, own);
      own.fill(0);
    }
  }
}
