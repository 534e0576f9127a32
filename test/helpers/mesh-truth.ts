/**
 * What is true of a simulated mesh, to hold answers against: its lines as they were written, read without the product's own
 * parser, and what only the simulator knows of them.
 */

import type { ChangeName } from '../../bench/simulator/changes.ts';
import type { Role } from '../../bench/simulator/model.ts';
import type { GivenOptions } from '../../bench/simulator/options.ts';
import { lineName, type ReadLine, readBack } from '../../bench/simulator/read-back.ts';
import { simulate } from '../../bench/simulator/simulate.ts';
import type { Mark, TruePairKind, Truth } from '../../bench/simulator/truth.ts';
import { buildWorld } from '../../bench/simulator/world.ts';
import type { Connection, State } from '../../src/domain/resources.ts';

export interface TrueLine extends ReadLine {
  readonly id: number;
  /** As `lineName` has it: what an answer can be told by. */
  readonly name: string;
  readonly namespace: string;
  readonly workload: string;
  readonly node: string;
  /** True for the line of a gateway, which goes by the name that was asked for: one address leads to several places. */
  readonly isGateway: boolean;
  /** Which end of a connection it is. A gateway's line is about two connections; it is told as the client's end of the second. */
  readonly side: 'outbound' | 'inbound';
  /**
   * What is to be said of it. What is blocked on either side of a proxy has one
   * name: its end is known by an address of the pod that other lines of it show, and else it is not.
   */
  readonly direction: 'outbound' | 'inbound' | 'unknown';
  /** Null where the simulator leaves open what is to be said: lines that are no client's of TCP have none. */
  readonly state: State | 'none' | null;
  /** A change of the scenario that this line shows, and which side of it. */
  readonly change: string | null;
  readonly phase: 'old' | 'new' | 'restored' | null;
}

export interface TruePairOfLines {
  readonly kind: TruePairKind;
  readonly outbound: TrueLine;
  readonly inbound: TrueLine;
}

export interface MeshTruth {
  /** What a reader gets. */
  readonly text: string;
  /** Each line once, though it was delivered again. */
  readonly lines: readonly TrueLine[];
  readonly pairs: readonly TruePairOfLines[];
  readonly truth: Truth;
}

/** Simulates it. Each line is in the envelope that tells pod, namespace and node. */
export function simulateMesh(options: GivenOptions): MeshTruth {
  const pairs: { kind: TruePairKind; outbound: number; inbound: number }[] = [];
  const simulation = simulate({ ...options, envelope: 'stern-json' }, (pair) => pairs.push(pair));
  const { workloads } = buildWorld(simulation.options);
  const clusterOf = (role: Role) =>
    new Map(workloads.filter((one) => one.role === role).map((one) => [one.address, one.cluster]));
  const services = clusterOf('tcp');
  const headless = new Set(clusterOf('headless').values());
  const byId = new Map<number, TrueLine>();
  const texts: string[] = [];
  for (const { id, line, pod, side, marks } of simulation.lines) {
    texts.push(`${line}\n`);
    const { podName, message } = JSON.parse(line) as { podName: string; message: string };
    const read = readBack(`${podName} istio-proxy ${message}`);
    if (read === null || side === 'message' || byId.has(id)) continue;
    const [mark] = marks;
    const isGateway = pod.workload.role === 'gateway';
    byId.set(id, {
      ...read,
      id,
      name: lineName(read),
      namespace: pod.workload.namespace,
      workload: pod.workload.name,
      node: pod.node.name,
      isGateway,
      side: isGateway ? 'outbound' : side,
      direction: isGateway ? 'outbound' : side,
      state: stateOf(read, { side, isGateway, mark, services, headless }),
      change: mark?.change.plan.name ?? null,
      phase: mark?.phase ?? null,
    });
  }
  const own = ownAddresses([...byId.values()]);
  for (const line of byId.values())
    if (isBlocked(line) && !isTold(line, own.get(line.pod)))
      byId.set(line.id, { ...line, direction: 'unknown' });
  const find = (id: number): TrueLine => {
    const line = byId.get(id);
    if (line === undefined) throw new Error('BUG: a pair of a line that was not delivered');
    return line;
  };
  return {
    text: texts.join(''),
    lines: [...byId.values()],
    pairs: pairs.map(({ kind, outbound, inbound }) => ({
      kind,
      outbound: find(outbound),
      inbound: find(inbound),
    })),
    truth: simulation.truth(),
  };
}

/** True for a line of which only addresses tell whether it is a client's or a server's. */
function isBlocked({ cluster, flags, isGateway }: TrueLine): boolean {
  return (
    !isGateway && (cluster === 'BlackHoleCluster' || (cluster === '-' && flags.split(',').includes('UH')))
  );
}

/** True where addresses tell whose line it is: not where it leads to another address of its pod, at a port at which that is called. */
function isTold(
  { downstreamLocal, downstreamRemote }: TrueLine,
  own: ReadonlySet<string> | undefined,
): boolean {
  if (own?.has(hostOf(downstreamRemote)) !== true) return false;
  return !own.has(hostOf(downstreamLocal)) || !own.has(`:${portOf(downstreamLocal)}`);
}

/** Addresses of pods that their lines show: of who called, and of where a call came in; and, behind a colon, the ports of these. */
function ownAddresses(lines: readonly TrueLine[]): ReadonlyMap<string, ReadonlySet<string>> {
  const own = new Map<string, Set<string>>();
  for (const line of lines) {
    const { pod, cluster, http, upstreamLocal, downstreamLocal, downstreamRemote } = line;
    const isOutbound = cluster.startsWith('outbound|') || cluster === 'PassthroughCluster';
    const shown = cluster.startsWith('inbound|')
      ? [downstreamLocal]
      : isOutbound
        ? [upstreamLocal, http ? '-' : downstreamRemote]
        : [];
    const known = own.get(pod) ?? new Set();
    own.set(pod, known);
    for (const address of shown) if (address !== '-') known.add(hostOf(address));
    if (cluster.startsWith('inbound|')) known.add(`:${portOf(downstreamLocal)}`);
  }
  return own;
}

/** Without its port. */
export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}

export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

/** Flags of connections that never reached a server. Source: Envoy's manual, `%RESPONSE_FLAGS%`. */
export function isFailed({ flags }: Pick<ReadLine, 'flags'>): boolean {
  return flags.split(',').some((flag) => ['UF', 'UH', 'UO', 'NC', 'NR'].includes(flag));
}

interface Circumstances {
  readonly side: 'outbound' | 'inbound';
  readonly isGateway: boolean;
  readonly mark: Mark | undefined;
  /** Clusters of services by their virtual address, and those of services that are dialled by the addresses of their pods. */
  readonly services: ReadonlyMap<string, string>;
  readonly headless: ReadonlySet<string>;
}

/** Where a line was routed: by the change that it shows, else by who answers at the address that was dialled. */
function stateOf(
  line: ReadLine,
  { side, isGateway, mark, services, headless }: Circumstances,
): TrueLine['state'] {
  if (line.http) return 'none';
  if (isGateway) return line.cluster === '-' ? null : 'gateway';
  if (side === 'inbound') return 'none';
  if (mark?.phase === 'new') return NEW_STATES[mark.change.plan.name] ?? null;
  if (line.cluster === 'PassthroughCluster') return 'passthrough';
  if (services.get(line.downstreamLocal) === line.cluster) return 'service';
  return headless.has(line.cluster) && !isFailed(line) ? 'direct' : null;
}

/** Old proxies print no cluster where a connection is blocked, so that its state is not to be known. */
const NEW_STATES: Partial<Record<ChangeName, State>> = {
  failing_capture: 'captured',
  silent_capture: 'captured',
  service_removed: 'passthrough',
};

/** Whether a value of a filter fits a line; the values of one filter are alternatives, several filters are all to fit. */
const FITS: Readonly<Record<string, (line: TrueLine, value: string) => boolean>> = {
  pod: (line, value) => fitsName(line.pod, value),
  namespace: (line, value) => fitsName(line.namespace, value),
  workload: (line, value) => fitsName(line.workload, value),
  node: (line, value) => fitsName(line.node, value),
  source: (line, value) => fitsAddress(line.downstreamRemote, value),
  destination: (line, value) => fitsAddress(line.downstreamLocal, value),
  port: (line, value) => line.downstreamLocal !== '-' && String(portOf(line.downstreamLocal)) === value,
  upstream_cluster: (line, value) => line.cluster !== '-' && fitsName(line.cluster, value),
  response_flag: (line, value) => line.flags.split(',').includes(value),
  direction: (line, value) => line.direction === value,
  kind: (line, value) => (line.http ? 'http' : 'tcp') === value,
  since: (line, value) => line.start >= Date.parse(value),
  until: (line, value) => line.start < Date.parse(value),
};

function fitsName(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

function fitsAddress(address: string, value: string): boolean {
  return address !== '-' && (address === value || hostOf(address) === value);
}

/** True for a line that filters ask for. */
export function fits(values: Readonly<Record<string, readonly string[]>>, line: TrueLine): boolean {
  return Object.entries(values).every(([name, list]) => {
    const test = FITS[name];
    if (test === undefined) throw new Error(`BUG: nobody knows what ${name} asks for`);
    return list.some((value) => test(line, value));
  });
}

/**
 * Of the lines that a proxy wrote of one connection while it was open, the last: what is counted and summed up. Requests
 * have one line each.
 */
export function connectionsOf(lines: readonly TrueLine[]): readonly TrueLine[] {
  const last = new Map<string, TrueLine>();
  for (const line of lines) {
    const known = last.get(line.name);
    if (known === undefined || line.duration > known.duration) last.set(line.name, line);
  }
  return [...last.values()];
}

/** What tells a line apart, true or told: also those of one connection that were written while it was open. */
export function nameOf(line: TrueLine | Connection): string {
  return 'start_time' in line
    ? [
        line.pod,
        line.start_time,
        line.downstream_remote_address ?? '-',
        line.bytes_received,
        line.bytes_sent,
        line.duration,
      ].join(' ')
    : [
        line.pod,
        new Date(line.start).toISOString(),
        line.downstreamRemote,
        line.received,
        line.sent,
        line.duration,
      ].join(' ');
}
