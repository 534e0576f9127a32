/** Clients whose pod logs what it calls, except for some of it: that goes round the proxy. */
import { count } from '../diagnoses/diagnosis.ts';
import { sidecarBypass } from '../diagnoses/sidecar-bypass.ts';
import { maxOf, minOf } from '../extremes.ts';
import type { Facts, Leg } from '../legs.ts';
import type { Ownership } from '../ownership.ts';
import { type Condition, countConnections, toFinding } from './condition.ts';

const ARRIVED_MIN = 5;

/** What one pod called on one port, and what arrived from it there. */
export const bypass: Condition = {
  name: 'bypass',
  scopesOf: ({ facts, flow }, { known }) => {
    if (facts.local === null) return [];
    if (facts.direction === 'inbound') {
      if (flow.shape.http) return [];
      const client = clientOf(facts.remoteIp, flow.first, known);
      return client === null || client === facts.writer ? [] : [`${client} ${facts.local.port}`];
    }
    const ports = new Set([facts.local.port, facts.upstream?.port ?? facts.local.port]);
    return [...ports].map((port) => `${facts.writer} ${port}`);
  },
  find: ({ name: scope, legs }, { known, logsCalls }) => {
    // Any call on the port, wherever to, may be the one that arrived: the address of a service leads to pods.
    if (legs.some((leg) => leg.facts.direction !== 'inbound')) return [];
    const arrived = legs.filter(({ flow }) => flow.paired === 0 && flow.ambiguous === 0);
    const [first] = arrived;
    if (first === undefined || arrived.length < legs.length || countConnections(arrived) < ARRIVED_MIN)
      return [];
    const client = clientOf(first.facts.remoteIp, first.flow.first, known);
    if (client === null || !logsCalls(client) || !isReadAround(client, arrived, known)) return [];
    return [
      toFinding({
        about: [scope],
        diagnosis: sidecarBypass,
        severity: 'info',
        legs: arrived,
        after: null,
        ended: null,
        evidence: [
          `${count(countConnections(arrived), 'connection')} of this pod arrived at the server, and its own proxy has a line of ` +
            `none of them, nor of any other call on this port; of calls on other ports it has.`,
        ],
      }),
    ];
  },
};

/** True for connections that went round the proxy if the client's log was read before and after them. */
export function isAlone({ facts, flow }: Leg): boolean {
  return isArrival(facts) && flow.paired + flow.ambiguous === 0;
}

export function isArrival({ direction }: Facts): boolean {
  return direction === 'inbound';
}

function clientOf(ip: string | null, time: number, known: Ownership): string | null {
  const claim = ip === null ? null : known.pods.claimAt(ip, time);
  return claim === null || claim.writer.gateway || claim.writer.source.pod === null ? null : claim.writer.key;
}

/** The client's log was read before and after. */
function isReadAround(client: string, arrived: readonly Leg[], known: Ownership): boolean {
  const writer = known.pods.writers.get(client);
  const first = minOf(
    arrived.map((leg) => leg.flow.first),
    0,
  );
  const last = maxOf(
    arrived.map((leg) => leg.flow.end),
    0,
  );
  return writer !== undefined && writer.first <= first && writer.end >= last;
}
