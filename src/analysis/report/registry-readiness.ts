/** What would be blocked if only registered destinations could be reached, and what registers each. */
import { REPORT_ITEMS_MAX, REPORT_NAMES_MAX } from '../../domain/limits.ts';
import type { BlockedDestination, DestinationKind, RegistryReadiness } from '../../domain/report.ts';
import { createNamer } from '../destination-name.ts';
import { getOrMake } from '../get-or-make.ts';
import { compareText, isBlackhole, isPassthrough, type KnownAddress, type Leg } from '../legs.ts';
import type { LineModel } from '../model.ts';
import type { Ownership } from '../ownership.ts';
import { callerOf, callerOfKey, keyOfCaller } from './callers.ts';
import { isPrivate } from './private-address.ts';
import { type Registration, register } from './registration.ts';
import { Tally } from './tally.ts';

interface Blocked {
  readonly destination: string;
  readonly port: number;
  readonly kind: DestinationKind;
  lines: number;
  readonly addresses: Tally;
  readonly serverNames: Set<string>;
  readonly callers: Tally;
  /** Of the pods, where it is known. */
  workload: string | null;
  namespace: string | null;
}

/** Counts clients' lines by PassthroughCluster, HTTP requests too: both are blocked where the policy is REGISTRY_ONLY. */
export function judgeRegistry(legs: Iterable<Leg>, model: LineModel): RegistryReadiness {
  const nameOf = createNamer(model.known);
  const destinations = new Map<string, Blocked>();
  let [lines, blocked, blackholed] = [0, 0, 0];
  for (const leg of legs) {
    const { facts, flow } = leg;
    if (facts.direction !== 'outbound') continue;
    lines += flow.connections;
    if (isBlackhole(facts)) blackholed += flow.connections;
    if (!isPassthrough(facts) || facts.local === null) continue;
    blocked += flow.connections;
    note(destinations, leg, facts.local, nameOf(leg), model.known);
  }
  const all = [...destinations].sort(([keyA, a], [keyB, b]) => b.lines - a.lines || compareText(keyA, keyB));
  return {
    lines,
    blocked_lines: blocked,
    blackholed_lines: blackholed,
    destinations_total: all.length,
    destinations: all.slice(0, REPORT_ITEMS_MAX).map(([, one]) => toDestination(one)),
  };
}

function note(
  destinations: Map<string, Blocked>,
  leg: Leg,
  local: KnownAddress,
  name: string,
  known: Ownership,
): void {
  const { flow } = leg;
  const kind = kindOf(local, flow.first, known);
  const serverName = kind === 'pod' || kind === 'service' ? null : flow.shape.requested_server_name;
  // Hosts outside have many addresses, and one name where their clients give it.
  const destination = serverName ?? name;
  const one = getOrMake(destinations, JSON.stringify([destination, local.port, kind]), () => ({
    destination,
    port: local.port,
    kind,
    lines: 0,
    addresses: new Tally(),
    serverNames: new Set<string>(),
    callers: new Tally(),
    workload: null,
    namespace: null,
  }));
  one.lines += flow.connections;
  one.addresses.add(local.ip, flow.connections);
  if (serverName !== null) one.serverNames.add(serverName);
  one.callers.add(keyOfCaller(callerOf(leg, known)), flow.connections);
  const claim = known.pods.claimAt(local.ip, flow.first);
  one.workload ??= claim?.writer.source.workload ?? null;
  one.namespace ??= claim === null ? null : known.namespaceOf(claim.writer.key);
}

function kindOf({ ip }: KnownAddress, time: number, known: Ownership): DestinationKind {
  if (known.pods.claimAt(ip, time) !== null) return 'pod';
  if (known.isVip(ip)) return 'service';
  if (!isPrivate(ip)) return 'outside';
  return known.isPodLike(ip) ? 'pod' : known.isServiceLike(ip) ? 'service' : 'unknown';
}

function toDestination(one: Blocked): BlockedDestination {
  const callers = one.callers.top(REPORT_NAMES_MAX).map(([key]) => callerOfKey(key));
  const addresses = one.addresses.top(REPORT_NAMES_MAX).map(([ip]) => ip);
  const [serverName = null] = one.serverNames;
  const registration: Registration = {
    ...one,
    serverName,
    addresses: one.addresses.top(REPORT_ITEMS_MAX).map(([ip]) => ip),
    hasMoreAddresses: one.addresses.size > REPORT_ITEMS_MAX,
    callerNamespaces: one.callers.top(Number.POSITIVE_INFINITY).map(([key]) => callerOfKey(key).namespace),
  };
  return {
    destination: one.destination,
    port: one.port,
    kind: one.kind,
    server_name: serverName,
    addresses_total: one.addresses.size,
    addresses,
    lines: one.lines,
    callers_total: one.callers.size,
    callers,
    ...register(registration),
  };
}
