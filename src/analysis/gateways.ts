/** Traffic that is sent through a gateway on purpose: there many destinations share one cluster without harm. */
import type { Facts, Leg } from './legs.ts';
import type { Pods } from './pods.ts';

/** Hosts of the services whose endpoints are gateway pods, or that are named as gateways. */
export function gatewayHosts(legs: readonly Leg[], pods: Pods): ReadonlySet<string> {
  const hosts = new Set<string>();
  for (const { facts, flow } of legs) {
    const host = facts.service?.host;
    if (host == null || facts.service?.direction !== 'outbound') continue;
    if (hosts.has(host)) continue;
    const label = host.split('.', 1)[0] ?? '';
    if (/gateway/i.test(label)) hosts.add(host);
    else if (isGatewayAt(pods, facts.upstream?.ip ?? null, flow.first)) hosts.add(host);
  }
  return hosts;
}

/** True when the SNI on a client's line is the host of the cluster: an application's own TLS, routed by name. */
export function isSniRouted(facts: Facts): boolean {
  const sni = facts.shape.requested_server_name;
  const host = facts.service?.host;
  if (sni === null || host == null) return false;
  // Within a cluster a service is called by any of its shorter names too.
  return sni === host || host.startsWith(`${sni}.`) || (host.startsWith('*.') && sni.endsWith(host.slice(1)));
}

function isGatewayAt(pods: Pods, ip: string | null, time: number): boolean {
  return ip !== null && pods.claimAt(ip, time)?.writer.gateway === true;
}
