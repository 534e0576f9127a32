/** A finding: what one diagnosis says of some connections, before it is put into words. */

import { formatAddress } from '../domain/address.ts';
import { hostNamespace, hostService, parseCluster } from '../domain/cluster-name.ts';
import type { Shape } from '../domain/ports.ts';
import type { Severity, Source } from '../domain/resources.ts';
import type { Client, Diagnosis, Place, Subject } from './diagnoses/diagnosis.ts';
import { maxOf } from './extremes.ts';
import { compareLegs, compareText, type Leg } from './legs.ts';
import type { Ownership } from './ownership.ts';
import type { Run } from './routes.ts';
import type { ShiftDraft } from './shifts.ts';

/** Changes of one cause reach all proxies within this time, ms. */
export const SPREAD_MS = 10 * 60_000;

/** Lines to show with a finding. Times as in `LineQuery`. */
export interface Sample {
  readonly shapes: ReadonlyArray<Pick<Shape, 'id'>>;
  readonly since: number | null;
  readonly until: number | null;
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
}

/** Times are start times, ms since the epoch. */
export interface Finding {
  readonly id: string;
  readonly diagnosis: Diagnosis;
  readonly severity: Severity;
  readonly port: number | null;
  /** Where the connections were sent: as logged. */
  readonly cluster: string | null;
  /** Cluster that the words are about: mostly the same, the one before where a service was lost. */
  readonly about: string | null;
  readonly onset: { readonly after: number | null; readonly before: number };
  /** Time from which on no connection that is still open can move the lower bound of the onset; null without a bound. */
  readonly settledAt: number | null;
  readonly ended: { readonly after: number; readonly before: number } | null;
  /** Last connection concerned. */
  readonly last: number;
  readonly legs: readonly Leg[];
  readonly runs: readonly Run[];
  /** Changes into what was found, then those out of it. */
  readonly shifts: readonly ShiftDraft[];
  /** Connections that show it by themselves: one makes it provisional, two or more confirm it. */
  readonly support: number;
  readonly connections: number;
  readonly failures: number;
  readonly bytes: number;
  readonly misdelivered: boolean;
  readonly evidence: readonly string[];
  readonly samples: readonly Sample[];
}

/** True when more than one connection shows it. */
export function isConfirmed(finding: Pick<Finding, 'support'>): boolean {
  return finding.support >= 2;
}

/** How bad a change of routing is, by what failed since: at worst most of it, three times or more or for several clients. */
export function failureRank(since: {
  readonly connections: number;
  readonly failures: number;
  readonly clients: number;
}): Severity {
  if (since.failures === 0) return 'medium';
  const isMost = since.failures / since.connections >= 0.5;
  return isMost && (since.failures >= 3 || since.clients >= 2) ? 'critical' : 'high';
}

/** How bad failures are, by their share (0 to 1), their number and how many clients have them. */
export function failureSeverity(found: {
  readonly share: number;
  readonly failures: number;
  readonly clients: number;
}): Severity {
  if (found.share >= 0.5) return found.failures >= 3 || found.clients >= 2 ? 'high' : 'medium';
  return found.failures >= 3 && found.share >= 0.25 ? 'medium' : 'info';
}

/** The facts of a finding in the terms that diagnoses are worded in. */
export function subjectOf(finding: Omit<Finding, 'evidence' | 'samples'>, known: Ownership): Subject {
  const cluster = finding.about;
  const host = cluster === null ? null : (parseCluster(cluster)?.host ?? null);
  const failed = finding.legs.filter((leg) => leg.facts.failed);
  const places = placesOf(finding.legs, known);
  return {
    port: finding.port,
    cluster,
    host,
    service: host === null ? null : hostService(host),
    namespace: host === null ? null : hostNamespace(host),
    upstreamHosts: unique(finding.legs.map((leg) => leg.flow.shape.upstream_host)),
    clients: clientsOf(finding.legs, known),
    places,
    victims: victimsOf(places),
    connections: finding.connections,
    failures: finding.failures,
    bytes: finding.bytes,
    durationMax: maxOf(
      failed.map((leg) => leg.flow.duration_max),
      0,
    ),
    reasons: unique(
      finding.legs.map(
        ({ flow }) =>
          flow.shape.upstream_transport_failure_reason ?? flow.shape.connection_termination_details,
      ),
    ),
  };
}

/** Workloads of the destinations; where no pod is known the service that owns the address, else the address. */
export function victimsOf(places: readonly Place[]): string[] {
  return unique(places.map((place) => place.workload ?? place.owner ?? place.address));
}

/** The destinations of legs, in the order of their addresses. */
export function placesOf(legs: readonly Leg[], known: Ownership): Place[] {
  const places = new Map<string, Place>();
  for (const { facts, flow } of legs) {
    if (facts.local === null) continue;
    const address = formatAddress(facts.local);
    if (!places.has(address)) places.set(address, describePlace(facts.local, flow.first, known));
  }
  return [...places.values()].sort((a, b) => compareText(a.address, b.address));
}

/** Who is at an address at a time. */
export function describePlace(
  address: { readonly ip: string; readonly port: number },
  time: number,
  known: Ownership,
): Place {
  const claim = known.pods.claimAt(address.ip, time);
  const owner = known.ownersAt(address, time)[0]?.host ?? null;
  const ownerNamespace = owner === null ? null : hostNamespace(owner);
  return {
    address: formatAddress(address),
    ip: address.ip,
    port: address.port,
    pod: claim?.writer.source.pod ?? null,
    workload: claim?.writer.source.workload ?? null,
    namespace: (claim === null ? null : known.namespaceOf(claim.writer.key)) ?? ownerNamespace,
    owner,
  };
}

/** Who opened the connections, with the namespace that their services tell where the envelope does not. */
function clientsOf(legs: readonly Leg[], known: Ownership): Client[] {
  const clients = new Map<string, Client>();
  for (const leg of legs) {
    const source = sourceOf(leg, known);
    const namespace = source.writer === null ? source.source.namespace : known.namespaceOf(source.writer);
    const client = {
      pod: source.source.pod,
      workload: source.source.workload,
      namespace,
      ip: source.source.ip,
    };
    clients.set(JSON.stringify(client), client);
  }
  return [...clients].sort(([a], [b]) => compareText(a, b)).map(([, client]) => client);
}

/** The pods that opened the connections, as their envelopes name them. */
export function sourcesOf(legs: readonly Leg[], known: Ownership): Source[] {
  const sources = new Map<string, Source>();
  for (const leg of legs) {
    const { source } = sourceOf(leg, known);
    sources.set(JSON.stringify([source.namespace, source.pod, source.ip]), source);
  }
  return [...sources].sort(([a], [b]) => compareText(a, b)).map(([, source]) => source);
}

/** The legs of runs, one for each shape. */
export function distinctLegs(runs: readonly Run[]): Leg[] {
  const legs = new Map<number, Leg>();
  for (const run of runs) for (const leg of run.legs) legs.set(leg.flow.shape.id, leg);
  return [...legs.values()].sort(compareLegs);
}

/** Number of distinct clients, pods without a name told apart by their address. */
export function countClients(legs: readonly Leg[], known: Ownership): number {
  return new Set(legs.map((leg) => sourceOf(leg, known).writer ?? `peer ${leg.facts.remoteIp}`)).size;
}

function sourceOf(leg: Leg, known: Ownership): { readonly writer: string | null; readonly source: Source } {
  const { facts, flow } = leg;
  if (facts.direction !== 'inbound') return { writer: facts.writer, source: facts.source };
  const claim = facts.remoteIp === null ? null : known.pods.claimAt(facts.remoteIp, flow.first);
  if (claim !== null) return { writer: claim.writer.key, source: claim.writer.source };
  return { writer: null, source: { pod: null, workload: null, namespace: null, ip: facts.remoteIp } };
}

function unique(values: ReadonlyArray<string | null>): string[] {
  return [...new Set(values.filter((value) => value !== null))].sort(compareText);
}
