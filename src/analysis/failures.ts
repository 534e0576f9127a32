/** Connections that failed for a reason that their own lines show. */
import type { Severity } from '../domain/resources.ts';
import {
  type Condition,
  type ConditionPlan,
  countConnections,
  type Surroundings,
} from './conditions/condition.ts';
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
import { type Episode, listEpisodes } from './failure-episodes.ts';
import { failureEvidence } from './failure-evidence.ts';
import { countClients, type Finding, failureSeverity } from './findings.ts';
import { FineLegs } from './fine-legs.ts';
import { idOf } from './hash.ts';
import { type Facts, isPassthrough, type Leg } from './legs.ts';
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

interface Group {
  readonly diagnosis: Diagnosis;
  readonly failed: Leg[];
}

interface ToldEpisode extends Episode {
  readonly diagnosis: Diagnosis;
}

/**
 * What shares a fate: a cluster on a port, an address where no cluster stands for it, a port of a server. Failures are told of
 * the first scope of their legs, unless a capture, a black hole or a change accounts for them.
 */
export const failures: Condition = {
  name: 'failures',
  byFacts: true,
  scopesOf: (leg) => (leg.flow.shape.http || leg.facts.local === null ? [] : scopesOf(leg)),
  find: async (all, surroundings) => {
    const { name: scope, suspects } = all;
    const groups = new Map<string, Group>();
    const accused: Leg[] = [];
    const isAddress = scope.startsWith(ADDRESS);
    for (const leg of suspects) {
      const diagnosis = surroundings.isExplained(leg) ? null : diagnose(leg, surroundings);
      if (diagnosis === null) continue;
      accused.push(leg);
      if (isAddress && hasClusterScope(leg)) continue;
      const group = groups.get(diagnosis.id) ?? { diagnosis, failed: [] };
      group.failed.push(leg);
      groups.set(diagnosis.id, group);
    }
    const findings: Finding[] = [];
    const fine = new FineLegs(all, accused);
    for (const { diagnosis, failed } of groups.values()) {
      const told = withoutStartRaces(failed, fine, surroundings.known.pods);
      for (const episode of listEpisodes({ scope, failed: told, fine })) {
        findings.push(await toFinding({ ...episode, diagnosis }, fine, surroundings));
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
  mayShow: ({ facts }) => mayShow(facts),
  concerns: mayShow,
  isOpen: (found) => found.some((finding) => finding.diagnosis === strictVsPlaintext),
  tell: (found) => found,
};

function mayShow({ failed, shape }: Facts): boolean {
  return failed || isRbacDenial(shape.connection_termination_details);
}

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

/** Begins the scopes of addresses. */
const ADDRESS = 'address ';

function scopesOf(leg: Leg): string[] {
  const { facts } = leg;
  if (facts.direction === 'inbound')
    return [`server ${facts.source.workload ?? facts.writer} ${facts.local?.port}`];
  const address = `${ADDRESS}${facts.local?.key ?? ''}`;
  return hasClusterScope(leg) ? [`cluster ${facts.cluster} ${facts.local?.port}`, address] : [address];
}

/** True for legs whose first scope is a cluster's, and the second that of the address. */
function hasClusterScope({ facts }: Leg): boolean {
  return facts.direction !== 'inbound' && facts.cluster !== null && !isPassthrough(facts);
}

async function toFinding(
  episode: ToldEpisode,
  fine: FineLegs,
  { known, reader }: Surroundings,
): Promise<Finding> {
  const { failed, diagnosis } = episode;
  const first = minOf(
    failed.map((leg) => leg.flow.first),
    0,
  );
  const last = maxOf(
    failed.map((leg) => leg.flow.last),
    0,
  );
  const failures = countConnections(failed);
  const connections = failures + fine.countBeside(first, last);
  const ports = new Set(failed.map((leg) => leg.facts.local?.port ?? 0));
  const end = await startAfter(fine.since(last), last, reader);
  const cluster = failed[0]?.flow.shape.upstream_cluster ?? null;
  const finding = {
    id: idOf('failure', diagnosis.id, episode.scope, episode.place),
    diagnosis,
    severity: severityOf(episode, known),
    port: ports.size === 1 ? ([...ports][0] ?? null) : null,
    cluster,
    about: cluster,
    onset: { after: await startBefore(fine.until(first), first, reader), before: first },
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

function severityOf({ failed, share, diagnosis }: ToldEpisode, known: Ownership): Severity {
  const failures = countConnections(failed);
  const severity = failureSeverity({ share, failures, clients: countClients(failed, known) });
  const isStranger = ({ facts, flow }: Leg) =>
    facts.remoteIp === null || known.pods.claimAt(facts.remoteIp, flow.first) === null;
  // Strangers that a strict port turns away are what strictness is for.
  if (diagnosis === strictVsPlaintext && failed.every(isStranger)) return 'info';
  return failed.every((leg) => isOfStart(leg, known.pods)) ? 'info' : severity;
}
