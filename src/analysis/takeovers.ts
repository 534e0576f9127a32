/** Clusters that took the connections of services which have nothing in common: no service's address does that. */
import { hostNamespace } from '../domain/cluster-name.ts';
import { isSniRouted } from './gateways.ts';
import type { Span } from './leg-rows.ts';
import type { Facts, KnownAddress } from './legs.ts';
import { isKin, isNamed, type SpreadsKnown } from './spreads.ts';
import type { Touched } from './touched.ts';

/** Services that one cluster must have taken over; a single one may be routed to another by a VirtualService. */
const SERVICES_MIN = 2;

/** What one cluster did on one route: a proxy and a destination. */
interface Entry {
  readonly host: string;
  readonly writer: string;
  readonly ip: string;
  first: number;
  readonly upstreams: Map<string, KnownAddress>;
}

/** Learns who came after whom at each address. Entries only grow; what follows from them is judged anew. */
export class TakeoverBook {
  readonly #routes = new Map<string, Map<string, Entry>>();
  /** Routes on which a cluster is not alone. */
  readonly #shared = new Map<string, Set<string>>();
  readonly #proven = new Set<string>();
  readonly #changed = new Set<string>();
  /** Clusters that led a connection elsewhere which was answered, and those of them that are new. */
  readonly #answered = new Set<string>();
  readonly #newlyAnswered = new Set<string>();

  isAnswered(facts: Facts): boolean {
    return this.#answered.has(facts.portCluster);
  }

  isProven(facts: Facts): boolean {
    return this.#proven.has(facts.portCluster);
  }

  /** Notes connections with these facts, of which the first began then. */
  note(facts: Facts, { first }: Pick<Span, 'first'>): void {
    const { local, upstream } = facts;
    if (!facts.client || !isNamed(facts) || local === null || upstream === null) return;
    if (upstream.ip === local.ip || facts.service.port !== local.port || isSniRouted(facts)) return;
    if (!facts.failed && !this.#answered.has(facts.portCluster)) {
      this.#answered.add(facts.portCluster);
      this.#newlyAnswered.add(facts.portCluster);
    }
    const clusters = this.#routes.get(facts.route) ?? new Map<string, Entry>();
    this.#routes.set(facts.route, clusters);
    const entry = clusters.get(facts.portCluster);
    if (entry === undefined) {
      const { writer, service } = facts;
      const upstreams = new Map([[upstream.key, upstream]]);
      clusters.set(facts.portCluster, {
        host: service.host,
        writer,
        ip: local.ip,
        first,
        upstreams,
      });
    } else {
      entry.first = Math.min(entry.first, first);
      entry.upstreams.set(upstream.key, upstream);
    }
    if (clusters.size < 2) return;
    for (const key of clusters.keys()) {
      const routes = this.#shared.get(key);
      if (routes === undefined) this.#shared.set(key, new Set([facts.route]));
      else routes.add(facts.route);
      this.#changed.add(key);
    }
  }

  /** Judges anew the clusters whose routes changed. */
  settle(known: SpreadsKnown, touched: Touched): void {
    for (const key of this.#newlyAnswered) touched.portCluster(key);
    this.#newlyAnswered.clear();
    for (const key of this.#changed) {
      const proven = this.#isTaker(key, known);
      if (proven === this.#proven.has(key)) continue;
      if (proven) this.#proven.add(key);
      else this.#proven.delete(key);
      touched.portCluster(key);
    }
    this.#changed.clear();
  }

  #isTaker(key: string, known: SpreadsKnown): boolean {
    const [hosts, ips] = [new Set<string>(), new Set<string>()];
    for (const route of this.#shared.get(key) ?? []) {
      const clusters = this.#routes.get(route);
      const entry = clusters?.get(key);
      if (clusters === undefined || entry === undefined || isAtHome(entry, known)) continue;
      for (const before of clusters.values()) {
        if (before.first >= entry.first || !isStranger(entry.host, before.host)) continue;
        hosts.add(before.host);
        ips.add(entry.ip);
      }
    }
    return hosts.size >= SERVICES_MIN && ips.size >= SERVICES_MIN;
  }
}

/** A gateway's cluster, or one whose hosts say that they are of its service: connections were led there on purpose. */
function isAtHome({ host, writer, first, upstreams }: Entry, known: SpreadsKnown): boolean {
  if (known.gateways.has(host) || known.pods.writers.get(writer)?.gateway === true) return true;
  return [...upstreams.values()].some((address) => known.hostsAt(address, first).has(host));
}

/** Services of one namespace may well be routed to each other. */
export function isStranger(host: string, before: string): boolean {
  return host !== before && hostNamespace(before) !== null && !isKin(host, null, [before]);
}
