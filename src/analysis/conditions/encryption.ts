/** mTLS that is lost between a client and a server although the client's proxy still calls the server by name. */

import { parseCluster } from '../../domain/cluster-name.ts';
import type { LineReader } from '../../domain/ports.ts';
import type { Source } from '../../domain/resources.ts';
import { formatTime } from '../../domain/time.ts';
import { count, listWords } from '../diagnoses/diagnosis.ts';
import { mtlsLost } from '../diagnoses/mtls-lost.ts';
import { maxOf, minOf } from '../extremes.ts';
import type { Finding } from '../findings.ts';
import { compareLegs, compareText, type Facts, type Leg } from '../legs.ts';
import type { Ownership } from '../ownership.ts';
import { type Condition, type ConditionPlan, countConnections, toFinding } from './condition.ts';

/** Connections on each side of the change; one alone may be a health check or a race. */
const SIDE_MIN = 2;

/** The lines of one client and one port of a server's workload: those that arrived, and those of its calls by name. */
const encryption: Condition<Loss> = {
  name: 'encryption',
  scopesOf: (leg, { known }) => {
    const { flow } = leg;
    if (flow.shape.http || flow.paired === 0) return [];
    const client = clientOf(leg, known);
    const server = serverOf(leg, known);
    return client === null || server === null ? [] : [nameOf(server, client)];
  },
  find: async ({ name, legs }, { reader }) => {
    const loss = findLoss(legs);
    if (loss === null || !(await isCalledByName(loss, reader))) return [];
    return [{ ...placesOf(name), ...loss }];
  },
};

/** Both with the length of the first: they hold what lines say, and are put together for very many legs. */
function nameOf(server: string, client: string): string {
  return `${server.length} ${server}${client}`;
}

function placesOf(name: string): { readonly server: string; readonly client: string } {
  const from = name.indexOf(' ') + 1;
  const to = from + Number(name.slice(0, from));
  return { server: name.slice(from, to), client: name.slice(to) };
}

/** Told once for all clients of a server that lost it. */
export const ENCRYPTION_PLAN: ConditionPlan<Loss> = {
  condition: encryption,
  mayShow: isPlain,
  concerns: mayBePlain,
  isOpen: () => false,
  tell: (losses) => {
    const byServer = new Map<string, Loss[]>();
    for (const loss of [...losses].sort((a, b) => compareText(a.client, b.client))) {
      const list = byServer.get(loss.server);
      if (list === undefined) byServer.set(loss.server, [loss]);
      else list.push(loss);
    }
    return [...byServer].map(([server, own]) => tell(server, own));
  },
};

interface Arrivals {
  readonly plain: readonly Leg[];
  readonly encrypted: readonly Leg[];
}

interface Loss extends Arrivals {
  readonly server: string;
  readonly client: string;
}

/** Workload and port of the server; null when the line does not tell them. */
function serverOf({ facts, flow }: Leg, known: Ownership): string | null {
  if (facts.direction === 'inbound') {
    return facts.local === null ? null : portOf(facts.source, facts.local.port);
  }
  if (!facts.client || facts.upstream === null || facts.service?.host == null) return null;
  const claim = known.pods.claimAt(facts.upstream.ip, flow.first);
  return claim === null ? null : portOf(claim.writer.source, facts.upstream.port);
}

function portOf({ namespace, workload, ip }: Source, port: number): string {
  return `${namespace ?? ''}/${workload ?? ip ?? ''} ${port}`;
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
function findLoss(legs: readonly Leg[]): Arrivals | null {
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
  { plain, encrypted }: Arrivals,
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

function tell(server: string, losses: readonly Loss[]): Finding {
  const plain = losses.flatMap((loss) => loss.plain).sort(compareLegs);
  const encrypted = losses.flatMap((loss) => loss.encrypted).sort(compareLegs);
  const first = minOf(
    plain.map((leg) => leg.flow.first),
    0,
  );
  const lasts = encrypted.map((leg) => leg.flow.last).filter((time) => time < first);
  const after = maxOf(lasts, first);
  const names = [...new Set(encrypted.map((leg) => leg.flow.shape.requested_server_name ?? ''))].sort();
  return toFinding({
    about: [server],
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
  return mayBePlain(facts) && flow.paired > 0;
}

function mayBePlain({ direction, failed, shape }: Facts): boolean {
  return direction === 'inbound' && !failed && shape.requested_server_name === null;
}
