/** The lines of one connection, by the way that it takes through the mesh. */
import type { ParsedLine } from '../../src/domain/entry.ts';
import { makeLine, makePair } from './lines.ts';

export const WAYS = ['direct', 'dnat', 'snat', 'tunnel', 'sni', 'gateway'] as const;
export type Way = (typeof WAYS)[number];

export interface Trip {
  readonly way: Way;
  readonly start: number;
  readonly duration: number;
  readonly port: number;
  readonly gap: number;
  readonly bytes: number;
}

const HOST = 'db.shop.svc.cluster.local';
const SNI = `outbound_.5432_._.${HOST}`;

/** The client's line, then those of the hops in their order, the server's last. */
export function makeTrip(trip: Trip): ParsedLine[] {
  const [outbound, inbound] = makePair(trip);
  const client = { ...outbound.entry };
  const server = { ...inbound.entry };
  switch (trip.way) {
    case 'direct':
      return [outbound, inbound];
    case 'dnat':
      // Through PassthroughCluster to a service's address: the server sees no SNI, and its own address.
      return [
        makeLine('web-0', {
          ...client,
          upstream_cluster: 'PassthroughCluster',
          upstream_host: '10.96.0.10:5432',
        }),
        makeLine('db-0', { ...server, requested_server_name: null }),
      ];
    case 'snat':
      return [outbound, makeLine('db-0', { ...server, downstream_remote_address: `10.0.0.9:${trip.port}` })];
    case 'tunnel':
      return [
        makeLine('web-0', {
          ...client,
          upstream_host: `envoy://connect_originate/${client.upstream_host}`,
          upstream_local_address: 'envoy://internal_client_address/',
        }),
        makeLine('db-0', { ...server, requested_server_name: null }),
      ];
    case 'sni':
      return [
        makeLine('web-0', { ...client, upstream_host: '203.0.113.7:15443' }),
        gateway('eastwest-0', trip, {
          upstream_cluster: SNI,
          downstream_local_address: '10.3.0.5:15443',
          downstream_remote_address: `10.0.0.9:${trip.port + 1}`,
          bytes_received: trip.bytes + 900,
          bytes_sent: trip.bytes + 1_900,
        }),
        makeLine('db-0', { ...server, downstream_remote_address: `10.3.0.5:${trip.port}` }),
      ];
    case 'gateway':
      return [
        makeLine('web-0', { ...client, upstream_host: '10.3.0.6:8443' }),
        gateway('egress-0', trip, {
          upstream_cluster: `outbound|5432||${HOST}`,
          upstream_local_address: `10.3.0.6:${trip.port}`,
          downstream_local_address: '10.3.0.6:8443',
          downstream_remote_address: client.upstream_local_address,
        }),
        makeLine('db-0', { ...server, downstream_remote_address: `10.3.0.6:${trip.port}` }),
      ];
  }
}

function gateway(pod: string, trip: Trip, fields: Parameters<typeof makeLine>[1]): ParsedLine {
  return makeLine(pod, {
    start_time: trip.start + 1,
    duration: Math.max(0, trip.duration - 1),
    bytes_received: trip.bytes,
    bytes_sent: trip.bytes * 2,
    upstream_host: '10.2.0.49:5432',
    upstream_local_address: `10.3.0.5:${trip.port}`,
    requested_server_name: SNI,
    ...fields,
  });
}
