import {
  BLACKHOLE,
  isInboundPassthrough,
  normalizeCluster,
  PASSTHROUGH,
  parseCluster,
} from './cluster-name.ts';
import type { AccessLogEntry } from './entry.ts';

export const DIRECTIONS = ['outbound', 'inbound', 'unknown'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/**
 * Which side of the proxy a line is about, from the line alone.
 * `unknown`: no cluster, or BlackHoleCluster; `refineDirection` may tell, once the pod's own address is known.
 */
export function directionOf(entry: Pick<AccessLogEntry, 'upstream_cluster' | 'attributes'>): Direction {
  const said = entry.attributes?.direction;
  if (said === 'outbound' || said === 'inbound') return said;
  if (entry.upstream_cluster === null) return 'unknown';
  const cluster = normalizeCluster(entry.upstream_cluster);
  if (cluster === PASSTHROUGH) return 'outbound';
  if (cluster === BLACKHOLE) return 'unknown';
  if (isInboundPassthrough(cluster)) return 'inbound';
  const parsed = parseCluster(cluster);
  if (parsed === null) return 'unknown';
  return parsed.direction === 'outbound' ? 'outbound' : 'inbound';
}

/**
 * Decides an `unknown` direction by the pod's own addresses.
 * A self-call (both ends own) is outbound unless its port is one of the pod's inbound ports.
 */
export function refineDirection(
  line: {
    readonly remoteIp: string | null;
    readonly localIp: string | null;
    readonly localPort: number | null;
  },
  own: { readonly hasIp: (ip: string) => boolean; readonly hasInboundPort: (port: number) => boolean },
): Direction {
  const remoteOwn = line.remoteIp !== null && own.hasIp(line.remoteIp);
  const localOwn = line.localIp !== null && own.hasIp(line.localIp);
  if (remoteOwn && localOwn) {
    return line.localPort !== null && own.hasInboundPort(line.localPort) ? 'unknown' : 'outbound';
  }
  if (remoteOwn) return 'outbound';
  return localOwn ? 'inbound' : 'unknown';
}
