/** What servers' proxies say of a connection, and how connecting fails, in the words of each Istio version. */
import { hostPort } from './addresses.ts';
import type { Pod } from './model.ts';
import type { LogFormat } from './options.ts';
import type { TruePairKind } from './truth.ts';
import type { FarEnd } from './wire.ts';

/** The sidecar of a server that takes a connection and passes it on to its application. */
export function serverEnd(format: LogFormat, pod: Pod, serverName: string, kind: TruePairKind): FarEnd {
  const old = format === 'istio-1.3';
  const v6 = pod.ip.includes(':');
  const { inboundCluster, targetPort } = pod.workload;
  const loopback = v6 ? '::1' : '127.0.0.1';
  return {
    pod,
    address: pod.address,
    seenFrom: null,
    serverName,
    cluster: old ? inboundCluster : `inbound|${targetPort}||`,
    upstream: old ? hostPort(loopback, targetPort) : pod.address,
    local: old ? loopback : v6 ? '::6' : '127.0.0.6',
    flags: '-',
    codeDetails: '-',
    failureReason: '-',
    counts: 'same',
    delay: 0,
    kind,
    onward: null,
  };
}

/** A gateway that takes a connection and passes it on to `upstream`, by a cluster of its own. */
export function gatewayEnd(pod: Pod, serverName: string, cluster: string, upstream: string): FarEnd {
  return {
    pod,
    address: pod.address,
    seenFrom: null,
    serverName,
    cluster,
    upstream,
    local: pod.ip,
    flags: '-',
    codeDetails: '-',
    failureReason: '-',
    counts: 'same',
    delay: 0,
    kind: 'gateway',
    onward: null,
  };
}

/** A server that takes no plain text, and closes at once; null: one so old that it writes no line of it. */
export function refusingEnd(format: LogFormat, pod: Pod): FarEnd | null {
  if (format === 'istio-1.3') return null;
  const end = serverEnd(format, pod, '-', 'full');
  const refusal = { flags: 'NR', codeDetails: 'filter_chain_not_found', counts: 'none' } as const;
  return { ...end, ...refusal, cluster: '-', upstream: '-', local: null };
}

/** How long a proxy tries to connect, ms. */
export function connectPatience(format: LogFormat): number {
  return format === 'istio-1.3' ? 1_000 : 10_000;
}

/** Reason of a refused connection; older proxies give none, newer ones the number, then the text of the error. */
export function refusalReason(format: LogFormat): string {
  if (format === 'istio-1.3') return '-';
  return format === 'istio-1.9' ? 'delayed_connect_error:_111' : 'delayed_connect_error:_Connection_refused';
}

/** Reason of a failed handshake. With spaces in the old format, so that readers have to mind the quotes. */
export function handshakeReason(format: LogFormat): string {
  return format === 'istio-1.3'
    ? 'TLS error: 268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER'
    : 'TLS_error:_268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER';
}
