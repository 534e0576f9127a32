/** Which seconds to read for a question, in its order: few where few can hold what is asked for. */
import { parseLineId } from '../../domain/line-hash.ts';
import type { LineQuery } from '../../domain/ports.ts';

export const SECONDS_PER_HOUR = 3_600;

/** Seconds since the epoch. */
export interface Span {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

type Order = LineQuery['order'];

/** Where lines can have started that come after the position of the page before. */
export function windowOf({ since, until, after, order }: Omit<LineQuery, 'shapes' | 'limit'>): Span {
  const position = after === null ? null : parseLineId(after.id);
  const low = position !== null && order === 'oldest' ? position.start_time : since;
  const high = position !== null && order === 'newest' ? position.start_time + 1 : until;
  return {
    from: low === null ? 0 : Math.floor(low / 1_000),
    to: high === null ? Number.MAX_SAFE_INTEGER : Math.ceil(high / 1_000),
  };
}

/** A span that is longer at both ends. */
export function widened({ from, to }: Span, seconds: number): Span {
  return { from: from - seconds, to: to + seconds };
}

/** Hours as spans, each longer by `reach` seconds at both ends, as far as they lie `within`; no second is in two of them. */
export function* hourSpans(
  hours: Iterable<number>,
  order: Order,
  reach: number,
  within: Span,
): Iterable<Span> {
  let { from: low, to: high } = within;
  for (const hour of hours) {
    const from = Math.max(low, hour * SECONDS_PER_HOUR - reach);
    const to = Math.min(high, (hour + 1) * SECONDS_PER_HOUR + reach);
    if (from >= to) continue;
    yield { from, to };
    if (order === 'newest') high = from;
    else low = to;
  }
}

/** As much of sorted spans as lies within another, in an order. */
export function cutSpans(spans: readonly Span[], within: Span, order: Order): Span[] {
  const cut = spans
    .map(({ from, to }) => ({ from: Math.max(from, within.from), to: Math.min(to, within.to) }))
    .filter(({ from, to }) => from < to);
  return order === 'newest' ? cut.reverse() : cut;
}

/** The same seconds, each in one span; sorted. */
export function joinSpans(spans: readonly Span[]): Span[] {
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}
