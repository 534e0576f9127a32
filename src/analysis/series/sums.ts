/** Counts and bytes of each series and step: whole hours from flows, the rest from what was measured of each line. */
import type { LineReader } from '../../domain/ports.ts';
import type { Metric } from '../../domain/timeseries.ts';
import type { HourColumns } from '../hour-columns.ts';
import type { LineModel } from '../model.ts';
import type { HourCells, KeptHours } from './kept-hours.ts';
import {
  type HourRange,
  isWhole,
  MINUTES,
  rangesOf,
  type Steps,
  stepOfHour,
  stepsOfMinutes,
} from './steps.ts';
import type { Told } from './told.ts';

/** The column of flows that a metric sums up. */
export function columnOf(metric: Metric, { connections, received, sent }: HourColumns): Float64Array {
  if (metric === 'bytes_received') return received;
  return metric === 'bytes_sent' ? sent : connections;
}

/** What to sum up, and from what. */
export interface SumDeps {
  readonly metric: Metric;
  readonly selection: Told;
  /** Keeps the sums of each minute of whole hours; null: they are not to be kept. */
  readonly kept: KeptHours<Float64Array> | null;
  readonly model: Pick<LineModel, 'columnsIn'>;
  readonly reader: Pick<LineReader, 'measures'>;
}

/** Shape of the result: `steps.count` values for each series, one series after the other. */
export async function sumUp(steps: Steps, deps: SumDeps): Promise<Float64Array> {
  const { selection, kept } = deps;
  const sums = new Float64Array(selection.labels.length * steps.count);
  const inPart: number[] = [];
  for (const hour of steps.hours) {
    const step = stepOfHour(hour, steps);
    if (step !== null) addFlows(sums, steps.count, { hour, step }, deps);
    else if (kept === null || !isWhole(hour, steps)) inPart.push(hour);
    else {
      const cells = await kept.cellsOf(hour, (into) =>
        addLines(into, MINUTES, { from: hour, to: hour }, ALL_MINUTES, deps),
      );
      addMinutes(sums, steps.count, cells, stepsOfMinutes(hour, steps));
    }
  }
  for (const range of rangesOf(inPart))
    await addLines(sums, steps.count, range, (hour) => stepsOfMinutes(hour, steps), deps);
  return sums;
}

const EACH_MINUTE = Int32Array.from({ length: MINUTES }, (_, minute) => minute);
const ALL_MINUTES = (): Int32Array => EACH_MINUTE;

/** `width`: values of each series, here and below. */
function addFlows(
  sums: Float64Array,
  width: number,
  { hour, step }: { readonly hour: number; readonly step: number },
  { metric, selection, model }: SumDeps,
): void {
  const seriesOf = selection.inHour(hour);
  const columns = model.columnsIn(hour);
  const values = columnOf(metric, columns);
  for (let i = 0; i < columns.length; i++) {
    const series = seriesOf[columns.shapes[i] ?? 0] ?? -1;
    if (series < 0) continue;
    const place = series * width + step;
    sums[place] = (sums[place] ?? 0) + (values[i] ?? 0);
  }
}

/** `stepsIn`: the step of each minute of an hour, -1 for none. */
async function addLines(
  sums: Float64Array,
  width: number,
  range: HourRange,
  stepsIn: (hour: number) => Int32Array,
  { metric, selection, reader }: SumDeps,
): Promise<void> {
  const bytes = metric === 'bytes_received' || metric === 'bytes_sent';
  let hour = -1;
  let seriesOf: Int32Array = new Int32Array(0);
  let stepOf: Int32Array = new Int32Array(0);
  for await (const measures of reader.measures({ ...range, durations: false, bytes })) {
    if (measures.hour !== hour) {
      hour = measures.hour;
      seriesOf = selection.inHour(hour);
      stepOf = stepsIn(hour);
    }
    const { length, sign, shapes, minutes } = measures;
    const values = metric === 'bytes_received' ? measures.received : measures.sent;
    for (let i = 0; i < length; i++) {
      const series = seriesOf[shapes[i] ?? 0] ?? -1;
      const step = stepOf[minutes[i] ?? 0] ?? -1;
      if (series < 0 || step < 0) continue;
      const place = series * width + step;
      sums[place] = (sums[place] ?? 0) + (bytes ? sign * (values[i] ?? 0) : sign);
    }
  }
}

/** Adds the minutes of one hour. */
function addMinutes(
  sums: Float64Array,
  width: number,
  { cells, places }: HourCells<Float64Array>,
  stepOf: Int32Array,
): void {
  for (const [series, from] of places.entries()) {
    if (from < 0) continue;
    for (let minute = 0; minute < MINUTES; minute++) {
      const step = stepOf[minute] ?? -1;
      if (step < 0) continue;
      const place = series * width + step;
      sums[place] = (sums[place] ?? 0) + (cells[from + minute] ?? 0);
    }
  }
}
