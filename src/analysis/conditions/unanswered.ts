/** Connections that a client's proxy made and that its server, whose log was read, knows nothing of. */
import { formatDuration } from '../../domain/time.ts';
import { count } from '../diagnoses/diagnosis.ts';
import { tlsFailureAtServer } from '../diagnoses/tls-failure-at-server.ts';
import { maxOf } from '../extremes.ts';
import type { Facts, Leg } from '../legs.ts';
import type { Ownership } from '../ownership.ts';
import { type Condition, countConnections, toFinding } from './condition.ts';

/** So many, so short, and the server's log read so far past their end; ms. */
const UNANSWERED_MIN = 3;
const SHORT_MS = 1_000;
const LATE_MS = 60_000;

/** Client lines towards one port of one pod that are routed by name, and the pod's own lines of that port. */
export const unanswered: Condition = {
  name: 'unanswered',
  scopesOf: (leg, { known }) => {
    const { facts, flow } = leg;
    if (flow.shape.http) return [];
    if (facts.direction === 'inbound') {
      return facts.local === null ? [] : [`${facts.writer} ${facts.local.port}`];
    }
    const server = serverOf(leg, known);
    return server === null ? [] : [`${server} ${facts.upstream?.port}`];
  },
  find: (all, { known }) => {
    const { name: scope, suspects } = all;
    const lost = suspects.filter((leg) => isUnanswered(leg, known));
    const connections = countConnections(lost);
    if (connections < UNANSWERED_MIN) return [];
    const { legs } = all;
    // The server writes lines of this port, of others or of these clients at other times: its log is not filtered.
    const answered = legs.filter((leg) => leg.facts.direction === 'inbound' && leg.flow.paired > 0);
    if (answered.length === 0 || connections * 2 < countSame(legs, lost)) return [];
    const longest = maxOf(
      lost.map((leg) => leg.flow.duration_max),
      0,
    );
    return [
      toFinding({
        about: [scope],
        diagnosis: tlsFailureAtServer,
        severity: 'medium',
        legs: lost,
        after: null,
        ended: null,
        evidence: [
          `${count(connections, 'connection')} were made, got no byte back and ended within ${formatDuration(longest)}; ` +
            `the log of the server was read past them and has none of them.`,
          `Of other connections to this port the server has ${count(
            answered.reduce((sum, leg) => sum + leg.flow.paired, 0),
            'line',
          )}.`,
        ],
      }),
    ];
  },
};

function serverOf({ facts, flow }: Leg, known: Ownership): string | null {
  if (!facts.client || facts.upstream === null || facts.service?.host == null) return null;
  const claim = known.pods.claimAt(facts.upstream.ip, flow.first);
  return claim === null || claim.writer.key === facts.writer ? null : claim.writer.key;
}

/** True for connections that a client's proxy made, as far as it can tell. */
export function isCallThatWorked({ direction, failed, upstream, shape }: Facts): boolean {
  return direction !== 'inbound' && !failed && upstream !== null && shape.upstream_connected;
}

/** True for connections that are unanswered once the log of the server has been read past them. */
export function mayBeUnanswered({ facts, flow }: Leg): boolean {
  if (!isCallThatWorked(facts) || flow.paired > 0 || flow.ambiguous > 0) return false;
  return flow.bytes_sent === 0 && flow.duration_max < SHORT_MS;
}

function isUnanswered(leg: Leg, known: Ownership): boolean {
  const { facts, flow } = leg;
  if (facts.upstream === null) return false;
  const claim = known.pods.claimAt(facts.upstream.ip, flow.first);
  return claim !== null && claim.first <= flow.first && claim.writer.end >= flow.end + LATE_MS;
}

/** Connections of the same clients to the port, in the hours concerned. */
function countSame(legs: readonly Leg[], lost: readonly Leg[]): number {
  const clients = new Set(lost.map((leg) => `${leg.facts.writer} ${leg.flow.hour}`));
  return countConnections(
    legs.filter((leg) => leg.facts.client && clients.has(`${leg.facts.writer} ${leg.flow.hour}`)),
  );
}
