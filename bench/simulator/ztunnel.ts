/** The lines of ztunnels, which serve pods without sidecars: each names both ends, and no port is the same in both. */
import { hostPort } from './addresses.ts';
import type { Pod } from './model.ts';
import { isoTime } from './render.ts';
import { NO_MARKS, type Scribe, TIME_WAIT_MS } from './scribe.ts';
import type { Exchange } from './wire.ts';

const TUNNEL_PORT = 15_008;

export interface ZtunnelWire {
  readonly scribe: Scribe;
  /** In the order of the nodes. */
  readonly ztunnels: readonly Pod[];
}

export interface AmbientCall {
  readonly now: number;
  readonly source: Pod;
  readonly server: Pod;
  readonly exchange: Exchange;
}

/** One connection between two such pods. False: no port was free. */
export function callZtunnels({ scribe, ztunnels }: ZtunnelWire, call: AmbientCall): boolean {
  const { now, source, server, exchange } = call;
  const end = Math.max(Math.min(now + exchange.lasts, source.to, server.to), now + 1);
  const near = ztunnels.find((pod) => pod.node === source.node);
  const far = ztunnels.find((pod) => pod.node === server.node);
  const tunnel = hostPort(server.ip, TUNNEL_PORT);
  const appPort = scribe.ports.reserve(source.ip, server.workload.address, now, end + TIME_WAIT_MS);
  const tunnelPort = scribe.ports.reserve(source.ip, tunnel, now, end + TIME_WAIT_MS);
  if (near === undefined || far === undefined || appPort === null || tunnelPort === null) return false;
  const connection = scribe.trace('ztunnel');
  const sides = [
    { pod: near, side: 'outbound', start: now, end, port: appPort },
    { pod: far, side: 'inbound', start: now + scribe.random.between(0.2, 3), end, port: tunnelPort },
  ] as const;
  for (const { pod, side, start, end, port } of sides) {
    const until = Math.max(start, end) + scribe.random.between(0, 1.5);
    const from = hostPort(source.ip, port);
    const content = renderZtunnel({ ...call, pod, side, start, end: until, from, tunnel });
    scribe.write({
      pod,
      side,
      start,
      end: until,
      marks: NO_MARKS,
      ends: [{ connection, end: side }],
      content,
    });
  }
  return true;
}

interface Told extends AmbientCall {
  readonly pod: Pod;
  readonly side: 'outbound' | 'inbound';
  readonly start: number;
  readonly end: number;
  readonly from: string;
  readonly tunnel: string;
}

/** Told when the connection ends; the duration says when it began. */
function renderZtunnel(told: Told): string {
  const { source, server, exchange, pod, side, from, tunnel } = told;
  const duration = Math.floor(told.end - told.start);
  const time = isoTime(Math.floor(told.start + pod.node.offset) + duration).replace('Z', '417Z');
  const [sent, received] =
    side === 'outbound' ? [exchange.received, exchange.sent] : [exchange.sent, exchange.received];
  const pairs = [
    `src.addr=${from}`,
    ...who('src', source),
    `dst.addr=${tunnel}`,
    `dst.hbone_addr=${server.address}`,
    `dst.service="${server.workload.host}"`,
    ...who('dst', server),
    `direction="${side}"`,
    `bytes_sent=${sent}`,
    `bytes_recv=${received}`,
    `duration="${duration}ms"`,
  ];
  return `${time}\tinfo\taccess\tconnection complete\t${pairs.join(' ')}`;
}

function who(end: 'src' | 'dst', { name, workload }: Pod): string[] {
  const { namespace } = workload;
  const identity = `spiffe://cluster.local/ns/${namespace}/sa/${workload.name}`;
  return [`${end}.workload="${name}"`, `${end}.namespace="${namespace}"`, `${end}.identity="${identity}"`];
}
