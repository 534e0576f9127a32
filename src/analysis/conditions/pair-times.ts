/** What the times of both ends of connections show: clocks that disagree, and connections that are half open. */
import type { LineReader } from '../../domain/ports.ts';
import { HOUR_MS } from '../../domain/time.ts';
import type { Finding } from '../findings.ts';
import { findSkews } from './clock-skew.ts';
import { findHalfOpen } from './half-open.ts';
import { type EndTimes, endTimesOf, type LegsOf, listEdges, SKEW_MS } from './pair-edges.ts';

/** The newest pairs of each hour, which are looked at; of those that agree, and of the others, so many are kept. */
const PAIRS_MAX = 500;
const KEPT_MAX = 100;

/** What was seen of the pairs of one hour since the epoch. */
export interface HourOfPairs {
  readonly hour: number;
  readonly pairs: readonly EndTimes[];
}

/** Reads the newest pairs of an hour. */
export async function readPairTimes(hour: number, reader: Pick<LineReader, 'pairs'>): Promise<HourOfPairs> {
  const pairs = await reader.pairs({
    since: hour * HOUR_MS,
    until: (hour + 1) * HOUR_MS,
    shapes: null,
    order: 'newest',
    after: null,
    limit: PAIRS_MAX,
  });
  const times = pairs
    .filter(({ kind, outbound }) => kind === 'full' && outbound.entry.method === null)
    .map(endTimesOf)
    .filter((one) => one !== null);
  const isAgreed = ({ ends }: EndTimes): boolean => Math.abs(ends) <= SKEW_MS;
  const agreed = times.filter(isAgreed).slice(0, KEPT_MAX);
  return { hour, pairs: [...agreed, ...times.filter((one) => !isAgreed(one)).slice(0, KEPT_MAX)] };
}

/** What all hours together show; `legsOf` finds the legs of a shape. */
export function tellPairTimes(found: Iterable<HourOfPairs>, legsOf: LegsOf): Finding[] {
  const hours = [...found].sort((a, b) => b.hour - a.hour);
  const edges = listEdges(hours.flatMap(({ pairs }) => pairs));
  return [...findSkews(edges, legsOf), ...findHalfOpen(edges, legsOf)];
}
