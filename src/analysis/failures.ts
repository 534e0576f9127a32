/** Connections that failed for a reason that their own lines show. */
import { formatAddress } from '../domain/address.ts';
import type { LineReader } from '../domain/ports.ts';
import type { Severity } from '../domain/resources.ts';
import { formatDuration } from '../domain/time.ts';
import { circuitBreaking } from './diagnoses/circuit-breaking.ts';
import { clusterMissing } from './diagnoses/cluster-missing.ts';
import { connectTimeout } from './diagnoses/connect-timeout.ts';
import { connectionRefused } from './diagnoses/connection-refused.ts';
import { count, type Diagnosis, type FailureDiagnosis, listWords } from './diagnoses/diagnosis.ts';
import { noEndpoints } from './diagnoses/no-endpoints.ts';
import { noRouteToHost } from './diagnoses/no-route-to-host.ts';
import { isRbacDenial, rbacDenied } from './diagnoses/rbac-denied.ts';
import { strictVsPlaintext } from './diagnoses/strict-vs-plaintext.ts';
import { tlsFailure } from './diagnoses/tls-failure.ts';
import { maxOf, minOf } from './extremes.ts';
import { countClients, type Finding, failureSeverity, subjectOf } from './findings.ts';
import { idOf } from './hash.ts';
import { compareText, isPassthrough, type Leg } from './legs.ts';
import type { Ownership } from './ownership.ts';
import type { Judgement } from './states.ts';

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
const SHARE_MIN = 0.1;
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
  /** Failures among the connections around them, 0 to 1. */
  readonly share: number;
}

/** Finds the failures that no capture, no black hole and no finding of a change (`explained`) accounts for. */
export async function findFailures(
  explained: ReadonlySet<number>,
  judged: ReadonlyMap<Leg, Judgement | null>,
  known: Ownership,
  reader: Pick<LineReader, 'lines'>,
): Promise<Finding[]> {
  const groups = new Map<string, Group>();
  const fine = new Map<string, Leg[]>();
  for (const [leg, judgement] of judged) {
    if (leg.flow.shape.http || leg.facts.local === null) continue;
    const diagnosis = explained.has(leg.flow.shape.id) ? null : diagnose(leg, judgement, known);
    if (diagnosis === null) {
      if (!leg.facts.failed) for (const scope of scopesOf(leg)) push(fine, scope, leg);
      continue;
    }
    const [scope = ''] = scopesOf(leg);
    const key = `${diagnosis.id} ${scope}`;
    const group = groups.get(key) ?? { diagnosis, scope, failed: [] };
    group.failed.push(leg);
    groups.set(key, group);
  }
  const findings: Finding[] = [];
  for (const [, group] of [...groups].sort(([a], [b]) => compareText(a, b))) {
    const others = fine.get(group.scope) ?? [];
    for (const failed of splitEpisodes(group.failed, others)) {
      const share = shareOf(failed, others);
      if (share < SHARE_MIN) continue;
      findings.push(await toFinding({ ...group, failed, share }, others, known, reader));
    }
  }
  return findings;
}

function diagnose(leg: Leg, judgement: Judgement | null, known: Ownership): Diagnosis | null {
  const { shape } = leg.flow;
  const inbound = leg.facts.direction === 'inbound';
  const gateway = known.pods.writers.get(leg.facts.writer)?.gateway === true;
  if (inbound && isRbacDenial(shape.connection_termination_details)) return rbacDenied;
  if (inbound && !gateway && shape.response_flags.includes('NR')) return strictVsPlaintext;
  if (!leg.facts.client && !inbound) return null;
  if (judgement?.state === 'captured' || judgement?.state === 'blackhole') return null;
  if (!leg.facts.failed) return null;
  const sign = {
    inbound,
    flags: shape.response_flags,
    reason: (shape.upstream_transport_failure_reason ?? '').toLowerCase(),
    durationMin: leg.flow.duration_min,
    durationMax: leg.flow.duration_max,
  };
  return FAILURES.find((diagnosis) => diagnosis.matches(sign)) ?? null;
}

/** What shares a fate: a cluster on a port, an address where no cluster stands for it, a port of a server. */
function scopesOf({ facts }: Leg): string[] {
  const address = facts.local === null ? '' : formatAddress(facts.local);
  if (facts.direction === 'inbound')
    return [`server ${facts.source.workload ?? facts.writer} ${facts.local?.port}`];
  if (facts.cluster === null || isPassthrough(facts)) return [`address ${address}`];
  return [`cluster ${facts.cluster} ${facts.local?.port}`, `address ${address}`];
}

function splitEpisodes(failed: readonly Leg[], fine: readonly Leg[]): Leg[][] {
  const sorted = [...failed].sort((a, b) => a.flow.first - b.flow.first || a.facts.order - b.facts.order);
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
    id: idOf('failure', diagnosis.id, group.scope, first),
    diagnosis,
    severity: severityOf(group, known),
    port: ports.size === 1 ? ([...ports][0] ?? null) : null,
    cluster,
    about: cluster,
    onset: { after: await startBefore(fine, first, reader), before: first },
    ended: end === null ? null : { after: last, before: end },
    last,
    legs: failed,
    runs: [],
    shifts: [],
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
  return diagnosis === strictVsPlaintext && failed.every(isStranger) ? 'info' : severity;
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

function failureEvidence(finding: Omit<Finding, 'evidence' | 'samples'>, known: Ownership): string[] {
  const subject = subjectOf(finding, known);
  const flags = [...new Set(finding.legs.flatMap((leg) => leg.flow.shape.response_flags))];
  const sentences = [
    `${finding.failures} of ${count(finding.connections, 'connection')} in the hours concerned failed` +
      `${flags.length === 0 ? '' : `, with the flags ${flags.join(',')}`}.`,
  ];
  if (subject.reasons.length > 0) sentences.push(`The lines give as reason: ${listWords(subject.reasons)}.`);
  if (subject.durationMax > 0) sentences.push(`They lasted up to ${formatDuration(subject.durationMax)}.`);
  if (subject.upstreamHosts.length > 0)
    sentences.push(`The hosts chosen were ${listWords(subject.upstreamHosts)}.`);
  sentences.push(...divertedSentences(finding.legs, known));
  if (finding.diagnosis === strictVsPlaintext) sentences.push(...plaintextSentences(finding.legs, known));
  return sentences;
}

/** One line does not tell a service's address from a pod's that a catch-all took: say so, claim nothing. */
function divertedSentences(failed: readonly Leg[], known: Ownership): string[] {
  const leg = failed.find(({ facts }) => {
    const { local, upstream, service } = facts;
    if (!facts.client || local === null || upstream === null || service?.host == null) return false;
    return (
      upstream.ip !== local.ip &&
      !known.isVip(local.ip) &&
      known.ownersAt(local, failed[0]?.flow.first ?? 0).length === 0
    );
  });
  if (leg?.facts.local == null) return [];
  const { local, service } = leg.facts;
  return [
    `The lines do not tell what ${local.ip} is. If it is a pod's address and not one of ${service?.host}, ` +
      `the connection was captured: see whether the proxy has a listener on 0.0.0.0:${local.port}.`,
  ];
}

/** A client's line that left the mesh's naming is the reason why the server saw plaintext. */
function plaintextSentences(denied: readonly Leg[], known: Ownership): string[] {
  const servers = new Set(
    denied.map((leg) => (leg.facts.local === null ? '' : formatAddress(leg.facts.local))),
  );
  const passed = known.legs.find(
    ({ facts }) =>
      facts.client && isPassthrough(facts) && facts.local !== null && servers.has(formatAddress(facts.local)),
  );
  if (passed?.facts.local == null) return [];
  const who = passed.facts.source.pod ?? 'A client';
  return [
    `${who} dialled ${formatAddress(passed.facts.local)} past the mesh (PassthroughCluster), which is plaintext.`,
  ];
}

/** Start of the last of these connections before a time. Reads one line where flows reach over it. */
async function startBefore(
  legs: readonly Leg[],
  time: number,
  reader: Pick<LineReader, 'lines'>,
): Promise<number | null> {
  const whole = legs.filter(({ flow }) => flow.last < time).map(({ flow }) => flow.last);
  const across = legs.filter(({ flow }) => flow.first < time && flow.last >= time);
  const best = whole.length === 0 ? null : maxOf(whole, 0);
  if (across.length === 0) return best;
  const shapes = new Set(across.map((leg) => leg.flow.shape.id));
  const [line] = await reader.lines({
    since: null,
    until: time,
    shapes,
    order: 'newest',
    after: null,
    limit: 1,
  });
  const start = line?.entry.start_time ?? null;
  return start === null ? best : Math.max(start, best ?? start);
}

/** Start of the first of these connections after a time. */
async function startAfter(
  legs: readonly Leg[],
  time: number,
  reader: Pick<LineReader, 'lines'>,
): Promise<number | null> {
  const whole = legs.filter(({ flow }) => flow.first > time).map(({ flow }) => flow.first);
  const across = legs.filter(({ flow }) => flow.first <= time && flow.last > time);
  const best = whole.length === 0 ? null : minOf(whole, 0);
  if (across.length === 0) return best;
  const shapes = new Set(across.map((leg) => leg.flow.shape.id));
  const [line] = await reader.lines({
    since: time + 1,
    until: null,
    shapes,
    order: 'oldest',
    after: null,
    limit: 1,
  });
  const start = line?.entry.start_time ?? null;
  return start === null ? best : Math.min(start, best ?? start);
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
