/** Reads the shapes of flows: whose they are, which way they go, between which addresses. */
import {
  type Address,
  formatAddress,
  isLoopback,
  parseAddress,
  parseTunnelTarget,
} from '../domain/address.ts';
import {
  BLACKHOLE,
  normalizeCluster,
  PASSTHROUGH,
  parseCluster,
  parseClusterSni,
  type ServiceCluster,
} from '../domain/cluster-name.ts';
import { type Direction, directionOf } from '../domain/direction.ts';
import type { Flow, Shape } from '../domain/ports.ts';
import type { Source } from '../domain/resources.ts';
import { isFailure } from '../domain/response-flags.ts';
import { workloadOf } from '../domain/workload.ts';

/** An address with its one spelling, `ip:port`: equal addresses of one reader are one object. */
export interface KnownAddress extends Address {
  readonly key: string;
}

/** What is known of one shape. Parts that many shapes share are one object. */
export interface Facts {
  readonly shape: Shape;
  /** Who wrote the line: `namespace/pod`, or `ip:` and the pod's own address when no envelope named the pod. */
  readonly writer: string;
  readonly source: Source;
  /** Direction from the line alone. */
  readonly said: Direction;
  /** Direction with what the pod's own addresses tell. */
  readonly direction: Direction;
  /** True for the client's side of a TCP connection: the only lines that say where traffic is routed. */
  readonly client: boolean;
  readonly local: KnownAddress | null;
  /** Null on loopback and unreadable addresses. */
  readonly remoteIp: string | null;
  /** Address that its own proxy called from, on outbound lines; null as above. */
  readonly dialIp: string | null;
  readonly upstream: KnownAddress | null;
  /** Spelled one way for all Istio versions; compare and group by this. */
  readonly cluster: string | null;
  readonly service: ServiceCluster | null;
  /** Service that a mutual-TLS client named. */
  readonly sni: ServiceCluster | null;
  readonly failed: boolean;
  /** Writer and destination: lines with the same one are of one route. Empty without a destination. */
  readonly route: string;
  /** Destination port and cluster, of outbound clusters with a host; else empty. */
  readonly portCluster: string;
  /** The same with the writer. */
  readonly group: string;
}

/** A flow with the facts of its shape. */
export interface Leg {
  readonly flow: Flow;
  readonly facts: Facts;
}

/** Orders legs by time, then by content: the same in every store and every order of arrival. */
export function compareLegs(a: Leg, b: Leg): number {
  return (
    a.flow.first - b.flow.first || a.flow.hour - b.flow.hour || compareShapes(a.flow.shape, b.flow.shape)
  );
}

/** Reads shapes, each text once: a mesh has few addresses, clusters and pods, in very many combinations. */
export function createShapeReader(): (shape: Shape) => Facts {
  const addresses = memoize(parse);
  const clusters = memoize(readCluster);
  const snis = memoize(parseClusterSni);
  const keys = memoize((text) => text);
  const nameOf = createNamer();
  return (shape) => {
    const local = addresses(shape.downstream_local_address);
    const said = directionOf({ upstream_cluster: shape.upstream_cluster, attributes: shape.attributes });
    const remoteIp = notLoopback(shape.downstream_remote_ip);
    const { pod, namespace } = shape.identity;
    const ownIp = said === 'inbound' ? (local?.ip ?? null) : remoteIp;
    const named = clusters(shape.upstream_cluster);
    const writer = nameOf(pod, namespace, ownIp);
    const service = named?.service ?? null;
    const isNamed = local !== null && service?.direction === 'outbound' && service.host !== null;
    const portCluster = isNamed ? (keys(`${local.port} ${named?.key}`) ?? '') : '';
    return {
      shape,
      writer: writer.key,
      source: writer.source,
      said,
      direction: said,
      client: !shape.http && said === 'outbound',
      local,
      remoteIp,
      dialIp: said === 'outbound' ? notLoopback(shape.upstream_local_ip) : null,
      upstream: addresses(shape.upstream_host),
      cluster: named?.key ?? null,
      service,
      sni: snis(shape.requested_server_name),
      failed: isFailure(shape.response_flags),
      route: local === null ? '' : (keys(`${writer.key} ${local.key}`) ?? ''),
      portCluster,
      group: isNamed ? (keys(`${writer.key} ${portCluster}`) ?? '') : '',
    };
  };
}

function notLoopback(ip: string | null): string | null {
  return ip === null || isLoopback(ip) ? null : ip;
}

interface WriterName {
  readonly key: string;
  readonly source: Source;
}

/** Names writers, each with one object. */
function createNamer(): (pod: string | null, namespace: string | null, ownIp: string | null) => WriterName {
  const known = new Map<string, WriterName>();
  return (pod, namespace, ownIp) => {
    const key = pod === null ? `ip:${ownIp ?? '?'}` : writerKey(namespace, pod);
    const found = known.get(key);
    if (found !== undefined) return found;
    const source =
      pod === null
        ? { pod: null, workload: null, namespace: null, ip: ownIp }
        : { pod, workload: workloadOf(pod), namespace, ip: null };
    known.set(key, { key, source });
    return { key, source };
  };
}

function memoize<T>(read: (text: string) => T): (text: string | null) => T | null {
  const known = new Map<string, T>();
  return (text) => {
    if (text === null) return null;
    const found = known.get(text);
    if (found !== undefined) return found;
    const value = read(text);
    known.set(text, value);
    return value;
  };
}

/** Key of a named pod, as in `Facts.writer`. */
export function writerKey(namespace: string | null, pod: string): string {
  return `${namespace ?? ''}/${pod}`;
}

/** Orders texts by their code units: the same everywhere, whatever the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** True for TCP lines to PassthroughCluster, whatever the spelling. */
export function isPassthrough(facts: Facts): boolean {
  return facts.cluster === PASSTHROUGH;
}

/** True for lines to BlackHoleCluster, whatever the spelling. */
export function isBlackhole(facts: Facts): boolean {
  return facts.cluster === BLACKHOLE;
}

function readCluster(name: string): { readonly key: string; readonly service: ServiceCluster | null } {
  const service = parseCluster(name);
  if (service === null) return { key: normalizeCluster(name), service };
  const { direction, port, subset, host } = service;
  return { key: `${direction}|${port}|${subset ?? ''}|${host ?? ''}`, service };
}

function parse(text: string): KnownAddress | null {
  const address = parseAddress(text) ?? parseTunnelTarget(text);
  return address === null ? null : { ip: address.ip, port: address.port, key: formatAddress(address) };
}

/** Orders shapes by content, part by part: ties of time are many in a busy mesh, and a text of the whole would be dear. */
function compareShapes(a: Shape, b: Shape): number {
  if (a.id === b.id) return 0;
  for (const part of PARTS) {
    const order = comparePart(part(a), part(b));
    if (order !== 0) return order;
  }
  return 0;
}

/** Everything but the id, those that differ most often first. */
const PARTS: ReadonlyArray<(shape: Shape) => string | null> = [
  (shape) => shape.identity.pod,
  (shape) => shape.downstream_local_address,
  (shape) => shape.upstream_host,
  (shape) => shape.downstream_remote_ip,
  (shape) => shape.upstream_cluster,
  (shape) => shape.requested_server_name,
  (shape) => shape.response_flags.join(),
  (shape) => shape.identity.namespace,
  ({ id: _, ...rest }) => JSON.stringify(rest, inOrder),
];

/** Keys of every depth in the order of the alphabet, however the object was made. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => compareText(a, b)));
}

/** Absent before anything. */
function comparePart(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return compareText(a, b);
}
