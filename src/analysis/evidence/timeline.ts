/** Connections over time, by where they were routed. */
import type { Timeline, TimelineSeries } from '../../domain/evidence.ts';
import { TIMELINE_STEPS_MAX } from '../../domain/limits.ts';
import type { LineReader } from '../../domain/ports.ts';
import { formatTime, HOUR_MS } from '../../domain/time.ts';
import { compareText, type Leg } from '../legs.ts';
import type { LineModel } from '../model.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Steps to choose from; those of an hour and more are read from sums, shorter ones line by line. */
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7, 14, 28].map((days) => days * DAY_MS),
];

/** The timeline of the legs of some shapes, in at most {@link TIMELINE_STEPS_MAX} steps as far as that goes. */
export async function timelineOf(
  shapes: ReadonlySet<number>,
  model: LineModel,
  reader: Pick<LineReader, 'measures'>,
): Promise<Timeline> {
  const legs = [...shapes].flatMap((id) => model.shapes.get(id)?.legs ?? []);
  const hours = legs.map((leg) => leg.flow.hour);
  const from = hours.reduce((least, hour) => Math.min(least, hour), Number.POSITIVE_INFINITY);
  const to = hours.reduce((most, hour) => Math.max(most, hour), Number.NEGATIVE_INFINITY);
  const first = legs.reduce((least, leg) => Math.min(least, leg.flow.first), Number.POSITIVE_INFINITY);
  const last = legs.reduce((most, leg) => Math.max(most, leg.flow.last), Number.NEGATIVE_INFINITY);
  const fits = (step: number) => Math.floor(last / step) - Math.floor(first / step) < TIMELINE_STEPS_MAX;
  const step = STEPS.find(fits) ?? 28 * DAY_MS;
  const sums = new Sums(step);
  if (step >= HOUR_MS) {
    for (const leg of legs)
      sums.add(seriesOf(leg, model), leg.flow.hour * HOUR_MS, leg, leg.flow.connections);
    return sums.timeline();
  }
  const legAt = new Map(legs.map((leg) => [`${leg.flow.shape.id} ${leg.flow.hour}`, leg]));
  for await (const part of reader.measures({ from, to, durations: false, bytes: false })) {
    for (let i = 0; i < part.length; i++) {
      const shape = part.shapes[i] ?? -1;
      if (!shapes.has(shape)) continue;
      const leg = legAt.get(`${shape} ${part.hour}`);
      if (leg === undefined) continue;
      const time = part.hour * HOUR_MS + (part.minutes[i] ?? 0) * MINUTE_MS;
      sums.add(seriesOf(leg, model), time, leg, part.sign);
    }
  }
  return sums.timeline();
}

function seriesOf(leg: Leg, model: LineModel): TimelineSeries['labels'] {
  return { direction: leg.facts.direction, state: model.judgementOf(leg)?.state ?? null };
}

interface Sum {
  connections: number;
  failures: number;
}

class Sums {
  readonly #step: number;
  readonly #series = new Map<
    string,
    { readonly labels: TimelineSeries['labels']; readonly at: Map<number, Sum> }
  >();

  constructor(step: number) {
    this.#step = step;
  }

  add(labels: TimelineSeries['labels'], time: number, { facts }: Leg, connections: number): void {
    const key = `${labels.direction} ${labels.state}`;
    const series = this.#series.get(key) ?? { labels, at: new Map<number, Sum>() };
    this.#series.set(key, series);
    const start = Math.floor(time / this.#step) * this.#step;
    const sum = series.at.get(start) ?? { connections: 0, failures: 0 };
    series.at.set(start, sum);
    sum.connections += connections;
    if (facts.failed) sum.failures += connections;
  }

  timeline(): Timeline {
    const series = [...this.#series]
      .sort(([a], [b]) => compareText(a, b))
      .map(([, { labels, at }]) => ({
        labels,
        points: [...at]
          .filter(([, sum]) => sum.connections > 0)
          .sort(([a], [b]) => a - b)
          .map(([time, sum]) => [formatTime(time), sum.connections, sum.failures] as const),
      }));
    return { step_ms: this.#step, series };
  }
}
