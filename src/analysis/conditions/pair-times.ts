/** What the times of both ends of connections show: clocks that disagree, and connections that are half open. */
import type { LineReader } from '../../domain/ports.ts';
import type { Finding } from '../findings.ts';
import type { Leg } from '../legs.ts';
import { findSkews } from './clock-skew.ts';
import { findHalfOpen } from './half-open.ts';
import { listEdges } from './pair-edges.ts';

/** The newest pairs, which are looked at: so many that a few clocks show, and not more with a longer history. */
const PAIRS_MAX = 1_000;

/**
 * Finds both. The legs are those of all shapes, from which the concerned ones are taken; `apart` is what was found of clocks
 * that are too far apart for most pairs.
 */
export async function findPairTimes(
  legs: readonly Leg[],
  reader: Pick<LineReader, 'pairs'>,
  apart: readonly Finding[],
): Promise<Finding[]> {
  if (!legs.some((leg) => leg.flow.paired > 0)) return [...apart];
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
  const told = new Set(apart.map(({ id }) => id));
  const skews = findSkews(edges, legs).filter(({ id }) => !told.has(id));
  return [...apart, ...skews, ...findHalfOpen(edges, legs)];
}
