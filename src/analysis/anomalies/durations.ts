/** How long half of the connections of a series took, hour by hour, from what is measured of every line. */
import { DURATION_CODES, NO_DURATION } from '../../domain/duration-code.ts';
import type { LineReader } from '../../domain/ports.ts';
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
  if (hours.size === 0) return () => Number.NaN;
  const ofShape = new Map<number, Series[]>();
  for (const one of series) {
    const shapes = new Set(
      [...one.hours.values()].flatMap(({ legs }) => legs.map((leg) => leg.flow.shape.id)),
    );
    for (const id of shapes) ofShape.set(id, [...(ofShape.get(id) ?? []), one]);
  }
  let open = new Map<Series, Int32Array>();
  let at = Number.NaN;
  const settle = (): void => {
    for (const [one, counts] of open) {
      // Durations are compared by their ratios, which those of less than a millisecond do not have.
      medians.get(one)?.set(at, Math.max(1, quantileAt(counts, 0, 0.5) ?? Number.NaN));
    }
    open = new Map();
  };
  const sorted = [...hours].sort((a, b) => a - b);
  for (const range of rangesOf(sorted)) {
    for await (const chunk of reader.measures({ ...range, durations: true, bytes: false })) {
      if (chunk.hour !== at) settle();
      at = chunk.hour;
      for (let i = 0; i < chunk.length; i++) {
        const code = chunk.durations[i] ?? NO_DURATION;
        if (code === NO_DURATION) continue;
        for (const one of ofShape.get(chunk.shapes[i] ?? 0) ?? []) {
          if ((one.hours.get(at)?.connections ?? 0) < EVENTS_MIN) continue;
          let counts = open.get(one);
          if (counts === undefined) {
            counts = new Int32Array(DURATION_CODES);
            open.set(one, counts);
          }
          counts[code] = (counts[code] ?? 0) + chunk.sign;
        }
      }
    }
    settle();
  }
  return (one, hour) => medians.get(one)?.get(hour) ?? Number.NaN;
}
