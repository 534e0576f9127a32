/** Reads the shapes of flows: whose they are, which way they go, between which addresses. */
import { type Address, isLoopback, parseAddress, parseTunnelTarget } from '../domain/address.ts';
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

/** What one shape says by itself. */
export interface Facts {
  readonly shape: Shape;
  /** The shape's content as text: equal shapes have equal keys in every store and every order of arrival. */
  readonly key: string;
  /** Who wrote the line: `namespace/pod`, or `ip:` and the pod's own address when no envelope named the pod. */
  readonly writer: string;
  readonly source: Source;
  /** Direction from the line alone. */
  readonly said: Direction;
  readonly local: Address | null;
  /** Null on loopback and unreadable addresses. */
  readonly remoteIp: string | null;
  readonly upstream: Address | null;
  /** Spelled one way for all Istio versions; compare and group by this. */
  readonly cluster: string | null;
  readonly service: ServiceCluster | null;
  /** Service that a mutual-TLS client named. */
  readonly sni: ServiceCluster | null;
  readonly failed: boolean;
}

/** A flow with its facts. */
export interface RawLeg {
  readonly flow: Flow;
  readonly facts: Facts;
}

/** A flow with its facts and with the direction that the pod's own addresses tell. */
export interface Leg extends RawLeg {
  readonly direction: Direction;
  /** True for the client's side of a TCP connection: the only lines that say where traffic is routed. */
  readonly client: boolean;
}

/** Reads all flows, in an order that depends on their content alone. */
export function readFlows(flows: readonly Flow[]): RawLeg[] {
  const facts = new Map<number, Facts>();
  const legs = flows.map((flow) => {
    let found = facts.get(flow.shape.id);
    if (found === undefined) {
      found = readShape(flow.shape);
      facts.set(flow.shape.id, found);
    }
    return { flow, facts: found };
  });
  return legs.sort(
    (a, b) =>
      a.flow.first - b.flow.first || compareText(a.facts.key, b.facts.key) || a.flow.hour - b.flow.hour,
  );
}

/** Reads one shape. */
export function readShape(shape: Shape): Facts {
  const local = parse(shape.downstream_local_address);
  const said = directionOf({ upstream_cluster: shape.upstream_cluster, attributes: shape.attributes });
  const remote = shape.downstream_remote_ip;
  const remoteIp = remote === null || isLoopback(remote) ? null : remote;
  const service = shape.upstream_cluster === null ? null : parseCluster(shape.upstream_cluster);
  const { pod, namespace } = shape.identity;
  const ownIp = said === 'inbound' ? (local?.ip ?? null) : remoteIp;
  return {
    shape,
    key: shapeKey(shape),
    writer: pod === null ? `ip:${ownIp ?? '?'}` : writerKey(namespace, pod),
    source: { pod, workload: pod === null ? null : workloadOf(pod), namespace },
    said,
    local,
    remoteIp,
    upstream: parse(shape.upstream_host),
    cluster: clusterKey(shape.upstream_cluster, service),
    service,
    sni: shape.requested_server_name === null ? null : parseClusterSni(shape.requested_server_name),
    failed: isFailure(shape.response_flags),
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

function clusterKey(name: string | null, service: ServiceCluster | null): string | null {
  if (name === null) return null;
  if (service === null) return normalizeCluster(name);
  return `${service.direction}|${service.port}|${service.subset ?? ''}|${service.host ?? ''}`;
}

function parse(text: string | null): Address | null {
  return text === null ? null : (parseAddress(text) ?? parseTunnelTarget(text));
}

function shapeKey(shape: Shape): string {
  const { id: _, identity, ...content } = shape;
  return JSON.stringify([identity.namespace, identity.pod, identity.container, identity.node, content]);
}
