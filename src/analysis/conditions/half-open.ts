/** Connections of which one end was not told that the other is gone. */
import { formatDuration } from '../../domain/time.ts';
import { count } from '../diagnoses/diagnosis.ts';
import { halfOpen } from '../diagnoses/half-open.ts';
import type { Finding } from '../findings.ts';
import { compareText } from '../legs.ts';
import { toFinding } from './condition.ts';
import { clientLegsOf, type Edge, type EndTimes, type LegsOf } from './pair-edges.ts';

/** One end that goes on for so long was not told that the other is gone, ms; and pairs that make it worth telling. */
const HALF_OPEN_MS = 60_000;
const HALF_OPEN_MIN = 2;

interface Apart {
  readonly pair: EndTimes;
  readonly apart: number;
}

/** Connections of one server port whose ends lie far apart, whatever the clocks say. */
export function findHalfOpen(edges: readonly Edge[], legsOf: LegsOf): Finding[] {
  const groups = new Map<string, Apart[]>();
  for (const edge of edges) {
    for (const pair of edge.pairs) {
      // Where most pairs of an edge disagree there is no measure of the clocks.
      const apart = pair.ends - (edge.isSure ? edge.difference : 0);
      if (Math.abs(apart) < HALF_OPEN_MS) continue;
      const list = groups.get(pair.service);
      if (list === undefined) groups.set(pair.service, [{ pair, apart }]);
      else list.push({ pair, apart });
    }
  }
  return [...groups]
    .filter(([, own]) => own.length >= HALF_OPEN_MIN)
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, own]) => tellHalfOpen(key, own, legsOf));
}

function tellHalfOpen(key: string, own: readonly Apart[], legsOf: LegsOf): Finding {
  const server = own.filter(({ apart }) => apart > 0).length;
  const longest = own.reduce((most, { apart }) => Math.max(most, Math.abs(apart)), 0);
  return toFinding({
    about: [key],
    diagnosis: halfOpen,
    severity: 'info',
    legs: clientLegsOf(
      own.map(({ pair }) => pair),
      legsOf,
    ),
    after: null,
    ended: null,
    evidence: [
      `Of ${count(own.length, 'connection')} one end went on for up to ${formatDuration(longest)} after the other had ended: ` +
        `the server's ${server} times, the client's ${own.length - server} times.`,
    ],
  });
}
