/** Hand-made lines, for tests that want no parser. */
import {
  type AccessLogEntry,
  EMPTY_ENTRY,
  type Identity,
  numbersOf,
  type ParsedLine,
} from '../../src/domain/entry.ts';

const CLOSED: AccessLogEntry = {
  ...EMPTY_ENTRY,
  response_code: 0,
  bytes_received: 0,
  bytes_sent: 0,
  duration: 0,
};

const identities = new Map<string, Identity>();

/** The same object for the same pod and namespace, as a parser gives it. */
export function podIdentity(pod: string, namespace: string | null = 'shop'): Identity {
  const key = `${namespace}/${pod}`;
  const identity = identities.get(key) ?? { pod, namespace, container: 'istio-proxy', node: null };
  identities.set(key, identity);
  return identity;
}

/** A line with these fields; what is not named is absent. Two lines with the same fields are the same line. */
export function makeLine(
  pod: string,
  fields: Partial<AccessLogEntry>,
  namespace: string | null = 'shop',
): ParsedLine {
  const entry = { ...CLOSED, ...fields };
  return {
    entry,
    identity: podIdentity(pod, namespace),
    format: 'test',
    envelope: 'none',
    raw: JSON.stringify(entry),
    rebuildable: true,
    utf8: true,
    numbers: numbersOf(entry),
  };
}

/** The two lines of one mutual-TLS connection through the service `db`. Times in ms. */
export function makePair(options: {
  readonly start: number;
  readonly duration?: number;
  readonly port: number;
  readonly gap?: number;
  readonly bytes?: number;
  readonly client?: string;
  readonly server?: string;
}): [ParsedLine, ParsedLine] {
  const { start, duration = 100, port, gap = 2, bytes = 10, client = 'web-0', server = 'db-0' } = options;
  const clientIp = `10.1.0.${1 + (client.charCodeAt(client.length - 1) % 200)}`;
  const serverIp = `10.2.0.${1 + (server.charCodeAt(server.length - 1) % 200)}`;
  const common = { bytes_received: bytes, bytes_sent: bytes * 2 };
  const outbound = makeLine(client, {
    ...common,
    start_time: start,
    duration,
    upstream_cluster: 'outbound|5432||db.shop.svc.cluster.local',
    upstream_host: `${serverIp}:5432`,
    upstream_local_address: `${clientIp}:${port}`,
    downstream_local_address: '10.96.0.10:5432',
    downstream_remote_address: `${clientIp}:${port + 2}`,
  });
  const inbound = makeLine(server, {
    ...common,
    start_time: start + gap,
    duration: Math.max(0, duration - gap),
    upstream_cluster: 'inbound|5432||',
    upstream_host: `${serverIp}:5432`,
    upstream_local_address: `127.0.0.6:${40000 + (port % 1000)}`,
    downstream_local_address: `${serverIp}:5432`,
    downstream_remote_address: `${clientIp}:${port}`,
    requested_server_name: 'outbound_.5432_._.db.shop.svc.cluster.local',
  });
  return [outbound, inbound];
}
