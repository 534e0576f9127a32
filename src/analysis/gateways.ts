/** Traffic that is sent through a gateway on purpose: there many destinations share one cluster without harm. */

import { MARK } from './leg-numbers.ts';
import type { Facts } from './legs.ts';
import type { LivingLeg, LivingShape } from './living-shape.ts';
import type { Pods } from './pods.ts';
import type { Touched } from './touched.ts';

/** Learns the hosts of the services whose endpoints are gateway pods, or that are named as gateways. */
export class GatewayBook {
  readonly hosts = new Set<string>();
  /** Legs that show a host to be one; hosts that are named as gateways need none. */
  readonly #proofs = new Map<string, number>();
  readonly #named = new Map<string, boolean>();

  /** All legs of a shape, for the first time. */
  noteShape(shape: LivingShape, pods: Pods, touched: Touched): void {
    const { service, upstream } = shape.facts;
    if (service?.direction !== 'outbound' || service.host === null) return;
    if (this.#isNamedSo(service.host) || upstream === null) return;
    if (!pods.claims(upstream.ip).some(({ writer }) => writer.gateway)) return;
    shape.each((leg) => this.note(leg, pods, touched));
  }

  note(leg: LivingLeg, pods: Pods, touched: Touched): void {
    const { service, upstream } = leg.facts;
    if (service?.direction !== 'outbound' || service.host === null) return;
    const { host } = service;
    if (this.#isNamedSo(host)) return;
    const shows = upstream !== null && pods.claimAt(upstream.ip, leg.flow.first)?.writer.gateway === true;
    if (!leg.mark(MARK.gateway, shows)) return;
    const proofs = (this.#proofs.get(host) ?? 0) + (shows ? 1 : -1);
    this.#proofs.set(host, proofs);
    if (this.hosts.has(host) === proofs > 0) return;
    if (proofs > 0) this.hosts.add(host);
    else this.hosts.delete(host);
    touched.upset();
  }

  #isNamedSo(host: string): boolean {
    const known = this.#named.get(host);
    if (known !== undefined) return known;
    const isGateway = /gateway/i.test(host.split('.', 1)[0] ?? '');
    this.#named.set(host, isGateway);
    if (isGateway) this.hosts.add(host);
    return isGateway;
  }
}

/** True when the SNI on a client's line is the host of the cluster: an application's own TLS, routed by name. */
export function isSniRouted(facts: Facts): boolean {
  const sni = facts.shape.requested_server_name;
  const host = facts.service?.host;
  if (sni === null || host == null) return false;
  // Within a cluster a service is called by any of its shorter names too.
  return sni === host || host.startsWith(`${sni}.`) || (host.startsWith('*.') && sni.endsWith(host.slice(1)));
}
