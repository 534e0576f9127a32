/** Connections of which one end was not told that the other is gone. */
import type { StoredPair } from '../../domain/ports.ts';
import { formatDuration } from '../../domain/time.ts';
import { workloadOf } from '../../domain/workload.ts';
import { count } from '../diagnoses/diagnosis.ts';
import { halfOpen } from '../diagnoses/half-open.ts';
import type { Finding } from '../findings.ts';
import { compareText, type Leg } from '../legs.ts';
import { toFinding } from './condition.ts';
import { type Edge, endDifference, legsOf } from './pair-edges.ts';

/** One end that goes on for so long was not told that the other is gone, ms; and pairs that make it worth telling. */
const HALF_OPEN_MS = 60_000;
const HALF_OPEN_MIN = 2;

/** Connections of one server port whose ends lie far apart, whatever the clocks say. */
export function findHalfOpen(edges: readonly Edge[], legs: readonly Leg[]): Finding[] {
  const groups = new Map<string, Array<{ readonly pair: StoredPair; readonly apart: number }>>();
  for (const edge of edges) {
    for (const pair of edge.pairs) {
      // Where most pairs of an edge disagree there is no measure of the clocks.
      const apart = (endDifference(pair) ?? 0) - (edge.isSure ? edge.difference : 0);
      if (Math.abs(apart) < HALF_OPEN_MS) continue;
      const { pod } = pair.inbound.identity;
      const port = pair.inbound.entry.downstream_local_address?.split(':').at(-1) ?? '';
      const key = `${pod === null ? '' : workloadOf(pod)} ${port}`;
      groups.set(key, [...(groups.get(key) ?? []), { pair, apart }]);
    }
  }
  return [...groups]
    .filter(([, own]) => own.length >= HALF_OPEN_MIN)
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, own]) => tellHalfOpen(key, own, legs));
}

function tellHalfOpen(
  key: string,
  own: ReadonlyArray<{ readonly pair: StoredPair; readonly apart: number }>,
  legs: readonly Leg[],
): Finding {
  const server = own.filter(({ apart }) => apart > 0).length;
  const longest = own.reduce((most, { apart }) => Math.max(most, Math.abs(apart)), 0);
  return toFinding({
    about: [key],
    diagnosis: halfOpen,
    severity: 'info',
    legs: legsOf(
      own.map(({ pair }) => pair),
      legs,
    ),
    after: null,
    ended: null,
    evidence: [
      `Of ${count(own.length, 'connection')} one end went on for up to ${formatDuration(longest)} after the other had ended: ` +
        `the server's ${server} times, the client's ${own.length - server} times.`,
    ],
  });
}
