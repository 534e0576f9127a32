/** What single connections prove of a cluster: that it takes what is not its own, or names what does not belong together. */
import { hostNamespace } from '../domain/cluster-name.ts';
import type { Source } from '../domain/resources.ts';
import { MARK } from './leg-numbers.ts';
import type { Facts } from './legs.ts';
import type { LivingLeg, LivingShape } from './living-shape.ts';
import { type Networks, networkOf } from './networks.ts';
import type { Pods } from './pods.ts';
import { isCaptureOfPod, isNamed, type SpreadBook, type SpreadsKnown } from './spreads.ts';
import type { Touched } from './touched.ts';

/** One cluster on one port, of all proxies. */
interface PortCluster {
  readonly host: string;
  /** Connections to certain pods that it took and does not own. */
  proofs: number;
  /** Workloads and namespaces of the certain pods that it reaches at their own addresses, with how many legs show each. */
  readonly workloads: Map<string, number>;
  readonly namespaces: Map<string, number>;
  /** Networks of the other addresses that it reaches so. */
  readonly strangers: Map<string, number>;
  isMixed: boolean;
}

/** The pod or the network that a leg makes a member of its cluster. */
type Member = Source | string;

/** Legs of one shape: their number is below it. */
const PLACES_MAX = 2 ** 22;

/** Learns the proofs, leg by leg; each can be taken back. */
export class ProofBook {
  readonly #clusters = new Map<string, PortCluster>();
  /** What legs are counted as, by shape and place. */
  readonly #members = new Map<number, Member>();
  readonly #changed = new Set<string>();

  isProven(facts: Facts): boolean {
    return (this.#clusters.get(facts.portCluster)?.proofs ?? 0) > 0;
  }

  isMixed(facts: Facts): boolean {
    return this.#clusters.get(facts.portCluster)?.isMixed ?? false;
  }

  /** All legs of a shape, for the first time; `isSteady`: all of them tell the same. */
  noteShape(
    shape: LivingShape,
    isSteady: () => boolean,
    known: SpreadsKnown,
    spreads: SpreadBook,
    touched: Touched,
  ): void {
    const { facts, length } = shape;
    const { local, upstream } = facts;
    if (!facts.client || !isNamed(facts) || local === null || upstream === null) return;
    if (upstream.ip === local.ip || (known.pods.claims(local.ip).length > 0 && !isSteady())) {
      shape.each((leg) => this.note(leg, known, spreads, touched));
      return;
    }
    const cluster = this.#clusterOf(facts.portCluster, facts.service.host);
    if (spreads.isProxy(facts) || !isCaptureOfPod(shape.leg(0), known)) return;
    shape.markAll(MARK.proven);
    cluster.proofs += length;
  }

  note(leg: LivingLeg, known: SpreadsKnown, spreads: SpreadBook, touched: Touched): void {
    const { facts } = leg;
    if (!facts.client || !isNamed(facts) || facts.local === null || facts.upstream === null) return;
    const cluster = this.#clusterOf(facts.portCluster, facts.service.host);
    if (facts.upstream.ip === facts.local.ip) {
      this.#noteMember(leg, cluster, memberOf(leg, known.pods));
      return;
    }
    const proves = !spreads.isProxy(facts) && isCaptureOfPod(leg, known);
    if (!leg.mark(MARK.proven, proves)) return;
    const before = cluster.proofs;
    cluster.proofs += proves ? 1 : -1;
    if (before > 0 !== cluster.proofs > 0) touched.portCluster(facts.portCluster);
  }

  /** Judges anew the clusters whose members changed. */
  settle(touched: Touched, podNetworks: Pick<Networks, 'has'>): void {
    for (const key of this.#changed) {
      const cluster = this.#clusters.get(key);
      if (cluster === undefined) continue;
      const mixed = isMixture(cluster, podNetworks);
      if (mixed === cluster.isMixed) continue;
      cluster.isMixed = mixed;
      touched.portCluster(key);
    }
    this.#changed.clear();
  }

  #noteMember(leg: LivingLeg, cluster: PortCluster, member: Member | null): void {
    const key = leg.of.index * PLACES_MAX + leg.place;
    const before = this.#members.get(key) ?? null;
    if (before === member) return;
    const isNew = count(cluster, before, -1);
    const isGone = count(cluster, member, 1);
    if (member === null) this.#members.delete(key);
    else this.#members.set(key, member);
    if (isNew || isGone) this.#changed.add(leg.facts.portCluster);
  }

  #clusterOf(key: string, host: string): PortCluster {
    const known = this.#clusters.get(key);
    if (known !== undefined) return known;
    const cluster: PortCluster = {
      host,
      proofs: 0,
      workloads: new Map(),
      namespaces: new Map(),
      strangers: new Map(),
      isMixed: false,
    };
    this.#clusters.set(key, cluster);
    return cluster;
  }
}

/** The pod at the destination, else the network of its address; null while it goes from one pod to another. */
function memberOf({ facts, flow }: LivingLeg, pods: Pods): Member | null {
  if (facts.local === null || pods.isMoving(facts.local.ip, flow.first)) return null;
  return pods.claimAt(facts.local.ip, flow.first)?.writer.source ?? networkOf(facts.local.ip);
}

/** Counts a member in or out. True when a set has one value more or less by that. */
function count(cluster: PortCluster, member: Member | null, by: 1 | -1): boolean {
  if (member === null) return false;
  if (typeof member === 'string') return add(cluster.strangers, member, by);
  const { workload, namespace } = member;
  const isOther = workload !== null && add(cluster.workloads, workload, by);
  return (namespace !== null && add(cluster.namespaces, namespace, by)) || isOther;
}

function add(counts: Map<string, number>, key: string, by: 1 | -1): boolean {
  const before = counts.get(key) ?? 0;
  const after = before + by;
  if (after > 0) counts.set(key, after);
  else counts.delete(key);
  return before > 0 !== after > 0;
}

/**
 * Pods of several workloads, or pods and addresses far from any pod. A Kubernetes service may select several
 * workloads, but only of its own namespace.
 */
function isMixture(cluster: PortCluster, podNetworks: Pick<Networks, 'has'>): boolean {
  const { host, workloads, namespaces, strangers } = cluster;
  if (hostNamespace(host) !== null) return namespaces.size > 1;
  if (workloads.size > 1) return true;
  return workloads.size === 1 && [...strangers.keys()].some((network) => !podNetworks.has(network));
}
