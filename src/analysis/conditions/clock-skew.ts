/** Clocks that disagree, by the ends of the same connections. */
import { formatDuration } from '../../domain/time.ts';
import { clockSkew } from '../diagnoses/clock-skew.ts';
import { count, listWords } from '../diagnoses/diagnosis.ts';
import { maxOf, minOf } from '../extremes.ts';
import type { Finding } from '../findings.ts';
import { compareText } from '../legs.ts';
import { SKEW_TOLERANCE_MS } from '../pairing/score.ts';
import { toFinding } from './condition.ts';
import { type Edge, edgeKey, type LegsOf, median, SKEW_MS, serverLegsOf } from './pair-edges.ts';

/** Each place whose clock disagrees with more others than agree with it; where two disagree alone, both are named. */
export function findSkews(edges: readonly Edge[], legsOf: LegsOf): Finding[] {
  const sure = edges.filter((edge) => edge.isSure && edge.client !== edge.server);
  let rest = sure
    .filter((edge) => Math.abs(edge.difference) > SKEW_MS)
    .sort((a, b) => compareText(edgeKey(a), edgeKey(b)));
  const findings: Finding[] = [];
  while (rest.length > 0) {
    const place = busiest(rest);
    const own = rest.filter((edge) => touches(edge, place));
    rest = rest.filter((edge) => !touches(edge, place));
    const agreeing = sure.filter(
      (edge) => touches(edge, place) && Math.abs(edge.difference) <= SKEW_MS,
    ).length;
    findings.push(tellSkew(place, own, agreeing, legsOf));
  }
  return findings;
}

function touches(edge: Edge, place: string): boolean {
  return edge.client === place || edge.server === place;
}

function busiest(edges: readonly Edge[]): string {
  const counts = new Map<string, number>();
  for (const { client, server } of edges) {
    counts.set(client, (counts.get(client) ?? 0) + 1);
    counts.set(server, (counts.get(server) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || compareText(a, b));
  return sorted[0]?.[0] ?? '';
}

function tellSkew(place: string, edges: readonly Edge[], agreeing: number, legsOf: LegsOf): Finding {
  // Seen from the place: how far its clock is ahead of the others'.
  const ahead = median(edges.map((edge) => (edge.server === place ? edge.difference : -edge.difference)));
  const others = [...new Set(edges.map((edge) => (edge.server === place ? edge.client : edge.server)))].sort(
    compareText,
  );
  const by = formatDuration(Math.abs(ahead));
  const pairs = edges.flatMap((edge) => edge.pairs());
  const sentences = [
    `The ends of ${count(pairs.length, 'connection')} between ${place} and ${listWords(others)} are logged ${by} ` +
      `${ahead > 0 ? 'later' : 'earlier'} by ${place} than by the other side, and their starts agree with that.`,
  ];
  if (others.length === 1) sentences.push('Which of the two clocks is off the lines do not tell.');
  if (Math.abs(ahead) > SKEW_TOLERANCE_MS) {
    sentences.push(
      'By these clocks the ends of most of them did not overlap, so that they are not paired: their addresses, ports, bytes ' +
        'and length show that they belong together.',
    );
  }
  if (agreeing > 0) sentences.push(`With ${agreeing} others it agrees.`);
  const ends = pairs.flatMap((pair) => [pair.outbound, pair.inbound]);
  const times = ends.map((line) => line.start);
  const finding = toFinding({
    about: [place],
    diagnosis: clockSkew,
    severity: 'info',
    // The servers' own lines: a clock is a pod's, and the clients' lines dial the address of a service.
    legs: serverLegsOf(pairs, legsOf),
    after: null,
    ended: null,
    evidence: sentences,
  });
  return {
    ...finding,
    cluster: null,
    about: null,
    samples: [
      {
        shapes: ends.map((line) => ({ id: line.shapeId })),
        since: minOf(times, 0),
        until: maxOf(times, 0) + 1,
        order: 'oldest',
        limit: 6,
      },
    ],
  };
}
