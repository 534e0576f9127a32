/** Connections that failed for a reason that their own lines show. */
import type { LineReader } from '../domain/ports.ts';
import type { Severity } from '../domain/resources.ts';
import type { Condition, ConditionPlan, Surroundings } from './conditions/condition.ts';
import { circuitBreaking } from './diagnoses/circuit-breaking.ts';
import { clusterMissing } from './diagnoses/cluster-missing.ts';
import { connectTimeout } from './diagnoses/connect-timeout.ts';
import { connectionRefused } from './diagnoses/connection-refused.ts';
import type { Diagnosis, FailureDiagnosis } from './diagnoses/diagnosis.ts';
import { noEndpoints } from './diagnoses/no-endpoints.ts';
import { noRouteToHost } from './diagnoses/no-route-to-host.ts';
import { isRbacDenial, rbacDenied } from './diagnoses/rbac-denied.ts';
import { strictVsPlaintext } from './diagnoses/strict-vs-plaintext.ts';
import { tlsFailure } from './diagnoses/tls-failure.ts';
import { maxOf, minOf } from './extremes.ts';
import { failureEvidence } from './failure-evidence.ts';
import { countClients, type Finding, failureSeverity } from './findings.ts';
import { idOf } from './hash.ts';
import { compareLegs, isPassthrough, type Leg } from './legs.ts';
import type { Ownership } from './ownership.ts';
import { isOfStart, withoutStartRaces } from './start-races.ts';
import { startAfter, startBefore } from './start-times.ts';

/** In the order in which they are tried: flags that name the reason before those that need a reason. */
const FAILURES: readonly FailureDiagnosis[] = [
  circuitBreaking,
  clusterMissing,
  noEndpoints,
  tlsFailure,
  noRouteToHost,
  connectionRefused,
  connectTimeout,
];

/** Fewer failures than this share of what goes on around them are no incident: networks lose connections. */
const SHARE_MIN = 0.15;
/** A host of a cluster that mostly works is told when so many connections to it failed, and this share of them. */
const HOST_FAILURES_MIN = 3;
const HOST_SHARE_MIN = 0.5;
/** One or two failures are seen among the connections of this time before and after, ms. */
const AROUND_MS = 30 * 60_000;

/** A pause of this length, with connections that went well in it, ends an episode; ms. */
const PAUSE_MS = 3_600_000;

interface Group {
  readonly diagnosis: Diagnosis;
  readonly scope: string;
  readonly failed: Leg[];
}

interface Episode extends Group {
  /** Place among the episodes of the group, told or not. */
  readonly place: number;
  /** Failures among the connections around them, 0 to 1. */
  readonly share: number;
}

/**
 * What shares a fate: a cluster on a port, an address where no cluster stands for it, a port of a server. Failures are told of
 * the first scope of their legs, unless a capture, a black hole or a change accounts for them.
 */
export const failures: Condition = {
  name: 'failures',
  scopesOf: (leg) => (leg.flow.shape.http || leg.facts.local === null ? [] : scopesOf(leg)),
  find: async (scope, legs, surroundings) => {
    const groups = new Map<string, Group>();
    const fine: Leg[] = [];
    for (const leg of legs) {
      const diagnosis = surroundings.isExplained(leg) ? null : diagnose(leg, surroundings);
      if (diagnosis === null) {
        if (!leg.facts.failed) fine.push(leg);
        continue;
      }
      if (scopesOf(leg)[0] !== scope) continue;
      const group = groups.get(diagnosis.id) ?? { diagnosis, scope, failed: [] };
      group.failed.push(leg);
      groups.set(diagnosis.id, group);
    }
    const findings: Finding[] = [];
    for (const { failed, ...group } of groups.values()) {
      const told = withoutStartRaces(failed, fine, surroundings.known.pods);
      for (const episode of listEpisodes({ ...group, failed: told }, fine)) {
        findings.push(await toFinding(episode, fine, surroundings.known, surroundings.reader));
      }
    }
    return findings;
  },
};

/** True for what connections of a client show by their own flags. */
export function isOwnFailure({ diagnosis }: Finding): boolean {
  return FAILURES.some((one) => one === diagnosis);
}

/** With it, the scopes that have to be looked at again: some findings quote lines of other scopes. */
export const FAILURES_PLAN: ConditionPlan = {
  condition: failures,
  mayShow: ({ facts, flow }) => facts.failed || isRbacDenial(flow.shape.connection_termination_details),
  isOpen: ({ findings }) => findings.some((finding) => finding.diagnosis === strictVsPlaintext),
};

function diagnose(leg: Leg, { known, judgementOf }: Surroundings): Diagnosis | null {
  const { shape } = leg.flow;
  const inbound = leg.facts.direction === 'inbound';
  if (inbound && isRbacDenial(shape.connection_termination_details)) return rbacDenied;
  if (inbound && shape.response_flags.includes('NR')) {
    const gateway = known.pods.writers.get(leg.facts.writer)?.gateway === true;
    if (!gateway) return strictVsPlaintext;
  }
  if (!leg.facts.failed || (!leg.facts.client && !inbound)) return null;
  const state = judgementOf(leg)?.state;
  if (state === 'captured' || state === 'blackhole') return null;
  const sign = {
    inbound,
    flags: shape.response_flags,
    reason: (shape.upstream_transport_failure_reason ?? '').toLowerCase(),
    durationMin: leg.flow.duration_min,
    durationMax: leg.flow.duration_max,
  };
  return FAILURES.find((diagnosis) => diagnosis.matches(sign)) ?? null;
}

function scopesOf({ facts }: Leg): string[] {
  const address = facts.local?.key ?? '';
  if (facts.direction === 'inbound')
    return [`server ${facts.source.workload ?? facts.writer} ${facts.local?.port}`];
  if (facts.cluster === null || isPassthrough(facts)) return [`address ${address}`];
  return [`cluster ${facts.cluster} ${facts.local?.port}`, `address ${address}`];
}

/** Episodes that are worth telling: of the whole group or, where most of it goes well, of a single host in it. */
function listEpisodes(group: Group, fine: readonly Leg[]): Episode[] {
  return splitEpisodes(group.failed, fine).flatMap((failed, place) => {
    const share = shareOf(failed, fine);
    return share >= SHARE_MIN
      ? [{ ...group, failed, place, share }]
      : listHosts({ ...group, failed, place }, fine);
  });
}

function listHosts(group: Omit<Episode, 'share'>, fine: readonly Leg[]): Episode[] {
  const hosts = [...new Set(group.failed.map((leg) => leg.flow.shape.upstream_host))].sort();
  return hosts.flatMap((host) => {
    if (host === null) return [];
    const isOfHost = (leg: Leg) => leg.flow.shape.upstream_host === host;
    const failed = group.failed.filter(isOfHost);
    const share = shareOf(failed, fine.filter(isOfHost));
    const failures = failed.reduce((sum, leg) => sum + leg.flow.connections, 0);
    if (failures < HOST_FAILURES_MIN || share < HOST_SHARE_MIN) return [];
    return [{ ...group, scope: `${group.scope} ${host}`, failed, share }];
  });
}

function splitEpisodes(failed: readonly Leg[], fine: readonly Leg[]): Leg[][] {
  const sorted = [...failed].sort(compareLegs);
  const episodes: Leg[][] = [];
  let reach = Number.NEGATIVE_INFINITY;
  for (const leg of sorted) {
    const { first, last } = leg.flow;
    const paused =
      first - reach > PAUSE_MS && fine.some(({ flow }) => flow.last > reach && flow.first < first);
    if (episodes.length === 0 || paused) episodes.push([leg]);
    else episodes[episodes.length - 1]?.push(leg);
    reach = Math.max(reach, last);
  }
  return episodes;
}

async function toFinding(
  group: Episode,
  fine: readonly Leg[],
  known: Ownership,
  reader: Pick<LineReader, 'lines'>,
): Promise<Finding> {
  const { failed, diagnosis } = group;
  const first = minOf(
    failed.map((leg) => leg.flow.first),
    0,
  );
  const last = maxOf(
    failed.map((leg) => leg.flow.last),
    0,
  );
  const failures = failed.reduce((sum, leg) => sum + leg.flow.connections, 0);
  const beside = fine.filter(({ flow }) => flow.last >= first && flow.first <= last);
  const connections = failures + beside.reduce((sum, leg) => sum + leg.flow.connections, 0);
  const ports = new Set(failed.map((leg) => leg.facts.local?.port ?? 0));
  const end = await startAfter(fine, last, reader);
  const cluster = failed[0]?.flow.shape.upstream_cluster ?? null;
  const finding = {
    id: idOf('failure', diagnosis.id, group.scope, group.place),
    diagnosis,
    severity: severityOf(group, known),
    port: ports.size === 1 ? ([...ports][0] ?? null) : null,
    cluster,
    about: cluster,
    onset: { after: await startBefore(fine, first, reader), before: first },
    settledAt: null,
    ended: end === null ? null : { after: last, before: end },
    last,
    legs: failed,
    runs: [],
    shifts: [],
    support: failures,
    connections,
    failures,
    bytes: failed.reduce((sum, { flow }) => sum + flow.bytes_received + flow.bytes_sent, 0),
    misdelivered: false,
  };
  const shapes = failed.map((leg) => leg.flow.shape);
  return {
    ...finding,
    evidence: failureEvidence(finding, known),
    samples: [{ shapes, since: first, until: last + 1, order: 'oldest', limit: 5 }],
  };
}

function severityOf({ failed, share, diagnosis }: Episode, known: Ownership): Severity {
  const failures = failed.reduce((sum, leg) => sum + leg.flow.connections, 0);
  const severity = failureSeverity({ share, failures, clients: countClients(failed, known) });
  const isStranger = ({ facts, flow }: Leg) =>
    facts.remoteIp === null || known.pods.claimAt(facts.remoteIp, flow.first) === null;
  // Strangers that a strict port turns away are what strictness is for.
  if (diagnosis === strictVsPlaintext && failed.every(isStranger)) return 'info';
  return failed.every((leg) => isOfStart(leg, known.pods)) ? 'info' : severity;
}

/**
 * Share of failures among the connections around them. Flows tell the number of their connections, not when each was:
 * they count by the part of their span that lies in the time looked at.
 */
function shareOf(failed: readonly Leg[], fine: readonly Leg[]): number {
  const failures = failed.reduce((sum, leg) => sum + leg.flow.connections, 0);
  const around = failures < 3 ? AROUND_MS : 0;
  const since =
    minOf(
      failed.map((leg) => leg.flow.first),
      0,
    ) - around;
  const until =
    maxOf(
      failed.map((leg) => leg.flow.last),
      0,
    ) + around;
  let others = 0;
  for (const { flow } of fine) {
    const inside = Math.min(flow.last, until) - Math.max(flow.first, since);
    if (inside < 0) continue;
    others +=
      flow.last === flow.first ? flow.connections : (flow.connections * inside) / (flow.last - flow.first);
  }
  return failures / (failures + others);
}
