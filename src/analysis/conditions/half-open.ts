/** Connections of which one end was not told that the other is gone. */
import { formatDuration } from '../../domain/time.ts';
import { count } from '../diagnoses/diagnosis.ts';
import { halfOpen } from '../diagnoses/half-open.ts';
import type { Finding } from '../findings.ts';
import { compareText } from '../legs.ts';
import { toFinding } from './condition.ts';
import { type Apart, clientLegsOf, type Edge, type LegsOf } from './pair-edges.ts';

/** Pairs that make it worth telling. */
const HALF_OPEN_MIN = 2;

/** Connections of one server port whose ends lie far apart, whatever the clocks say. */
export function findHalfOpen(edges: readonly Edge[], legsOf: LegsOf): Finding[] {
  const groups = new Map<string, Apart[]>();
  for (const edge of edges) {
    for (const { pair, apart } of edge.apart) {
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
