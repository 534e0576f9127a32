/** Pods that only the lines of others show: whose logs should be read as well, and how. */
import { hostNamespace, hostService } from '../domain/cluster-name.ts';
import type { CoveragePeer, ReadNext } from '../domain/coverage.ts';
import { COVERAGE_NAMES_MAX } from '../domain/limits.ts';
import type { Source } from '../domain/resources.ts';
import { formatTime } from '../domain/time.ts';
import { compareText, type Leg } from './legs.ts';
import type { Ownership } from './ownership.ts';
import { EXPECTED } from './partner.ts';

/** A name that Kubernetes allows: nothing else from a log goes into a command. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const NOT_READ: ReadonlySet<string> = new Set([EXPECTED.server_not_read, EXPECTED.client_not_read]);

interface Peer {
  readonly ip: string;
  asServer: number;
  asClient: number;
  first: number;
  last: number;
  /** Lines by the writer's key. */
  readonly seenBy: Map<string, { readonly source: Source; lines: number }>;
}

/** The addresses that lines without a partner point at. */
export class PeerBook {
  readonly #peers = new Map<string, Peer>();

  /** Takes in lines of a leg that have no partner for a reason. */
  take(reason: string | null, lines: number, leg: Leg): void {
    if (reason === null || !NOT_READ.has(reason)) return;
    const { facts } = leg;
    const ip = facts.direction === 'inbound' ? facts.remoteIp : (facts.upstream?.ip ?? null);
    if (ip !== null) grow(this.#peers, ip, leg, lines);
  }

  /** Where most lines point, first. */
  list(known: Ownership): CoveragePeer[] {
    return [...this.#peers.values()].map((peer) => describePeer(peer, known)).sort(comparePeers);
  }
}

/** What to read next: one command for all addresses of a service, the one that most lines wait for first. */
export function readNext(peers: readonly CoveragePeer[]): ReadNext[] {
  const commands = new Map<string, ReadNext>();
  for (const { command, lines } of peers) {
    const known = commands.get(command);
    commands.set(command, {
      command,
      addresses: (known?.addresses ?? 0) + 1,
      lines: (known?.lines ?? 0) + lines,
    });
  }
  return [...commands.values()]
    .sort((a, b) => b.lines - a.lines || compareText(a.command, b.command))
    .slice(0, COVERAGE_NAMES_MAX);
}

function grow(peers: Map<string, Peer>, ip: string, { facts, flow }: Leg, lines: number): void {
  let peer = peers.get(ip);
  if (peer === undefined) {
    peer = { ip, asServer: 0, asClient: 0, first: flow.first, last: flow.last, seenBy: new Map() };
    peers.set(ip, peer);
  }
  if (facts.direction === 'inbound') peer.asClient += lines;
  else peer.asServer += lines;
  peer.first = Math.min(peer.first, flow.first);
  peer.last = Math.max(peer.last, flow.last);
  const seen = peer.seenBy.get(facts.writer);
  if (seen === undefined) peer.seenBy.set(facts.writer, { source: facts.source, lines });
  else seen.lines += lines;
}

function describePeer(peer: Peer, known: Ownership): CoveragePeer {
  const services = servicesAt(peer.ip, known);
  const seenBy = [...peer.seenBy].sort(([a, x], [b, y]) => y.lines - x.lines || compareText(a, b));
  return {
    address: peer.ip,
    services: services.slice(0, COVERAGE_NAMES_MAX),
    lines: peer.asServer + peer.asClient,
    as_server: peer.asServer,
    as_client: peer.asClient,
    seen_by: seenBy.slice(0, COVERAGE_NAMES_MAX).map(([, { source }]) => source),
    seen_by_total: seenBy.length,
    first_seen: formatTime(peer.first),
    last_seen: formatTime(peer.last),
    command: commandFor(peer.ip, services),
  };
}

function comparePeers(a: CoveragePeer, b: CoveragePeer): number {
  return b.lines - a.lines || compareText(a.address, b.address);
}

function servicesAt(ip: string, known: Ownership): readonly string[] {
  const hosts = known.addressesOf(ip).flatMap((address) => known.owners(address).map((owner) => owner.host));
  return [...new Set(hosts)].sort(compareText);
}

/** Stern reads all pods of a service, or whichever pod has the address now. */
function commandFor(ip: string, services: readonly string[]): string {
  for (const host of services) {
    const [service, namespace] = [hostService(host), hostNamespace(host)];
    if (service === null || namespace === null || !LABEL.test(service) || !LABEL.test(namespace)) continue;
    return `stern -n ${namespace} service/${service} -c istio-proxy`;
  }
  return `stern -A --field-selector status.podIP=${ip} -c istio-proxy`;
}
