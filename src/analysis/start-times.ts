/** When the connections around a failure began. */
import type { LineReader } from '../domain/ports.ts';
import { maxOf, minOf } from './extremes.ts';
import type { Leg } from './legs.ts';

/** Start of the last of these connections before a time. Reads one line where flows reach over it. */
export async function startBefore(
  legs: readonly Leg[],
  time: number,
  reader: Pick<LineReader, 'lines'>,
): Promise<number | null> {
  const whole = legs.filter(({ flow }) => flow.last < time).map(({ flow }) => flow.last);
  const across = legs.filter(({ flow }) => flow.first < time && flow.last >= time);
  const best = whole.length === 0 ? null : maxOf(whole, 0);
  if (across.length === 0) return best;
  const shapes = new Set(across.map((leg) => leg.flow.shape.id));
  const [line] = await reader.lines({
    since: minOf(
      across.map((leg) => leg.flow.first),
      0,
    ),
    until: time,
    shapes,
    order: 'newest',
    after: null,
    limit: 1,
  });
  const start = line?.entry.start_time ?? null;
  return start === null ? best : Math.max(start, best ?? start);
}

/** Start of the first of these connections after a time. */
export async function startAfter(
  legs: readonly Leg[],
  time: number,
  reader: Pick<LineReader, 'lines'>,
): Promise<number | null> {
  const whole = legs.filter(({ flow }) => flow.first > time).map(({ flow }) => flow.first);
  const across = legs.filter(({ flow }) => flow.first <= time && flow.last > time);
  const best = whole.length === 0 ? null : minOf(whole, 0);
  if (across.length === 0) return best;
  const shapes = new Set(across.map((leg) => leg.flow.shape.id));
  const [line] = await reader.lines({
    since: time + 1,
    until:
      maxOf(
        across.map((leg) => leg.flow.last),
        time,
      ) + 1,
    shapes,
    order: 'oldest',
    after: null,
    limit: 1,
  });
  const start = line?.entry.start_time ?? null;
  return start === null ? best : Math.min(start, best ?? start);
}
