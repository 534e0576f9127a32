/** Which lines of which hour belong to which series, and which series are told. */
import { type Filter, matchesValue } from '../../domain/filter.ts';
import type { LineReader } from '../../domain/ports.ts';
import type { Metric, TimeseriesQuestion } from '../../domain/timeseries.ts';
import { getOrMake } from '../get-or-make.ts';
import { compareText, type Leg } from '../legs.ts';
import type { LineModel } from '../model.ts';
import { shapeIndexOf } from '../shape-index.ts';
import { HourlyNumbers, NONE } from './hourly-numbers.ts';
import { numberSeries, type SeriesNumbers } from './labels.ts';
import { isWhole, type Steps, stepsOfMinutes } from './steps.ts';
import { columnOf } from './sums.ts';
import type { Told } from './told.ts';

/** Selects the series that have lines in the window. */
export async function selectSeries(
  { metric, groupBy, limit }: TimeseriesQuestion,
  filter: Filter,
  steps: Steps,
  model: LineModel,
  reader: Pick<LineReader, 'measures'>,
): Promise<Told> {
  const numbers = numberSeries(groupBy, model, shapeIndexOf(model));
  const series = numberShapes(metric, filter, steps, model, numbers);
  const totals = await totalUp(metric, steps, model, reader, series);
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
  const placed = series.map(places);
  return {
    labels: told.map(({ labels }) => labels),
    total: ranked.length,
    isFixed: isFixed(filter, numbers),
    inHour: (hour) => placed.inHour(hour),
  };
}

function numberShapes(
  metric: Metric,
  filter: Filter,
  steps: Steps,
  model: LineModel,
  numbers: SeriesNumbers,
): HourlyNumbers {
  const index = shapeIndexOf(model);
  const asked = index.matching(filter, model);
  if (metric === 'failures') index.failed.narrow(asked, (failed) => failed);
  const mostly = new Int32Array(index.ids).fill(NONE);
  const { ofShapes } = numbers;
  if (ofShapes !== null && filter.state.length === 0) {
    ofShapes(asked, mostly);
    return new HourlyNumbers(mostly);
  }
  // A state is a judgement of an hour, and so is who had an address.
  const isAsked = (leg: Leg): boolean =>
    filter.state.length === 0 || matchesValue(filter.state, model.judgementOf(leg)?.state ?? null);
  const others = new Map<number, number[]>();
  const [from = 0, to = from] = [steps.hours[0], steps.hours.at(-1)];
  for (const [id, shape] of model.shapes) {
    if (asked[id] !== 1) continue;
    let isFirst = true;
    shape.eachIn({ from, to: to + 1 }, (leg) => {
      const number = isAsked(leg) ? numbers.ofLeg(leg) : NONE;
      if (isFirst) mostly[id] = number;
      else if (number !== mostly[id]) getOrMake(others, leg.flow.hour, newList).push(id, number);
      isFirst = false;
    });
  }
  return new HourlyNumbers(mostly, others);
}

/** States, who had an address, and which way a line of an unknown pod goes are learned. */
function isFixed({ state, direction }: Filter, { ofShapes }: SeriesNumbers): boolean {
  return ofShapes !== null && state.length === 0 && direction.length === 0;
}

function newList(): number[] {
  return [];
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
  numbers: HourlyNumbers,
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
    const series = numbers.inHour(hour);
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
