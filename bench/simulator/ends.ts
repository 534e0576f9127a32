/** What servers' proxies say of a connection, and how connecting fails, in the words of each Istio version. */
import type { Pod } from './model.ts';
import type { LogFormat } from './options.ts';
import type { TruePairKind } from './truth.ts';
import type { FarEnd } from './wire.ts';

/** The sidecar of a server that takes a connection and passes it on to its application. */
export function serverEnd(format: LogFormat, pod: Pod, serverName: string, kind: TruePairKind): FarEnd {
  const old = format === 'istio-1.3';
  const { inboundCluster, targetPort } = pod.workload;
  return {
    pod,
    address: pod.address,
    serverName,
    cluster: old ? inboundCluster : `inbound|${targetPort}||`,
    upstream: old ? `127.0.0.1:${targetPort}` : pod.address,
    local: old ? '127.0.0.1' : '127.0.0.6',
    flags: '-',
    failureReason: '-',
    delay: 0,
    kind,
  };
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
