/** mTLS that is lost between a client and a server although the client's proxy still calls the server by name. */

import { parseCluster } from '../../domain/cluster-name.ts';
import type { LineReader } from '../../domain/ports.ts';
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
  find: async (scope, legs, { known, reader }) => {
    const losses: Loss[] = [];
    // Of most clients all is encrypted: what they called need not be looked at.
    const suspects = new Set(legs.filter(isPlain).map((leg) => clientOf(leg, known)));
    const suspectOf = (leg: Leg) => {
      const client = clientOf(leg, known);
      return suspects.has(client) ? client : null;
    };
    for (const own of groupLegs(legs, suspectOf).values()) {
      const loss = findLoss(own);
      if (loss !== null && (await isCalledByName(loss, reader))) losses.push(loss);
    }
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
  const inbound = legs.filter((leg) => leg.facts.direction === 'inbound');
  const encrypted = inbound.filter((leg) => leg.facts.sni !== null && !leg.facts.failed);
  const plain = inbound.filter((leg) => leg.flow.shape.requested_server_name === null && !leg.facts.failed);
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
  // A first look that costs nothing: were any of the plain ones no call by name, there would be fewer calls than arrivals.
  return countPaired(named) >= countPaired(inbound) ? { plain, encrypted } : null;
}

/** Both ends of a connection begin within this time, ms. */
const APART_MS = 60_000;
/** Pairs that are looked at for one client: enough to tell whether it calls by name. */
const PAIRS_MAX = 200;

/** The pairs say it: each plain arrival is the other end of a call to the same service, straight to this server. */
async function isCalledByName(
  { plain, encrypted }: Loss,
  reader: Pick<LineReader, 'pairs'>,
): Promise<boolean> {
  const hosts = new Set(encrypted.map((leg) => leg.facts.sni?.host));
  const shapes = new Set(plain.map((leg) => leg.flow.shape.id));
  const [first, last] = [plain.map((leg) => leg.flow.first), plain.map((leg) => leg.flow.last)];
  const pairs = await reader.pairs({
    since: minOf(first, 0) - APART_MS,
    until: maxOf(last, 0) + APART_MS,
    shapes,
    order: 'oldest',
    after: null,
    limit: PAIRS_MAX,
  });
  const direct = pairs.filter(({ kind, inbound, outbound }) => {
    const cluster = outbound.entry.upstream_cluster;
    const host = cluster === null ? null : (parseCluster(cluster)?.host ?? null);
    return kind === 'full' && shapes.has(inbound.shapeId) && host !== null && hosts.has(host);
  });
  return direct.length >= SIDE_MIN && direct.length === pairs.length;
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

/** True for arrivals without TLS whose client's line is known: without any there is no loss. */
export function isPlain({ facts, flow }: Leg): boolean {
  if (facts.direction !== 'inbound' || facts.failed) return false;
  return flow.shape.requested_server_name === null && flow.paired > 0;
}
