/** Whether the other end of a connection should have a line among those that were read, and in whose log. */
import { isIpv4, isLoopback } from '../domain/address.ts';
import { hostNamespace } from '../domain/cluster-name.ts';
import type { Shape } from '../domain/ports.ts';
import type { Facts } from './legs.ts';
import type { Ownership } from './ownership.ts';
import type { Claim, Writer } from './pods.ts';

/** Why no partner is to be expected. One sentence each, the same for every line, so that lines can be counted by it. */
export const EXPECTED = {
  names_both: 'the line names both ends of the connection itself',
  superseded: 'a later line of the same proxy tells of the same connection',
  never_connected: 'the upstream connection was never made',
  direction_unknown: 'the line does not tell whether it is of the client or of the server',
  host_unreadable: 'the upstream host is no address with a port',
  same_pod: 'the upstream host is in the same pod',
  service_address: 'the upstream host is a service address, which the server does not see',
  server_not_read: "the upstream pod's log was not read, or it has no sidecar",
  server_outside: 'the upstream host is outside the mesh, as far as the lines tell',
  client_unnamed: 'the line names no client address',
  client_not_read: "the client pod's log was not read, or it has no sidecar",
  client_outside: 'the client is outside the mesh, as far as the lines tell',
  earlier_attempt:
    'the request failed here, so that it may be an earlier attempt: the client writes one line for all attempts',
  not_read_then: 'the log of the pod at the other end was not read for that time',
  log_filtered: 'the log of the pod at the other end is filtered: most such lines are missing there',
} as const;
export type ExpectedReason = keyof typeof EXPECTED;

/** `claim`: the pod at the other end, whose log was read; else why no line of it can be there. */
export type Partner =
  | { readonly claim: Claim; readonly reason: null; readonly ip: string }
  | { readonly claim: null; readonly reason: ExpectedReason; readonly ip: string | null };

/** Who is at the other end of the connections of a shape at a time, ms since the epoch. */
export function findPartner(facts: Facts, time: number, known: Ownership): Partner {
  // Where ztunnel carries connections, ports do not tell which of its two lines belong together.
  if (facts.shape.format.startsWith('ztunnel')) return none('names_both');
  return facts.direction === 'inbound' ? findClient(facts, time, known) : findServer(facts, time, known);
}

/** True when who is at the other end is the same, for connections of a shape, from one time to another. */
export function isPartnerSteady(facts: Facts, first: number, last: number, known: Ownership): boolean {
  const ip = facts.direction === 'inbound' ? facts.remoteIp : (facts.upstream?.ip ?? null);
  if (ip === null) return true;
  if (!known.pods.isSteady(ip, first, last)) return false;
  const claim = known.pods.claimAt(ip, first);
  if (claim === null || (claim.first <= first && last <= claim.last)) return true;
  // Then it matters where else the pod is shown.
  for (const other of claim.writer.ips) if (other !== ip && isIpv4(other) === isIpv4(ip)) return false;
  return true;
}

function findServer(facts: Facts, time: number, known: Ownership): Partner {
  const { direction, upstream, shape } = facts;
  if (!shape.upstream_connected) return none('never_connected');
  if (direction === 'unknown') return none('direction_unknown');
  if (upstream === null) return none('host_unreadable');
  const { ip } = upstream;
  if (isLoopback(ip)) return none('same_pod');
  const claim = known.pods.claimAt(ip, time);
  if (claim !== null) return partnerAt(claim, time, known, 'server_not_read');
  if (known.isVip(ip)) return none('service_address');
  return none(known.isPodLike(ip) || isEndpoint(facts, known) ? 'server_not_read' : 'server_outside', ip);
}

function findClient({ remoteIp: ip, sni, shape }: Facts, time: number, known: Ownership): Partner {
  if (ip === null) return none('client_unnamed');
  const claim = known.pods.claimAt(ip, time);
  if (claim !== null && isFailedRequest(shape)) return none('earlier_attempt', ip);
  if (claim !== null) return partnerAt(claim, time, known, 'client_not_read');
  // A name of this form is put into the SNI by a client's proxy alone, so there is one.
  return none(known.isPodLike(ip) || sni !== null ? 'client_not_read' : 'client_outside', ip);
}

/** What a client's proxy tries again, if it may: a request that got no answer, or one of a server in trouble. */
function isFailedRequest({ http, response_code: code }: Shape): boolean {
  return http && code !== null && (code === 0 || code >= 500);
}

/** The pod of a claim, unless its own lines show it elsewhere at that time: then the address was another one's. */
function partnerAt(claim: Claim, time: number, known: Ownership, otherwise: ExpectedReason): Partner {
  const { ip, writer, first, last } = claim;
  const isHere = time >= first && time <= last;
  return isHere || !isElsewhere(ip, writer, time, known) ? { claim, reason: null, ip } : none(otherwise, ip);
}

/** True when the lines of a pod around that time show it at another address of the same family. */
function isElsewhere(ip: string, writer: Writer, time: number, known: Ownership): boolean {
  for (const other of writer.ips) {
    if (other === ip || isIpv4(other) !== isIpv4(ip)) continue;
    for (const claim of known.pods.claims(other)) {
      if (claim.writer.key === writer.key && claim.first <= time && time <= claim.last) return true;
    }
  }
  return false;
}

/** Chosen by Envoy from the endpoints of a Kubernetes service. What a catch-all resolves to need not be a pod. */
function isEndpoint(facts: Facts, known: Ownership): boolean {
  const { service, upstream, local } = facts;
  if (service?.host == null || upstream === null || hostNamespace(service.host) === null) return false;
  if (upstream.ip === local?.ip || known.isServiceLike(upstream.ip)) return false;
  return local !== null && known.isVip(local.ip) && !known.spreads.isProven(facts);
}

function none(reason: ExpectedReason, ip: string | null = null): Partner {
  return { claim: null, reason, ip };
}
