/** Counts and bytes of each series and step: whole hours from flows, the rest from what was measured of each line. */
import type { LineReader } from '../../domain/ports.ts';
import type { Metric } from '../../domain/timeseries.ts';
import type { HourColumns } from '../hour-columns.ts';
import type { LineModel } from '../model.ts';
import { rangesOf, type Steps, stepOfHour, stepsOfMinutes } from './steps.ts';
import type { Told } from './told.ts';

/** The column of flows that a metric sums up. */
export function columnOf(metric: Metric, { connections, received, sent }: HourColumns): Float64Array {
  if (metric === 'bytes_received') return received;
  return metric === 'bytes_sent' ? sent : connections;
}

/** Shape of the result: `steps.count` values for each series, one series after the other. */
export async function sumUp(
  metric: Metric,
  steps: Steps,
  selection: Told,
  model: Pick<LineModel, 'columnsIn'>,
  reader: Pick<LineReader, 'measures'>,
): Promise<Float64Array> {
  const sums = new Float64Array(selection.labels.length * steps.count);
  const inPart: number[] = [];
  for (const hour of steps.hours) {
    const step = stepOfHour(hour, steps);
    if (step === null) inPart.push(hour);
    else {
      const seriesOf = selection.inHour(hour);
      const columns = model.columnsIn(hour);
      const values = columnOf(metric, columns);
      for (let i = 0; i < columns.length; i++) {
        const series = seriesOf[columns.shapes[i] ?? 0] ?? -1;
        if (series < 0) continue;
        const place = series * steps.count + step;
        sums[place] = (sums[place] ?? 0) + (values[i] ?? 0);
      }
    }
  }
  const bytes = metric === 'bytes_received' || metric === 'bytes_sent';
  for (const range of rangesOf(inPart)) {
    let hour = -1;
    let seriesOf: Int32Array = new Int32Array(0);
    let stepOf: Int32Array = new Int32Array(0);
    for await (const measures of reader.measures({ ...range, durations: false, bytes })) {
      if (measures.hour !== hour) {
        hour = measures.hour;
        seriesOf = selection.inHour(hour);
        stepOf = stepsOfMinutes(hour, steps);
      }
      const { length, sign, shapes, minutes } = measures;
      const values = metric === 'bytes_received' ? measures.received : measures.sent;
      for (let i = 0; i < length; i++) {
        const series = seriesOf[shapes[i] ?? 0] ?? -1;
        const step = stepOf[minutes[i] ?? 0] ?? -1;
        if (series < 0 || step < 0) continue;
        const place = series * steps.count + step;
        sums[place] = (sums[place] ?? 0) + (bytes ? sign * (values[i] ?? 0) : sign);
      }
    }
  }
  return sums;
}
