/** How much of which kind of call there is. */
import type { Scenario } from './options.ts';

/**
 * `service`: by a virtual address. `own_service`: the same, to the caller's own workload, so that a pod may reach itself.
 * `headless`: by pod address, with a listener of its own. `peer`, `other_peer`: by pod address, without one.
 * `unknown_host`: to an unregistered host. `range`: to a registered range of addresses. `gateway`: out through the gateway.
 * `alias`: by a name that leads to a virtual address. `http`: a request. `refused`, `timeout`, `no_endpoints`,
 * `tls_error`: a service that cannot be reached. `refused_inside`: the server's proxy cannot reach its application.
 * `probe`: from a node, without bytes. `no_chain`: from outside, refused by the server's proxy.
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
  | 'no_chain';

export interface Share {
  readonly kind: CallKind;
  readonly weight: number;
  /** Lines that one such call leaves. */
  readonly lines: number;
}

const ORDINARY: readonly Share[] = [
  { kind: 'service', weight: 37, lines: 2 },
  { kind: 'own_service', weight: 2, lines: 2 },
  { kind: 'headless', weight: 8, lines: 2 },
  { kind: 'peer', weight: 20, lines: 2 },
  { kind: 'other_peer', weight: 4, lines: 2 },
  { kind: 'unknown_host', weight: 4, lines: 1 },
  { kind: 'range', weight: 3, lines: 1 },
  { kind: 'gateway', weight: 3, lines: 2 },
  { kind: 'alias', weight: 2, lines: 2 },
  { kind: 'http', weight: 10, lines: 2 },
  { kind: 'refused', weight: 1, lines: 1 },
  { kind: 'timeout', weight: 1, lines: 1 },
  { kind: 'no_endpoints', weight: 0.5, lines: 1 },
  { kind: 'tls_error', weight: 0.3, lines: 1 },
  { kind: 'refused_inside', weight: 1, lines: 2 },
  { kind: 'probe', weight: 2, lines: 1 },
  { kind: 'no_chain', weight: 1, lines: 1 },
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

/** The kinds of call of a scenario. */
export function callShares(scenario: Scenario): readonly Share[] {
  return scenario === 'throughput' ? THROUGHPUT : ORDINARY;
}

/** Lines that one call leaves on average. */
export function linesPerCall(shares: readonly Share[]): number {
  const weight = shares.reduce((sum, share) => sum + share.weight, 0);
  return shares.reduce((sum, share) => sum + share.weight * share.lines, 0) / weight;
}
