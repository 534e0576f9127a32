/** mTLS that is lost between a client and a server although the client's proxy still calls the server by name. */

import type { Source } from '../../domain/resources.ts';
import { formatTime } from '../../domain/time.ts';
import { count, listWords } from '../diagnoses/diagnosis.ts';
import { mtlsLost } from '../diagnoses/mtls-lost.ts';
import { maxOf, minOf } from '../extremes.ts';
import type { Finding } from '../findings.ts';
import type { Leg } from '../legs.ts';
import type { Ownership } from '../ownership.ts';
import { type Condition, countConnections, groupLegs, toFinding } from './condition.ts';

/** Connections on each side of the change; one alone may be a health check or a race. */
const SIDE_MIN = 2;

/** Inbound lines of one port of one workload, and the lines of calls by name that were sent there. */
export const encryption: Condition = {
  name: 'encryption',
  scopesOf: ({ facts, flow }, { known }) => {
    if (flow.shape.http || flow.paired === 0) return [];
    if (facts.direction === 'inbound') {
      return facts.local === null ? [] : [scopeOf(facts.source, facts.local.port)];
    }
    if (!facts.client || facts.upstream === null || facts.service?.host == null) return [];
    const claim = known.pods.claimAt(facts.upstream.ip, flow.first);
    return claim === null ? [] : [scopeOf(claim.writer.source, facts.upstream.port)];
  },
  find: (scope, legs, { known }) => {
    const clients = groupLegs(legs, (leg) => clientOf(leg, known));
    const losses = [...clients.values()].flatMap((own) => findLoss(own) ?? []);
    return losses.length === 0 ? [] : [tell(scope, losses)];
  },
};

function scopeOf({ namespace, workload, ip }: Source, port: number): string {
  return `${namespace ?? ''}/${workload ?? ip ?? ''} ${port}`;
}

interface Loss {
  readonly plain: readonly Leg[];
  readonly encrypted: readonly Leg[];
}

/** The client's pod, which must be known for certain: an address alone may have passed to a pod without a sidecar. */
function clientOf({ facts, flow }: Leg, known: Ownership): string | null {
  if (facts.direction !== 'inbound') return facts.writer;
  return facts.remoteIp === null
    ? null
    : (known.pods.claimAt(facts.remoteIp, flow.first)?.writer.key ?? null);
}

/**
 * The server saw the client encrypted and then, without exception, in plaintext; and the client called it by name all the
 * while. What passes by the mesh, or comes through a service address behind the proxy's back, is another matter.
 */
function findLoss(legs: readonly Leg[]): Loss | null {
  const inbound = legs.filter((leg) => leg.facts.direction === 'inbound' && !leg.facts.failed);
  const encrypted = inbound.filter((leg) => leg.facts.sni !== null);
  const plain = inbound.filter((leg) => leg.flow.shape.requested_server_name === null);
  if (countConnections(encrypted) < SIDE_MIN || countPaired(plain) < SIDE_MIN) return null;
  const since = minOf(
    plain.map((leg) => leg.flow.first),
    0,
  );
  if (encrypted.some((leg) => leg.flow.last >= since)) return null;
  const hosts = new Set(encrypted.map((leg) => leg.facts.sni?.host));
  const named = legs.filter(
    ({ facts }) => facts.direction !== 'inbound' && hosts.has(facts.service?.host ?? ''),
  );
  // Each line with another end: were any of the plain ones no call by name, there would be fewer calls than arrivals.
  return countPaired(named) >= countPaired([...encrypted, ...plain]) ? { plain, encrypted } : null;
}

function countPaired(legs: readonly Leg[]): number {
  return legs.reduce((sum, leg) => sum + leg.flow.paired, 0);
}

function tell(scope: string, losses: readonly Loss[]): Finding {
  const plain = losses.flatMap((loss) => loss.plain);
  const encrypted = losses.flatMap((loss) => loss.encrypted);
  const first = minOf(
    plain.map((leg) => leg.flow.first),
    0,
  );
  const lasts = encrypted.map((leg) => leg.flow.last).filter((time) => time < first);
  const after = maxOf(lasts, first);
  const names = [...new Set(encrypted.map((leg) => leg.flow.shape.requested_server_name ?? ''))].sort();
  return toFinding({
    about: [scope],
    diagnosis: mtlsLost,
    severity: 'medium',
    legs: plain,
    after: lasts.length === 0 ? null : after,
    ended: null,
    evidence: [
      `${count(countConnections(encrypted), 'connection')} of these clients came with mutual TLS, under the name ` +
        `${listWords(names)}; the last began at ${formatTime(after)}.`,
      `Since ${formatTime(first)} ${count(countConnections(plain), 'connection')} of theirs came without, and none with it.`,
      "The clients' own lines still name the service: the change is in the settings of TLS, not in the routing.",
    ],
    samples: [
      {
        shapes: encrypted.map((leg) => leg.flow.shape),
        since: null,
        until: after + 1,
        order: 'newest',
        limit: 1,
      },
    ],
  });
}
