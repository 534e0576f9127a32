/** Who answers at an address: pods, service addresses, and the services that own them, as far as lines tell. */
import { type Address, formatAddress, isAutoAllocated } from '../domain/address.ts';
import { hostNamespace } from '../domain/cluster-name.ts';
import { gatewayHosts } from './gateways.ts';
import { compareText, type Leg } from './legs.ts';
import { networkOf } from './networks.ts';
import { EVIDENCE_MS, learnPods, type Pods, refineLegs } from './pods.ts';
import { learnSpreads, type Spreads } from './spreads.ts';

/** How the lines tell that a service owns an address, best first. */
export const OWNER_EVIDENCE = ['inbound_cluster', 'sni', 'service_address', 'endpoint'] as const;
export type OwnerEvidence = (typeof OWNER_EVIDENCE)[number];

/** A service that owns an address, in the time in which lines show it. */
export interface Owner {
  readonly host: string;
  /** Port of the service. */
  readonly port: number;
  readonly evidence: OwnerEvidence;
  /** Start times, ms since the epoch. */
  readonly first: number;
  readonly last: number;
}

export interface Ownership {
  readonly pods: Pods;
  readonly legs: readonly Leg[];
  readonly spreads: Spreads;
  /** Hosts of services that are gateways. */
  readonly gateways: ReadonlySet<string>;
  /** True for the address of a service: one destination with many hosts behind it, and never a pod's. */
  isVip(ip: string): boolean;
  /** True for an address in a network where pods live, that is neither a known pod's nor a service's. */
  isPodLike(ip: string): boolean;
  /** True for an address in a network of service addresses where no pod lives. */
  isServiceLike(ip: string): boolean;
  /** Services that own an address at a time, best evidence first. */
  ownersAt(address: Address, time: number): readonly Owner[];
  /** Everything ever known of the owners of an address. */
  owners(address: Address): readonly Owner[];
  /** The addresses of an ip that have known owners. */
  addressesOf(ip: string): readonly Address[];
  /** Namespace of a pod: from its envelope, else the one that its services are in; null when neither tells. */
  namespaceOf(writer: string): string | null;
}

/** Learns everything about addresses from all lines, whatever their order. */
export function learnOwnership(raw: readonly Leg[]): Ownership {
  const pods = learnPods(raw);
  const legs = refineLegs(raw, pods);
  const book = new OwnerBook();
  noteServers(legs, book);
  const gateways = gatewayHosts(legs, pods);
  const spreads = learnSpreads(legs, { pods, gateways, hostsAt: (a, t) => book.hostsAt(a, t) });
  const vips = learnVips(legs, pods, spreads);
  noteClients(legs, { book, vips, spreads, pods });
  const podNetworks = new Set([...pods.ips].map(networkOf));
  const serviceNetworks = new Set([...vips].map(networkOf));
  return {
    pods,
    legs,
    spreads,
    gateways,
    isVip: (ip) => vips.has(ip) || isAutoAllocated(ip),
    isPodLike: (ip) =>
      !pods.ips.has(ip) && !vips.has(ip) && !isAutoAllocated(ip) && podNetworks.has(networkOf(ip)),
    isServiceLike: (ip) => serviceNetworks.has(networkOf(ip)) && !podNetworks.has(networkOf(ip)),
    ownersAt: (address, time) => book.at(address, time, pods),
    owners: (address) => book.all(address),
    addressesOf: (ip) => book.addressesOf(ip),
    namespaceOf: namespaces(legs, pods),
  };
}

/** The owners of every address, each host with its span of evidence. */
class OwnerBook {
  readonly #book = new Map<string, Map<string, Owner & { writer: string | null }>>();
  readonly #ports = new Map<string, Set<number>>();

  note(address: Address, owner: Owner, writer: string | null): void {
    const key = formatAddress(address);
    const known = this.#book.get(key) ?? new Map<string, Owner & { writer: string | null }>();
    const id = `${owner.evidence} ${owner.host} ${writer ?? ''}`;
    const before = known.get(id);
    known.set(id, {
      ...owner,
      writer,
      first: Math.min(before?.first ?? owner.first, owner.first),
      last: Math.max(before?.last ?? owner.last, owner.last),
    });
    this.#book.set(key, known);
    this.#ports.set(address.ip, (this.#ports.get(address.ip) ?? new Set<number>()).add(address.port));
  }

  hostsAt(address: Address, time: number): ReadonlySet<string> {
    return new Set(this.#near(address, time).map((owner) => owner.host));
  }

  /** What a server said of itself counts only while its pod has the address. */
  at(address: Address, time: number, pods: Pods): readonly Owner[] {
    const holder = pods.claimAt(address.ip, time)?.writer.key ?? null;
    const owners = this.#near(address, time).filter(
      (owner) => owner.writer === null || holder === null || owner.writer === holder,
    );
    return sortOwners(owners);
  }

  all(address: Address): readonly Owner[] {
    return sortOwners([...(this.#book.get(formatAddress(address))?.values() ?? [])]);
  }

  addressesOf(ip: string): readonly Address[] {
    const ports = [...(this.#ports.get(ip) ?? [])].sort((a, b) => a - b);
    return ports.map((port) => ({ ip, port }));
  }

  #near(address: Address, time: number): Array<Owner & { writer: string | null }> {
    const known = this.#book.get(formatAddress(address));
    if (known === undefined) return [];
    return [...known.values()].filter(
      (owner) => owner.first - EVIDENCE_MS <= time && time <= owner.last + EVIDENCE_MS,
    );
  }
}

function sortOwners(owners: ReadonlyArray<Owner & { writer: string | null }>): readonly Owner[] {
  const rank = (owner: Owner): number => OWNER_EVIDENCE.indexOf(owner.evidence);
  return [...owners]
    .sort((a, b) => rank(a) - rank(b) || compareText(a.host, b.host) || a.first - b.first)
    .map(({ writer: _, ...owner }) => owner);
}

/** What servers say of themselves: the host in the inbound cluster up to Istio 1.7, the name in the SNI since. */
function noteServers(legs: readonly Leg[], book: OwnerBook): void {
  for (const { flow, facts } of legs) {
    if (facts.direction !== 'inbound' || facts.local === null) continue;
    const span = { first: flow.first, last: flow.last };
    const named = facts.service;
    if (named?.host != null) {
      book.note(
        facts.local,
        { host: named.host, port: named.port, evidence: 'inbound_cluster', ...span },
        facts.writer,
      );
    }
    if (facts.sni?.host != null) {
      const { host, port } = facts.sni;
      book.note(facts.local, { host, port, evidence: 'sni', ...span }, facts.writer);
    }
  }
}

/** What clients tell about servers: only through service addresses, else a catch-all would make itself an owner. */
function noteClients(
  legs: readonly Leg[],
  known: { book: OwnerBook; vips: ReadonlySet<string>; spreads: Spreads; pods: Pods },
): void {
  for (const { flow, facts } of legs) {
    const { local, upstream, service } = facts;
    if (!facts.client || local === null || service?.host == null) continue;
    if (!known.vips.has(local.ip) && !isAutoAllocated(local.ip)) continue;
    if (service.direction !== 'outbound' || known.spreads.isProven(facts)) continue;
    const owner = { host: service.host, port: service.port, first: flow.first, last: flow.last };
    if (service.port === local.port) known.book.note(local, { ...owner, evidence: 'service_address' }, null);
    if (upstream !== null && upstream.ip !== local.ip) {
      known.book.note(upstream, { ...owner, evidence: 'endpoint' }, null);
    }
  }
}

interface Candidate {
  readonly upstreams: Set<string>;
  pod: boolean;
}

/**
 * A service's address is one destination with several hosts behind it, or with a pod behind it that has another
 * address. A catch-all is many destinations with one cluster behind them, so its clusters prove nothing here.
 */
function learnVips(legs: readonly Leg[], pods: Pods, spreads: Spreads): ReadonlySet<string> {
  const candidates = new Map<string, Candidate>();
  const podNetworks = new Set([...pods.ips].map(networkOf));
  for (const { facts } of legs) {
    const { local, upstream, service } = facts;
    if (!facts.client || local === null || upstream === null || service?.host == null) continue;
    if (pods.ips.has(local.ip) || upstream.ip === local.ip) continue;
    if (pods.writers.get(facts.writer)?.gateway === true) continue;
    if (service.port !== local.port || spreads.isProven(facts) || spreads.isWide(facts)) continue;
    const key = `${local.ip} ${local.port} ${facts.cluster}`;
    const candidate = candidates.get(key) ?? { upstreams: new Set<string>(), pod: false };
    candidate.upstreams.add(upstream.ip);
    const alike = podNetworks.has(networkOf(upstream.ip)) && !podNetworks.has(networkOf(local.ip));
    if (pods.ips.has(upstream.ip) || alike) candidate.pod = true;
    candidates.set(key, candidate);
  }
  const vips = new Set<string>();
  for (const [key, candidate] of candidates) {
    if (candidate.pod || candidate.upstreams.size > 1) vips.add(key.slice(0, key.indexOf(' ')));
  }
  return vips;
}

function namespaces(legs: readonly Leg[], pods: Pods): (writer: string) => string | null {
  const seen = new Map<string, Set<string>>();
  for (const { facts } of legs) {
    const host = facts.direction === 'inbound' ? (facts.service?.host ?? facts.sni?.host ?? null) : null;
    const namespace = host === null ? null : hostNamespace(host);
    if (namespace === null) continue;
    const set = seen.get(facts.writer) ?? new Set<string>();
    set.add(namespace);
    seen.set(facts.writer, set);
  }
  return (writer) => {
    const said = pods.writers.get(writer)?.source.namespace ?? null;
    const inferred = seen.get(writer);
    return said ?? (inferred?.size === 1 ? ([...inferred][0] ?? null) : null);
  };
}
