/** What the times of both ends of connections show: clocks that disagree, and connections that are half open. */
import type { LineReader } from '../../domain/ports.ts';
import type { Finding } from '../findings.ts';
import type { Leg } from '../legs.ts';
import { findSkews } from './clock-skew.ts';
import { findHalfOpen } from './half-open.ts';
import { listEdges } from './pair-edges.ts';

/** The newest pairs, which are looked at: so many that a few clocks show, and not more with a longer history. */
const PAIRS_MAX = 1_000;

/** Finds both. The legs are those of all shapes, from which the concerned ones are taken. */
export async function findPairTimes(
  legs: readonly Leg[],
  reader: Pick<LineReader, 'pairs'>,
): Promise<Finding[]> {
  if (!legs.some((leg) => leg.flow.paired > 0)) return [];
  const pairs = await reader.pairs({
    since: null,
    until: null,
    shapes: null,
    order: 'newest',
    after: null,
    limit: PAIRS_MAX,
  });
  const usable = pairs.filter(({ kind, outbound }) => kind === 'full' && outbound.entry.method === null);
  const edges = listEdges(usable);
  return [...findSkews(edges, legs), ...findHalfOpen(edges, legs)];
}
