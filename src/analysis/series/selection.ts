/** Which lines of which hour belong to which series, and which series are told. */
import { type Filter, matchesValue } from '../../domain/filter.ts';
import type { LineReader } from '../../domain/ports.ts';
import type { Metric, TimeseriesQuestion } from '../../domain/timeseries.ts';
import { compareText, type Leg } from '../legs.ts';
import type { LineModel } from '../model.ts';
import { shapeFilter } from '../shape-filter.ts';
import { numberSeries, type SeriesNumbers } from './labels.ts';
import { isWhole, type Steps, stepsOfMinutes } from './steps.ts';
import { sumOf } from './sums.ts';
import type { Told } from './told.ts';

/** In place of the number or the place of a series. */
const NONE = -1;

/** Selects the series that have lines in the window. */
export async function selectSeries(
  { metric, groupBy, limit }: TimeseriesQuestion,
  filter: Filter,
  steps: Steps,
  model: LineModel,
  reader: Pick<LineReader, 'measures'>,
): Promise<Told> {
  const numbers = numberSeries(groupBy, model);
  const numberOf = numberLegs(metric, filter, model, numbers);
  const series = new Int32Array(shapesOf(model));
  const fill = (hour: number, of: (leg: Leg) => number): Int32Array => {
    series.fill(NONE);
    for (const leg of model.legsIn(hour)) series[leg.facts.shape.id] = of(leg);
    return series;
  };
  const totals = await totalUp(metric, steps, {
    model,
    reader,
    numberOf,
    inHour: (hour) => fill(hour, numberOf),
  });
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
  const placeOf = (leg: Leg): number => {
    const number = numberOf(leg);
    return number === NONE ? NONE : (places[number] ?? NONE);
  };
  return {
    labels: told.map(({ labels }) => labels),
    total: ranked.length,
    each(hour, take) {
      for (const leg of model.legsIn(hour)) {
        const place = placeOf(leg);
        if (place !== NONE) take(leg, place);
      }
    },
    inHour: (hour) => fill(hour, placeOf),
  };
}

interface Total {
  lines: number;
  weight: number;
}

/** What each series has in the window, by its number. Of hours that the window cuts the lines are asked for. */
async function totalUp(
  metric: Metric,
  steps: Steps,
  around: {
    readonly model: LineModel;
    readonly reader: Pick<LineReader, 'measures'>;
    numberOf(leg: Leg): number;
    inHour(hour: number): Int32Array;
  },
): Promise<Total[]> {
  const totals: Total[] = [];
  const add = (number: number, lines: number, weight: number): void => {
    while (totals.length <= number) totals.push({ lines: 0, weight: 0 });
    const total = totals[number];
    if (total === undefined) return;
    total.lines += lines;
    total.weight += weight;
  };
  for (const hour of steps.hours) {
    if (isWhole(hour, steps)) {
      for (const leg of around.model.legsIn(hour)) {
        const number = around.numberOf(leg);
        if (number !== NONE) add(number, leg.flow.connections, sumOf(metric, leg.flow));
      }
      continue;
    }
    const [seriesOf, stepOf] = [around.inHour(hour), stepsOfMinutes(hour, steps)];
    const bytes = metric === 'bytes_received' || metric === 'bytes_sent';
    const query = { from: hour, to: hour, durations: false, bytes };
    for await (const { sign, length, shapes, minutes, received, sent } of around.reader.measures(query)) {
      const values = metric === 'bytes_received' ? received : sent;
      for (let i = 0; i < length; i++) {
        const number = seriesOf[shapes[i] ?? 0] ?? NONE;
        if (number === NONE || stepOf[minutes[i] ?? 0] === NONE) continue;
        add(number, sign, bytes ? sign * (values[i] ?? 0) : sign);
      }
    }
  }
  return totals;
}

/** Number of the series of a leg. What follows from its shape is found out once. */
function numberLegs(
  metric: Metric,
  filter: Filter,
  model: LineModel,
  numbers: SeriesNumbers,
): (leg: Leg) => number {
  const matches = shapeFilter(filter);
  const isAsked = ({ facts }: Leg): boolean => matches(facts) && (metric !== 'failures' || facts.failed);
  /** By the id of the shape. 0: not known, 1: not asked for; else 2 and the number of the series, where that is known. */
  const known = new Int32Array(shapesOf(model));
  if (numbers.isFixed && filter.state.length === 0) {
    return (leg) => {
      const { id } = leg.facts.shape;
      const told = known[id] ?? 0;
      if (told !== 0) return told - 2;
      const number = isAsked(leg) ? numbers.numberOf(leg) : NONE;
      known[id] = 2 + number;
      return number;
    };
  }
  return (leg) => {
    const { id } = leg.facts.shape;
    if (known[id] === 0) known[id] = isAsked(leg) ? 2 : 1;
    if (known[id] === 1) return NONE;
    // A state is a judgement of an hour.
    const hasState =
      filter.state.length === 0 || matchesValue(filter.state, model.judgementOf(leg)?.state ?? null);
    return hasState ? numbers.numberOf(leg) : NONE;
  };
}

const SHAPES = new WeakMap<object, number>();

/** One more than the largest id of a shape. */
function shapesOf({ state, shapes }: LineModel): number {
  let count = SHAPES.get(state) ?? 0;
  if (count > 0) return count;
  for (const id of shapes.keys()) if (id >= count) count = id + 1;
  SHAPES.set(state, count);
  return count;
}
