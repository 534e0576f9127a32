/** How much of which kind of call there is. */
import type { Scenario } from './options.ts';

/**
 * `service`: by a virtual address. `own_service`: the same, to the caller's own workload, so that a pod may reach itself.
 * `headless`: by pod address, with a listener of its own. `peer`, `other_peer`: by pod address, without one.
 * `unknown_host`: to an unregistered host. `range`: to a registered range of addresses. `gateway`: out through the gateway.
 * `alias`: by a name that leads to a virtual address. `http`: a request. `refused`, `timeout`, `no_endpoints`,
 * `tls_error`: a service that cannot be reached. `refused_inside`: the server's proxy cannot reach its application.
 * `probe`: from a node, without bytes. `no_chain`: from outside, refused by the server's proxy.
 * `http_chain`, `http_retry`, `http_nameless`, `http2`, `http2_nameless`: see `HttpCalls`. `snat`, `east_west`,
 * `ingress`, `tunnel`, `ambient`, `strict`, `ipv6`, `periodic`: see `Detours`. `routed`, `moved`, `shared_headless`,
 * `proxied`: see `BenignCalls`.
 */
export type CallKind =
  | 'service'
  | 'own_service'
  | 'headless'
  | 'peer'
  | 'other_peer'
  | 'unknown_host'
  | 'range'
  | 'gateway'
  | 'alias'
  | 'http'
  | 'refused'
  | 'timeout'
  | 'no_endpoints'
  | 'tls_error'
  | 'refused_inside'
  | 'probe'
  | 'no_chain'
  | 'http_chain'
  | 'http_retry'
  | 'http_nameless'
  | 'http2'
  | 'http2_nameless'
  | 'snat'
  | 'east_west'
  | 'ingress'
  | 'tunnel'
  | 'ambient'
  | 'strict'
  | 'ipv6'
  | 'periodic'
  | 'routed'
  | 'moved'
  | 'shared_headless'
  | 'proxied';

export interface Share {
  readonly kind: CallKind;
  readonly weight: number;
  /** Lines that one such call leaves. */
  readonly lines: number;
}

const ORDINARY: readonly Share[] = [
  { kind: 'service', weight: 34, lines: 2 },
  { kind: 'own_service', weight: 2, lines: 2 },
  { kind: 'headless', weight: 8, lines: 2 },
  { kind: 'peer', weight: 20, lines: 2 },
  { kind: 'other_peer', weight: 4, lines: 2 },
  { kind: 'unknown_host', weight: 4, lines: 1 },
  { kind: 'range', weight: 3, lines: 1 },
  { kind: 'gateway', weight: 3, lines: 2 },
  { kind: 'alias', weight: 2, lines: 2 },
  { kind: 'http', weight: 7, lines: 2 },
  { kind: 'refused', weight: 1, lines: 1 },
  { kind: 'timeout', weight: 1, lines: 1 },
  { kind: 'no_endpoints', weight: 0.5, lines: 1 },
  { kind: 'tls_error', weight: 0.3, lines: 1 },
  { kind: 'refused_inside', weight: 1, lines: 2 },
  { kind: 'probe', weight: 2, lines: 1 },
  { kind: 'no_chain', weight: 1, lines: 1 },
  { kind: 'http_chain', weight: 1, lines: 4 },
  { kind: 'http_retry', weight: 0.6, lines: 3 },
  { kind: 'http_nameless', weight: 2, lines: 2 },
  { kind: 'http2', weight: 1, lines: 6 },
  { kind: 'http2_nameless', weight: 0.15, lines: 6 },
  { kind: 'snat', weight: 2, lines: 2 },
  { kind: 'east_west', weight: 2, lines: 3 },
  { kind: 'ingress', weight: 2, lines: 2 },
  { kind: 'tunnel', weight: 2, lines: 2 },
  { kind: 'ambient', weight: 2, lines: 2 },
  { kind: 'strict', weight: 0.6, lines: 2 },
  { kind: 'ipv6', weight: 3, lines: 2 },
  { kind: 'periodic', weight: 0.6, lines: 8 },
  { kind: 'routed', weight: 2, lines: 2 },
  { kind: 'moved', weight: 2, lines: 2 },
  { kind: 'shared_headless', weight: 1.5, lines: 2 },
  { kind: 'proxied', weight: 1.5, lines: 2 },
];

/** Of 100 lines: 40 outbound to a service, 45 inbound, 5 Passthrough, 10 failures, one of these with a long reason. */
const THROUGHPUT: readonly Share[] = [
  { kind: 'service', weight: 40, lines: 2 },
  { kind: 'peer', weight: 5, lines: 2 },
  { kind: 'refused', weight: 4, lines: 1 },
  { kind: 'timeout', weight: 2, lines: 1 },
  { kind: 'no_endpoints', weight: 2, lines: 1 },
  { kind: 'no_chain', weight: 1, lines: 1 },
  { kind: 'tls_error', weight: 1, lines: 1 },
];

const HTTP_THROUGHPUT: readonly Share[] = [{ kind: 'http', weight: 1, lines: 2 }];

/** The kinds of call of a scenario. */
export function callShares(scenario: Scenario): readonly Share[] {
  if (scenario === 'http_throughput') return HTTP_THROUGHPUT;
  return scenario === 'throughput' ? THROUGHPUT : ORDINARY;
}

/** Lines that one call leaves on average. */
export function linesPerCall(shares: readonly Share[]): number {
  const weight = shares.reduce((sum, share) => sum + share.weight, 0);
  return shares.reduce((sum, share) => sum + share.weight * share.lines, 0) / weight;
}
