/** Which destinations share a cluster on one proxy and port: the mark of a listener that takes everything. */
import type { Address } from '../domain/address.ts';
import { hostNamespace } from '../domain/cluster-name.ts';
import { isSniRouted } from './gateways.ts';
import { type Facts, isPassthrough, type Leg } from './legs.ts';
import { isOneNetwork, networkOf } from './networks.ts';
import type { Pods } from './pods.ts';

interface Span {
  first: number;
  last: number;
  readonly upstreams: Set<string>;
}

type Group = ReadonlyMap<string, Span>;

export interface Spreads {
  /** True when the cluster took, on this port, a connection to a certain pod that it does not own. */
  isProven(facts: Facts): boolean;
  /** True when the cluster serves several addresses of one IP version at once, as no single service address does. */
  isWide(facts: Facts): boolean;
  /** True when the cluster's port is not the destination's, on some line of this proxy: a proxy, not a listener. */
  isProxy(facts: Facts): boolean;
  /** True when two destinations of this proxy and port share cluster and host, as only a capture or a range does. */
  isShared(facts: Facts): boolean;
  /** True when the cluster names unrelated pods, each reached at its own address. */
  isMixed(facts: Facts): boolean;
}

interface Known {
  readonly pods: Pods;
  readonly gateways: ReadonlySet<string>;
  /** Services that own an address, by the servers' own lines. */
  hostsAt(address: Address, time: number): ReadonlySet<string>;
}

/** Learns the spread of every cluster. */
export function learnSpreads(legs: readonly Leg[], known: Known): Spreads {
  const groups = new Map<string, Map<string, Span>>();
  const passthrough = new Map<string, Leg[]>();
  const proxies = new Set<string>();
  for (const leg of legs) {
    const { facts } = leg;
    if (!leg.facts.client || facts.local === null) continue;
    if (isPassthrough(facts)) push(passthrough, `${facts.writer} ${facts.local.port}`, leg);
    if (!isNamed(facts)) continue;
    if (facts.service.port !== facts.local.port) proxies.add(`${facts.writer} ${facts.cluster}`);
    widen(groups, leg, facts.local);
  }
  const isProxy = (facts: Facts): boolean => proxies.has(`${facts.writer} ${facts.cluster}`);
  const proven = new Set<string>();
  for (const leg of legs) {
    if (!isProxy(leg.facts) && isCaptureOfPod(leg, known)) proven.add(portKey(leg.facts));
  }
  const mixed = learnMixed(legs, known.pods);
  const podNetworks = new Set([...known.pods.ips].map(networkOf));
  const perGroup = (judge: (group: Group, facts: Facts) => boolean): ((facts: Facts) => boolean) => {
    const verdicts = new Map<string, boolean>();
    return (facts) => {
      const key = groupKey(facts);
      const verdict = verdicts.get(key) ?? judge(groups.get(key) ?? new Map(), facts);
      verdicts.set(key, verdict);
      return verdict;
    };
  };
  return {
    isProven: (facts) => proven.has(portKey(facts)),
    isWide: perGroup((group, facts) =>
      isWide(group, podNetworks, passthrough.get(`${facts.writer} ${facts.local?.port}`) ?? []),
    ),
    isProxy,
    isMixed: (facts) => mixed.has(portKey(facts)),
    isShared: perGroup((group, facts) =>
      isOwnRange(group, facts)
        ? false
        : isShared(group, podNetworks, passthrough.get(`${facts.writer} ${facts.local?.port}`) ?? []),
    ),
  };
}

/**
 * True for a connection that was dialled to a certain pod and sent to another address by a cluster of a service
 * that does not own the pod: by itself the proof of a catch-all listener.
 */
export function isCaptureOfPod(leg: Leg, known: Known): boolean {
  const { facts, flow } = leg;
  const { local, upstream } = facts;
  if (!leg.facts.client || local === null || upstream === null || !isNamed(facts)) return false;
  if (upstream.ip === local.ip || facts.service.port !== local.port) return false;
  if (isGatewayRouted(facts, flow.first, known)) return false;
  const claim = known.pods.claimAt(local.ip, flow.first);
  if (claim === null) return false;
  const owners = known.hostsAt(local, flow.first);
  if (owners.has(facts.service.host)) return false;
  const holder = known.pods.claimAt(upstream.ip, flow.first)?.writer.source.workload ?? null;
  const sameWorkload = holder !== null && holder === claim.writer.source.workload;
  // A service that spreads the pods of one workload among themselves is theirs, unless another one is known to be.
  return !(
    sameWorkload &&
    (owners.size === 0 || isKin(facts.service.host, claim.writer.source.namespace, owners))
  );
}

/** True for lines that a gateway wrote, lines sent to a gateway, and lines routed by their own SNI. */
export function isGatewayRouted(
  facts: Facts,
  time: number,
  known: Pick<Known, 'pods' | 'gateways'>,
): boolean {
  if (known.pods.writers.get(facts.writer)?.gateway === true) return true;
  if (facts.service?.host != null && known.gateways.has(facts.service.host)) return true;
  if (facts.upstream !== null && known.pods.claimAt(facts.upstream.ip, time)?.writer.gateway === true)
    return true;
  return isSniRouted(facts);
}

/** True when a service lives in the namespace of the pod or of the pod's services: it may well own the pod too. */
export function isKin(host: string, namespace: string | null, owners: Iterable<string>): boolean {
  const own = hostNamespace(host);
  if (own === null) return false;
  return own === namespace || [...owners].some((owner) => hostNamespace(owner) === own);
}

/** True for a line whose cluster is an outbound cluster with a host. */
export function isNamed(
  facts: Facts,
): facts is Facts & { readonly service: { readonly host: string; readonly port: number } } {
  return facts.service?.direction === 'outbound' && facts.service.host !== null;
}

function widen(groups: Map<string, Map<string, Span>>, leg: Leg, local: Address): void {
  const { facts, flow } = leg;
  const group = groups.get(groupKey(facts)) ?? new Map<string, Span>();
  const span = group.get(local.ip) ?? { first: flow.first, last: flow.last, upstreams: new Set<string>() };
  span.first = Math.min(span.first, flow.first);
  span.last = Math.max(span.last, flow.last);
  if (facts.upstream !== null) span.upstreams.add(facts.upstream.ip);
  group.set(local.ip, span);
  groups.set(groupKey(facts), group);
}

function isWide(group: Group, podNetworks: ReadonlySet<string>, passthrough: readonly Leg[]): boolean {
  if (group.size < 2) return false;
  const spans = [...group].sort(([, a], [, b]) => a.first - b.first || a.last - b.last);
  // Addresses of pods, and addresses that had no listener of their own before, are no addresses of one service.
  const passed = new Set(passthrough.map((leg) => leg.facts.local?.ip));
  const foreign = spans.filter(([ip]) => podNetworks.has(networkOf(ip)) || passed.has(ip));
  if (foreign.length > 1) return true;
  const reached = new Map<boolean, number>();
  for (const [ip, span] of spans) {
    const family = ip.includes(':');
    const before = reached.get(family);
    if (before !== undefined && span.first <= before) return true;
    reached.set(family, Math.max(before ?? span.last, span.last));
  }
  return false;
}

/**
 * Two destinations with one host behind them. A range that a ServiceEntry lists looks the same, so one network of
 * strangers does not count, nor does a group beside which the same proxy lets other destinations of the port pass.
 */
function isShared(group: Group, podNetworks: ReadonlySet<string>, passthrough: readonly Leg[]): boolean {
  const common = sharingHosts(group);
  if (common.length < 2) return false;
  if (!common.some((ip) => podNetworks.has(networkOf(ip))) && isOneNetwork(common)) return false;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const span of group.values()) {
    first = Math.min(first, span.first);
    last = Math.max(last, span.last);
  }
  return !passthrough.some(
    ({ flow, facts }) =>
      facts.local !== null && !group.has(facts.local.ip) && flow.first < last && flow.last > first,
  );
}

/** A ServiceEntry whose listed addresses and endpoints lie side by side: they share hosts by design. */
function isOwnRange(group: Group, facts: Facts): boolean {
  if (facts.service?.host == null || hostNamespace(facts.service.host) !== null) return false;
  return isOneNetwork([...group].flatMap(([ip, span]) => [ip, ...span.upstreams]));
}

/** Destinations of the group that share a host with another one of their IP version. */
function sharingHosts(group: Group): string[] {
  const byHost = new Map<string, string[]>();
  for (const [ip, span] of group) {
    for (const host of span.upstreams) push(byHost, `${ip.includes(':')} ${host}`, ip);
  }
  return [...new Set([...byHost.values()].filter((ips) => ips.length > 1).flat())];
}

interface Members {
  readonly host: string;
  /** Workloads of certain pods. */
  readonly workloads: Set<string>;
  readonly namespaces: Set<string>;
  /** Networks of the other addresses. */
  readonly strangers: Set<string>;
}

/**
 * Clusters that reach each destination at its own address, among them pods of several workloads, or pods and
 * addresses far from any pod. A Kubernetes service may select several workloads, but only of its own namespace.
 */
function learnMixed(legs: readonly Leg[], pods: Pods): ReadonlySet<string> {
  const members = new Map<string, Members>();
  for (const { facts, flow } of legs) {
    const { local, upstream } = facts;
    if (!facts.client || local === null || upstream?.ip !== local.ip || !isNamed(facts)) continue;
    if (pods.isMoving(local.ip, flow.first)) continue;
    const member = members.get(portKey(facts)) ?? newMembers(facts.service.host);
    const source = pods.claimAt(local.ip, flow.first)?.writer.source;
    if (source === undefined) member.strangers.add(networkOf(local.ip));
    else if (source.workload !== null) member.workloads.add(source.workload);
    if (source?.namespace != null) member.namespaces.add(source.namespace);
    members.set(portKey(facts), member);
  }
  const podNetworks = new Set([...pods.ips].map(networkOf));
  const mixed = [...members].filter(([, member]) => isMixture(member, podNetworks));
  return new Set(mixed.map(([key]) => key));
}

function newMembers(host: string): Members {
  return { host, workloads: new Set(), namespaces: new Set(), strangers: new Set() };
}

function isMixture(member: Members, podNetworks: ReadonlySet<string>): boolean {
  if (hostNamespace(member.host) !== null) return member.namespaces.size > 1;
  if (member.workloads.size > 1) return true;
  return member.workloads.size === 1 && [...member.strangers].some((network) => !podNetworks.has(network));
}

function groupKey(facts: Facts): string {
  return `${facts.writer} ${facts.local?.port} ${facts.cluster}`;
}

function portKey(facts: Facts): string {
  return `${facts.local?.port} ${facts.cluster}`;
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
