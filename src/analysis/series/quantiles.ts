/** Quantiles of durations for each series and step, from how often each duration was. */

import { DURATION_CODES, durationOfCode, NO_DURATION } from '../../domain/duration-code.ts';
import type { LineReader } from '../../domain/ports.ts';
import { HOUR_MS } from '../../domain/time.ts';

import type { HourCells, KeptHours } from './kept-hours.ts';
import { type HourRange, rangesOf, type Steps, stepOfHour, stepsOfMinutes } from './steps.ts';
import type { Told } from './told.ts';

/** Series and steps that are counted at once, 1 KiB each. */
const CELLS_MAX = 16_384;

/** Which durations to count, and from what. */
export interface QuantileDeps {
  readonly selection: Told;
  /** Keeps how often each duration was in whole hours; null: that is not to be kept. */
  readonly kept: KeptHours<Int32Array> | null;
  readonly reader: Pick<LineReader, 'measures'>;
}

/** Some steps, the first of them and how many. */
interface Part {
  readonly first: number;
  readonly width: number;
}

/**
 * Shape of the result: as of `sumUp`, with NaN where no line has a duration. The value is the smallest duration that is not
 * less than that share of all, to the precision of its code.
 */
export async function quantilesOf(share: number, steps: Steps, deps: QuantileDeps): Promise<Float64Array> {
  const series = deps.selection.labels.length;
  const values = new Float64Array(series * steps.count).fill(Number.NaN);
  // As many steps at once as there is place for: hours may be read more than once, memory stays bounded.
  const width = Math.max(1, Math.min(steps.count, Math.floor(CELLS_MAX / Math.max(1, series))));
  const counts = new Int32Array(series * width * DURATION_CODES);
  for (let first = 0; first < steps.count; first += width) {
    counts.fill(0);
    await countPart(counts, { first, width }, steps, deps);
    for (let one = 0; one < series; one++) {
      for (let step = 0; step < width && first + step < steps.count; step++) {
        const value = quantileAt(counts, (one * width + step) * DURATION_CODES, share);
        if (value !== null) values[one * steps.count + first + step] = value;
      }
    }
  }
  return values;
}

async function countPart(counts: Int32Array, part: Part, steps: Steps, deps: QuantileDeps): Promise<void> {
  const { first, width } = part;
  const from = steps.start + first * steps.step;
  const to = from + width * steps.step;
  const inPart: number[] = [];
  for (const hour of steps.hours) {
    if (hour * HOUR_MS >= to || (hour + 1) * HOUR_MS <= from) continue;
    const step = stepOfHour(hour, steps);
    if (step === null || deps.kept === null) inPart.push(hour);
    else {
      const one = { first: step, width: 1 };
      const cells = await deps.kept.cellsOf(hour, (into) =>
        countLines(into, one, steps, { from: hour, to: hour }, deps),
      );
      addHour(counts, cells, step - first, width);
    }
  }
  for (const range of rangesOf(inPart)) await countLines(counts, part, steps, range, deps);
}

async function countLines(
  counts: Int32Array,
  { first, width }: Part,
  steps: Steps,
  range: HourRange,
  { selection, reader }: QuantileDeps,
): Promise<void> {
  let hour = -1;
  let seriesOf: Int32Array = new Int32Array(0);
  let stepOf: Int32Array = new Int32Array(0);
  for await (const measures of reader.measures({ ...range, durations: true, bytes: false })) {
    if (measures.hour !== hour) {
      hour = measures.hour;
      seriesOf = selection.inHour(hour);
      stepOf = stepsOfMinutes(hour, steps, first, width);
    }
    const { length, sign, shapes, minutes, durations } = measures;
    for (let i = 0; i < length; i++) {
      const series = seriesOf[shapes[i] ?? 0] ?? -1;
      const step = stepOf[minutes[i] ?? 0] ?? -1;
      if (series < 0 || step < 0) continue;
      const place = (series * width + step) * DURATION_CODES + (durations[i] ?? 0);
      counts[place] = (counts[place] ?? 0) + sign;
    }
  }
}

/** Adds an hour to one of `width` steps. */
function addHour(
  counts: Int32Array,
  { cells, places }: HourCells<Int32Array>,
  step: number,
  width: number,
): void {
  for (const [series, from] of places.entries()) {
    if (from < 0) continue;
    const into = (series * width + step) * DURATION_CODES;
    for (let code = 0; code < DURATION_CODES; code++)
      counts[into + code] = (counts[into + code] ?? 0) + (cells[from + code] ?? 0);
  }
}

/** Of the counts of one cell, from a place on. Ms; null: there are no durations. */
export function quantileAt(counts: Int32Array, from: number, share: number): number | null {
  let total = 0;
  for (let code = NO_DURATION + 1; code < DURATION_CODES; code++) total += counts[from + code] ?? 0;
  if (total <= 0) return null;
  let left = Math.max(1, Math.ceil(share * total));
  for (let code = NO_DURATION + 1; code < DURATION_CODES; code++) {
    left -= counts[from + code] ?? 0;
    if (left <= 0) return durationOfCode(code);
  }
  return null;
}
