/** What the times of both ends of connections are read from. */
import type { LineReader } from '../../domain/ports.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { type EndTimes, endTimesOf, SKEW_MS } from './pair-edges.ts';

/** The newest pairs of each hour, which are looked at; of those that agree, and of the others, so many are kept. */
const PAIRS_MAX = 500;
const KEPT_MAX = 100;

/** Reads the newest pairs of an hour since the epoch. */
export async function readPairTimes(
  hour: number,
  reader: Pick<LineReader, 'timedPairs'>,
): Promise<readonly EndTimes[]> {
  const pairs = await reader.timedPairs({
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
  return [...agreed, ...times.filter((one) => !isAgreed(one)).slice(0, KEPT_MAX)];
}
