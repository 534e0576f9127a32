/** Which destinations share a cluster on one proxy and port: the mark of a listener that takes everything. */
import { hostNamespace } from '../domain/cluster-name.ts';
import { isSniRouted } from './gateways.ts';
import type { Span as Bounds } from './leg-rows.ts';
import { type Facts, isPassthrough, type KnownAddress, type Leg } from './legs.ts';
import type { LivingLeg, LivingShape } from './living-shape.ts';
import { isOneNetwork, type Networks, networkOf } from './networks.ts';
import type { Pods } from './pods.ts';
import type { Touched } from './touched.ts';

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
  /** True when no connection that the cluster led elsewhere on this port was ever answered. */
  isSilent(facts: Facts): boolean;
}

/** What judging a connection to a pod rests on. */
export interface SpreadsKnown {
  readonly pods: Pods;
  readonly gateways: ReadonlySet<string>;
  /** Services that own an address, by the servers' own lines. */
  hostsAt(address: KnownAddress, time: number): ReadonlySet<string>;
}

/** One cluster on one port of one proxy. */
interface Spread {
  readonly facts: Facts;
  readonly spans: Map<string, Span>;
  readonly proxy: { isProxy: boolean };
  isWide: boolean;
  isShared: boolean;
}

/** One proxy and port: what passes without a cluster, and the clusters beside it. */
interface ProxyPort {
  readonly passed: Set<LivingShape>;
  readonly spreads: Spread[];
}

const NONE_PASSED: ReadonlySet<LivingShape> = new Set();

/** Learns the spread of every cluster. It only grows. */
export class SpreadBook {
  readonly #spreads = new Map<string, Spread>();
  readonly #ports = new Map<string, ProxyPort>();
  readonly #proxies = new Map<string, { isProxy: boolean; readonly spreads: Spread[] }>();
  readonly #grown = new Set<Spread>();

  isWide(facts: Facts): boolean {
    return this.#spreads.get(facts.group)?.isWide ?? false;
  }

  isShared(facts: Facts): boolean {
    return this.#spreads.get(facts.group)?.isShared ?? false;
  }

  isProxy(facts: Facts): boolean {
    return this.#spreads.get(facts.group)?.proxy.isProxy ?? false;
  }

  note(leg: LivingLeg, touched: Touched): void {
    this.noteShape(leg.of, leg, touched);
  }

  /** Notes connections of a shape that began within some time. */
  noteShape(shape: LivingShape, bounds: Pick<Bounds, 'first' | 'last'>, touched: Touched): void {
    const { facts } = shape;
    if (!facts.client || facts.local === null) return;
    if (isPassthrough(facts)) {
      const port = this.#portOf(facts, facts.local.port);
      port.passed.add(shape);
      for (const spread of port.spreads) this.#grown.add(spread);
    }
    if (!isNamed(facts)) return;
    const spread = this.#spreads.get(facts.group) ?? this.#newSpread(facts, facts.local.port);
    widen(spread.spans, facts, bounds, facts.local.ip);
    this.#grown.add(spread);
    if (facts.service.port === facts.local.port || spread.proxy.isProxy) return;
    spread.proxy.isProxy = true;
    for (const one of this.#proxies.get(`${facts.writer} ${facts.cluster}`)?.spreads ?? []) {
      touched.group(one.facts.group);
    }
  }

  /** Judges anew what has grown. */
  settle(touched: Touched, podNetworks: Pick<Networks, 'has'>): void {
    for (const spread of this.#grown) {
      const { facts, spans } = spread;
      if (spans.size < 2) continue;
      const passed = this.#ports.get(proxyPort(facts))?.passed ?? NONE_PASSED;
      const wide = isWide(spans, podNetworks, passed);
      const shared = isOwnRange(spans, facts) ? false : isShared(spread, podNetworks, passed);
      if (wide === spread.isWide && shared === spread.isShared) continue;
      spread.isWide = wide;
      spread.isShared = shared;
      touched.group(facts.group);
    }
    this.#grown.clear();
  }

  #newSpread(facts: Facts, port: number): Spread {
    const key = `${facts.writer} ${facts.cluster}`;
    const proxy = this.#proxies.get(key) ?? { isProxy: false, spreads: [] };
    this.#proxies.set(key, proxy);
    const spread: Spread = { facts, spans: new Map(), proxy, isWide: false, isShared: false };
    proxy.spreads.push(spread);
    this.#spreads.set(facts.group, spread);
    this.#portOf(facts, port).spreads.push(spread);
    return spread;
  }

  #portOf(facts: Facts, port: number): ProxyPort {
    const key = `${facts.writer} ${port}`;
    const known = this.#ports.get(key);
    if (known !== undefined) return known;
    const fresh: ProxyPort = { passed: new Set(), spreads: [] };
    this.#ports.set(key, fresh);
    return fresh;
  }
}

function proxyPort({ writer, local }: Facts): string {
  return `${writer} ${local?.port}`;
}

/**
 * True for a connection that was dialled to a certain pod and sent to another address by a cluster of a service
 * that does not own the pod: by itself the proof of a catch-all listener.
 */
export function isCaptureOfPod(leg: Leg, known: SpreadsKnown): boolean {
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
  known: Pick<SpreadsKnown, 'pods' | 'gateways'>,
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

function widen(
  spans: Map<string, Span>,
  facts: Facts,
  { first, last }: Pick<Bounds, 'first' | 'last'>,
  ip: string,
): void {
  const span = spans.get(ip) ?? { first, last, upstreams: new Set<string>() };
  span.first = Math.min(span.first, first);
  span.last = Math.max(span.last, last);
  if (facts.upstream !== null) span.upstreams.add(facts.upstream.ip);
  spans.set(ip, span);
}

function isWide(
  group: Group,
  podNetworks: Pick<Networks, 'has'>,
  passthrough: ReadonlySet<LivingShape>,
): boolean {
  if (group.size < 2) return false;
  const spans = [...group].sort(([, a], [, b]) => a.first - b.first || a.last - b.last);
  // Addresses of pods, and addresses that had no listener of their own before, are no addresses of one service.
  const passed = ipsOf(passthrough);
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
function isShared(
  { spans: group, facts }: Spread,
  podNetworks: Pick<Networks, 'has'>,
  passthrough: ReadonlySet<LivingShape>,
): boolean {
  const common = sharingHosts(group);
  if (common.length < 2) return false;
  const isStrangers = !common.some((ip) => podNetworks.has(networkOf(ip))) && isOneNetwork(common);
  if (isStrangers && !isTakenByService(common, facts, passthrough)) return false;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const span of group.values()) {
    first = Math.min(first, span.first);
    last = Math.max(last, span.last);
  }
  for (const shape of passthrough) {
    const { local } = shape.facts;
    if (local === null || group.has(local.ip)) continue;
    if (shape.legs.some((leg) => leg.first < last && leg.last > first)) return false;
  }
  return true;
}

function ipsOf(shapes: ReadonlySet<LivingShape>): Set<string | undefined> {
  return new Set([...shapes].map(({ facts }) => facts.local?.ip));
}

/** No Kubernetes service has a range of addresses: it took those that passed before. */
function isTakenByService(
  ips: readonly string[],
  facts: Facts,
  passthrough: ReadonlySet<LivingShape>,
): boolean {
  if (facts.service?.host == null || hostNamespace(facts.service.host) === null) return false;
  const passed = ipsOf(passthrough);
  return ips.filter((ip) => passed.has(ip)).length > 1;
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

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
