/** Findings that rest on a change of routing other than a capture: lost visibility, black holes, mesh policy. */
import { formatAddress } from '../domain/address.ts';
import { hostNamespace } from '../domain/cluster-name.ts';
import type { Severity } from '../domain/resources.ts';
import { formatTime } from '../domain/time.ts';
import { hostOf } from './captures.ts';
import { blockedByRegistryOnly } from './diagnoses/blocked-by-registry-only.ts';
import { count, type Diagnosis, listWords, placesWords } from './diagnoses/diagnosis.ts';
import { meshPolicyChange } from './diagnoses/mesh-policy-change.ts';
import { podIpPassthrough } from './diagnoses/pod-ip-passthrough.ts';
import { unknownExternal } from './diagnoses/unknown-external.ts';
import { visibilityLost } from './diagnoses/visibility-lost.ts';
import { maxOf, minOf } from './extremes.ts';
import {
  countClients,
  distinctLegs,
  type Finding,
  failureSeverity,
  SPREAD_MS,
  subjectOf,
} from './findings.ts';
import { idOf } from './hash.ts';
import { compareText, type Leg } from './legs.ts';
import type { Ownership } from './ownership.ts';
import { type Run, routingOf } from './routes.ts';
import { mergeRuns, type ShiftDraft } from './shifts.ts';

/** Proxies and ports that must change together before a policy is to blame, and pods among them. */
const POLICY_PORTS_MIN = 3;
const POLICY_PODS_MIN = 2;

/** Finds all of them; each run is explained once. */
export function findChanges(
  runs: readonly Run[],
  shifts: readonly ShiftDraft[],
  known: Ownership,
): Finding[] {
  const holes = runs.filter((run) => run.state === 'blackhole');
  const passed = runs.filter((run) => run.state === 'passthrough');
  const findings: Finding[] = [];
  const explained = new Set<string>();
  const add = (finding: Finding): void => {
    findings.push(finding);
    for (const run of finding.runs) explained.add(run.id);
  };
  const addGroup = (diagnosis: Diagnosis, into: readonly ShiftDraft[], candidates: readonly Run[]): void => {
    const isConcerned = spanOf(into, shifts);
    const members = candidates.filter((run) => !explained.has(run.id) && isConcerned(run));
    if (members.length > 0) add(toFinding({ diagnosis, runs: members, into }, shifts, known));
  };
  for (const group of policyChanges(shifts, 'passthrough_to_blackhole')) {
    addGroup(meshPolicyChange, group, holes);
  }
  for (const [, group] of groupNear(shifts.filter(isUnnamed), unnamedKey)) {
    const addresses = new Set(runsOf(group).map(addressOf));
    const members = passed.filter((run) => addresses.has(addressOf(run)));
    addGroup(unnamedDiagnosis(group, known), group, members);
  }
  for (const group of policyChanges(shifts, 'blackhole_to_passthrough')) {
    // The way back of a change that was told is no change of its own.
    if (group.some((shift) => explained.has(shift.from.id))) continue;
    add(toFinding({ diagnosis: meshPolicyChange, runs: runsOf(group), into: group }, shifts, known));
  }
  const rest = holes.filter((run) => !explained.has(run.id));
  for (const episode of blackholeEpisodes(rest, shifts)) {
    const into = shifts.filter((shift) => shift.to.some((run) => episode.includes(run)));
    add(toFinding({ diagnosis: blockedByRegistryOnly, runs: episode, into }, shifts, known));
  }
  return findings;
}

function runsOf(shifts: readonly ShiftDraft[]): Run[] {
  return shifts.flatMap((shift) => shift.to);
}

function addressOf(run: Run): string {
  return formatAddress(run.local);
}

/** Tells the runs that began after the change, also where nothing was seen before, and before it was seen to be over. */
function spanOf(group: readonly ShiftDraft[], shifts: readonly ShiftDraft[]): (run: Run) => boolean {
  const members = runsOf(group);
  const ids = new Set(members.map((run) => run.id));
  const began = minOf(
    group.map((shift) => shift.lastBefore),
    0,
  );
  const last = maxOf(
    members.map((run) => run.last),
    0,
  );
  const ends = shifts.filter((shift) => ids.has(shift.from.id) && shift.firstAfter > last);
  const over = minOf(
    ends.map((shift) => shift.firstAfter),
    Number.POSITIVE_INFINITY,
  );
  return (run) => run.first >= began && run.first <= over;
}

/** Kind of a shift, as the contract names it. */
export function kindOf(shift: Pick<ShiftDraft, 'from' | 'to'>): string {
  return `${shift.from.state}_to_${shift.to[0].state}`;
}

function policyChanges(shifts: readonly ShiftDraft[], kind: string): ShiftDraft[][] {
  const groups = groupNear(
    shifts.filter((shift) => kindOf(shift) === kind),
    () => kind,
  );
  return groups
    .map(([, group]) => group)
    .filter((group) => {
      const heads = group.map((shift) => shift.to[0]);
      const ports = new Set(heads.map((run) => `${run.writer} ${run.local.port}`));
      return (
        ports.size >= POLICY_PORTS_MIN && new Set(heads.map((run) => run.writer)).size >= POLICY_PODS_MIN
      );
    });
}

/** A destination that had a name is only an address now. */
function isUnnamed(shift: ShiftDraft): boolean {
  return ['service_to_passthrough', 'direct_to_passthrough'].includes(kindOf(shift));
}

function unnamedKey(shift: ShiftDraft): string {
  return `${shift.to[0].local.port} ${routingOf(shift.from)}`;
}

function unnamedDiagnosis(group: readonly ShiftDraft[], known: Ownership): Diagnosis {
  const [shift] = group;
  if (shift === undefined) return visibilityLost;
  const [run] = shift.to;
  if (known.pods.claimAt(run.local.ip, run.first) !== null) return podIpPassthrough;
  const host = hostOf(shift.from);
  return host !== null && hostNamespace(host) === null ? unknownExternal : visibilityLost;
}

/** Groups of equal key whose onsets follow each other closely enough to have one cause. */
function groupNear(
  shifts: readonly ShiftDraft[],
  keyOf: (shift: ShiftDraft) => string,
): Array<[string, ShiftDraft[]]> {
  const sorted = [...shifts].sort((a, b) => a.firstAfter - b.firstAfter || compareText(a.id, b.id));
  const open = new Map<string, ShiftDraft[]>();
  const groups: Array<[string, ShiftDraft[]]> = [];
  for (const shift of sorted) {
    const key = keyOf(shift);
    const current = open.get(key);
    const reach = current?.[current.length - 1]?.firstAfter ?? Number.NEGATIVE_INFINITY;
    if (current !== undefined && shift.lastBefore - reach <= SPREAD_MS) current.push(shift);
    else {
      const group = [shift];
      open.set(key, group);
      groups.push([key, group]);
    }
  }
  return groups;
}

/** By client workload: one Sidecar or policy hides all that it blocks. Split where the blocked were seen let through. */
function blackholeEpisodes(holes: readonly Run[], shifts: readonly ShiftDraft[]): Run[][] {
  const groups = new Map<string, Run[]>();
  for (const run of [...holes].sort((a, b) => a.first - b.first || compareText(a.id, b.id))) {
    const key = `${run.source.namespace ?? ''} ${run.source.workload ?? run.writer}`;
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [run]);
    else list.push(run);
  }
  const episodes: Run[][] = [];
  for (const [, members] of [...groups].sort(([a], [b]) => compareText(a, b))) {
    let current: Run[] = [];
    for (const run of members) {
      const reach = maxOf(
        current.map((r) => r.last),
        Number.POSITIVE_INFINITY,
      );
      const ids = new Set(current.map((r) => r.id));
      const isOver = shifts.some(
        ({ from, firstAfter }) => ids.has(from.id) && firstAfter > reach && firstAfter <= run.first,
      );
      if (isOver) {
        episodes.push(current);
        current = [];
      }
      current.push(run);
    }
    episodes.push(current);
  }
  return episodes;
}

interface Draft {
  readonly diagnosis: Diagnosis;
  readonly runs: readonly Run[];
  readonly into: readonly ShiftDraft[];
}

function toFinding(draft: Draft, shifts: readonly ShiftDraft[], known: Ownership): Finding {
  const { diagnosis, runs, into } = draft;
  const total = runs.reduce(mergeRuns);
  const before = minOf(
    runs.map((run) => run.first),
    0,
  );
  const lows = into.map((shift) => shift.lastBefore).filter((time) => time < before);
  const ids = new Set(runs.map((run) => run.id));
  const outOf = shifts.filter((shift) => ids.has(shift.from.id));
  const ends = outOf.filter((shift) => shift.firstAfter > total.last);
  const legs = distinctLegs(runs);
  const ports = new Set(runs.map((run) => run.local.port));
  const isLoss = diagnosis !== blockedByRegistryOnly && diagnosis !== meshPolicyChange;
  const keys = runs.map((run) => `${run.writer} ${addressOf(run)}`).sort(compareText);
  const finding = {
    id: idOf('change', diagnosis.id, keys[0] ?? '', before),
    diagnosis,
    severity: severityOf(diagnosis, total, legs, known),
    port: ports.size === 1 ? ([...ports][0] ?? null) : null,
    cluster: total.name,
    about: isLoss ? (into[0]?.from.name ?? null) : total.name,
    onset: { after: lows.length === 0 ? null : maxOf(lows, 0), before },
    ended:
      ends.length === 0
        ? null
        : {
            after: total.last,
            before: minOf(
              ends.map((s) => s.firstAfter),
              0,
            ),
          },
    last: total.last,
    legs,
    runs,
    shifts: [...into, ...outOf],
    connections: total.connections,
    failures: total.failures,
    bytes: total.bytes,
    misdelivered: false,
  };
  const shapes = legs.map((leg) => leg.flow.shape);
  const old = into[0]?.from.legs.map((leg) => leg.flow.shape) ?? [];
  return {
    ...finding,
    evidence: changeEvidence(finding, into, known),
    samples: [
      { shapes: old, since: null, until: (into[0]?.lastBefore ?? 0) + 1, order: 'newest', limit: 1 },
      { shapes, since: before, until: total.last + 1, order: 'oldest', limit: 5 },
    ],
  };
}

function severityOf(diagnosis: Diagnosis, total: Run, legs: readonly Leg[], known: Ownership): Severity {
  if (diagnosis === podIpPassthrough || diagnosis === unknownExternal) return 'info';
  if (total.failures === 0) return 'medium';
  const share = total.failures / total.connections;
  const severity = failureSeverity({ share, failures: total.failures, clients: countClients(legs, known) });
  return diagnosis === visibilityLost && severity === 'info' ? 'medium' : severity;
}

function changeEvidence(
  finding: Omit<Finding, 'evidence' | 'samples'>,
  into: readonly ShiftDraft[],
  known: Ownership,
): string[] {
  const subject = subjectOf(finding, known);
  const clusters = [...new Set(finding.runs.map((run) => run.name ?? 'no cluster'))];
  const sentences = [
    `${count(finding.connections, 'connection')} to ${placesWords(subject)} went to ${listWords(clusters)}; ` +
      `${finding.failures} of them failed.`,
  ];
  for (const shift of into.slice(0, 3)) {
    const who = shift.to[0].source.pod ?? 'One client';
    sentences.push(
      `${who} used ${shift.from.name ?? shift.from.state} until ${formatTime(shift.lastBefore)} and ` +
        `${shift.to[0].name ?? shift.to[0].state} from ${formatTime(shift.firstAfter)}.`,
    );
  }
  if (into.length > 3) sentences.push(`${into.length - 3} more changes of the same kind were seen.`);
  if (into.length === 0) sentences.push('No other routing was seen before.');
  return sentences;
}
