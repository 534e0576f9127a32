/** Time series of counts, bytes and durations, by what lines have in common. */
import { DURATION_CODES } from '../../domain/duration-code.ts';
import { AppError } from '../../domain/errors.ts';
import type { Filter } from '../../domain/filter.ts';
import { POINTS_MAX } from '../../domain/limits.ts';
import type { LineReader } from '../../domain/ports.ts';
import { formatTime } from '../../domain/time.ts';
import type { Metric, Series, Timeseries, TimeseriesQuestion } from '../../domain/timeseries.ts';
import { filterText } from '../filter-text.ts';
import type { LineModel } from '../model.ts';
import { type Cells, KeptHours } from './kept-hours.ts';
import { quantilesOf } from './quantiles.ts';
import { selectSeries } from './selection.ts';
import { MINUTES, type Steps, stepsOf } from './steps.ts';
import { sumUp } from './sums.ts';

/** Of a duration, see `domain/duration-code.ts`. */
const DURATION_ERROR = 1 / 16;

const SHARES: Partial<Record<Metric, number>> = {
  duration_p50: 0.5,
  duration_p95: 0.95,
  duration_p99: 0.99,
};

/** Errors: `bad_parameter` for a port in `source`, and when there are more than `POINTS_MAX` points. */
export async function tellTimeseries(
  question: TimeseriesQuestion,
  filter: Filter,
  model: LineModel,
  reader: LineReader,
): Promise<Timeseries> {
  checkSource(filter);
  const { metric, step } = question;
  const share = SHARES[metric];
  const head = { metric, step_ms: step, relative_error: share === undefined ? 0 : DURATION_ERROR };
  const steps = stepsOf(filter, step, model);
  if (steps === null) return { ...head, since: null, until: null, series_total: 0, series: [] };
  const selection = await selectSeries(question, filter, steps, model, reader);
  const points = selection.labels.length * steps.count;
  if (points > POINTS_MAX) throw tooMany(points, selection.labels.length, steps);
  const keep = <C extends Cells>(what: string, width: number, make: (cells: number) => C) => {
    const text = `${what} ${keyOf(question, filter)}`;
    return selection.isFixed ? new KeptHours(text, { width, make }, selection, model) : null;
  };
  const values =
    share === undefined
      ? await sumUp(steps, {
          ...{ metric, selection, model, reader },
          kept: keep(metric, MINUTES, (cells) => new Float64Array(cells)),
        })
      : await quantilesOf(share, steps, {
          ...{ selection, reader },
          kept: keep('durations', DURATION_CODES, (cells) => new Int32Array(cells)),
        });
  const times = Array.from({ length: steps.count }, (_, i) => formatTime(steps.start + i * step));
  return {
    ...head,
    since: formatTime(steps.start),
    until: formatTime(steps.start + steps.count * step),
    series_total: selection.total,
    series: selection.labels.map((labels, i): Series => {
      const own = values.subarray(i * steps.count, (i + 1) * steps.count);
      return { labels, points: pointsOf(own, times) };
    }),
  };
}

/** Equal texts: the same series, of the same lines, the window aside. */
function keyOf({ groupBy }: TimeseriesQuestion, filter: Filter): string {
  return `${groupBy.join()} ${filterText(filter)}`;
}

/** What has no value is left out: a quantile of no durations. */
function pointsOf(values: Float64Array, times: readonly string[]): Series['points'] {
  const points: Array<readonly [string, number]> = [];
  for (const [i, time] of times.entries()) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isNaN(value)) points.push([time, value]);
  }
  return points;
}

function checkSource({ source }: Filter): void {
  if (source.every(({ port }) => port === null)) return;
  throw new AppError(
    'bad_parameter',
    'cannot use a port in filter "source" with timeseries: lines are measured without the port of the client; expected an address alone',
  );
}

function tooMany(points: number, series: number, steps: Steps): AppError {
  return new AppError(
    'bad_parameter',
    `cannot tell ${points} points: ${series} series of ${steps.count} steps; expected at most ${POINTS_MAX}`,
    { remedy: 'ask for a longer step, a shorter time, a smaller limit, or narrow the filter' },
  );
}
