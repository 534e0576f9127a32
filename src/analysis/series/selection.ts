/** Which lines of which hour belong to which series, and which series are told. */
import { type Filter, matchesValue } from '../../domain/filter.ts';
import type { LineReader } from '../../domain/ports.ts';
import type { Metric, TimeseriesQuestion } from '../../domain/timeseries.ts';
import { compareText } from '../legs.ts';
import type { LineModel } from '../model.ts';
import { shapeIndexOf } from '../shape-index.ts';
import { numberSeries, type SeriesNumbers } from './labels.ts';
import { isWhole, type Steps, stepsOfMinutes } from './steps.ts';
import { columnOf } from './sums.ts';
import type { Told } from './told.ts';

/** In place of the number or the place of a series. */
const NONE = -1;

/** Numbers of series by the id of the shape, for the lines of an hour; they hold until the next call. */
type InHour = (hour: number) => Int32Array;

/** Selects the series that have lines in the window. */
export async function selectSeries(
  { metric, groupBy, limit }: TimeseriesQuestion,
  filter: Filter,
  steps: Steps,
  model: LineModel,
  reader: Pick<LineReader, 'measures'>,
): Promise<Told> {
  const numbers = numberSeries(groupBy, model, shapeIndexOf(model));
  const { inHour, isFixed } = numberShapes(metric, filter, model, numbers);
  const totals = await totalUp(metric, steps, model, reader, inHour);
  const ranked = totals
    .map(({ lines, weight }, number) => {
      const labels = lines > 0 ? numbers.labels(number) : {};
      return { number, lines, weight, labels, text: JSON.stringify(labels) };
    })
    .filter(({ lines }) => lines > 0)
    .sort((a, b) => b.weight - a.weight || compareText(a.text, b.text));
  const told = ranked.slice(0, limit);
  const places = new Int32Array(totals.length).fill(NONE);
  for (const [place, { number }] of told.entries()) places[number] = place;
  const placesOf = (series: Int32Array): Int32Array =>
    series.map((number) => (number === NONE ? NONE : (places[number] ?? NONE)));
  const fixed = isFixed ? placesOf(inHour(0)) : null;
  return {
    labels: told.map(({ labels }) => labels),
    total: ranked.length,
    inHour: (hour) => fixed ?? placesOf(inHour(hour)),
  };
}

function numberShapes(
  metric: Metric,
  filter: Filter,
  model: LineModel,
  numbers: SeriesNumbers,
): { readonly inHour: InHour; readonly isFixed: boolean } {
  const index = shapeIndexOf(model);
  const asked = index.matching(filter, model);
  if (metric === 'failures') index.failed.narrow(asked, (failed) => failed);
  const series = new Int32Array(index.ids).fill(NONE);
  const { ofShapes } = numbers;
  if (ofShapes !== null && filter.state.length === 0) {
    ofShapes(asked, series);
    return { inHour: () => series, isFixed: true };
  }
  // A state is a judgement of an hour, and so is who had an address.
  const inHour: InHour = (hour) => {
    series.fill(NONE);
    for (const leg of model.legsIn(hour)) {
      const { id } = leg.flow.shape;
      if (asked[id] !== 1) continue;
      if (filter.state.length > 0 && !matchesValue(filter.state, model.judgementOf(leg)?.state ?? null))
        continue;
      series[id] = numbers.ofLeg(leg);
    }
    return series;
  };
  return { inHour, isFixed: false };
}

interface Total {
  lines: number;
  weight: number;
}

/** What each series has in the window, by its number. Of hours that the window cuts the lines are asked for. */
async function totalUp(
  metric: Metric,
  steps: Steps,
  model: LineModel,
  reader: Pick<LineReader, 'measures'>,
  inHour: InHour,
): Promise<Total[]> {
  const totals: Total[] = [];
  const add = (number: number, lines: number, weight: number): void => {
    while (totals.length <= number) totals.push({ lines: 0, weight: 0 });
    const total = totals[number];
    if (total === undefined) return;
    total.lines += lines;
    total.weight += weight;
  };
  const bytes = metric === 'bytes_received' || metric === 'bytes_sent';
  for (const hour of steps.hours) {
    const series = inHour(hour);
    if (isWhole(hour, steps)) {
      const columns = model.columnsIn(hour);
      const values = columnOf(metric, columns);
      for (let i = 0; i < columns.length; i++) {
        const number = series[columns.shapes[i] ?? 0] ?? NONE;
        if (number !== NONE) add(number, columns.connections[i] ?? 0, values[i] ?? 0);
      }
      continue;
    }
    const stepOf = stepsOfMinutes(hour, steps);
    const query = { from: hour, to: hour, durations: false, bytes };
    for await (const { sign, length, shapes, minutes, received, sent } of reader.measures(query)) {
      const values = metric === 'bytes_received' ? received : sent;
      for (let i = 0; i < length; i++) {
        const number = series[shapes[i] ?? 0] ?? NONE;
        if (number === NONE || stepOf[minutes[i] ?? 0] === NONE) continue;
        add(number, sign, bytes ? sign * (values[i] ?? 0) : sign);
      }
    }
  }
  return totals;
}
