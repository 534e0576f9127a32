/** Findings that rest on a change of routing other than a capture: lost visibility, black holes, mesh policy. */
import { hostNamespace } from '../domain/cluster-name.ts';
import type { Severity } from '../domain/resources.ts';
import { formatTime } from '../domain/time.ts';
import { addressOf, blockedEpisodes, clientsUnchanged, isMeshWide } from './blocked.ts';
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
  failureRank,
  failureSeverity,
  SPREAD_MS,
  subjectOf,
} from './findings.ts';
import { idOf } from './hash.ts';
import { compareText } from './legs.ts';
import type { Ownership } from './ownership.ts';
import type { Races } from './races.ts';
import type { Run } from './routes.ts';
import { indexShifts, type ShiftIndex, shiftsOf } from './shift-index.ts';
import { type ShiftDraft, sourceOf } from './shifts.ts';

/** What one finding is made of. */
interface Draft {
  readonly id: string;
  readonly diagnosis: Diagnosis;
  readonly runs: readonly Run[];
  readonly into: readonly ShiftDraft[];
  /** Proxies that went on as before where others changed. */
  readonly unchanged: readonly string[];
}

/** Finds all of them; each run is explained once. */
export function findChanges(
  runs: readonly Run[],
  shifts: readonly ShiftDraft[],
  known: Ownership,
  races: Races,
): Finding[] {
  const holes = runs.filter((run) => run.state === 'blackhole');
  const passed = runs.filter((run) => run.state === 'passthrough');
  const passedTo = createRunsAt(passed);
  const outOf = indexShifts(shifts, (shift) => [shift.from]);
  const findings: Finding[] = [];
  const explained = new Set<string>();
  const add = (draft: Draft): void => {
    if (draft.runs.length === 0) return;
    findings.push(toFinding(draft, outOf, known));
    for (const run of draft.runs) explained.add(run.id);
  };
  for (const { group, ...draft } of policyChanges(shifts, 'passthrough_to_blackhole', passed)) {
    const isConcerned = spanOf(group, outOf);
    add({ ...draft, runs: holes.filter((run) => !explained.has(run.id) && isConcerned(run)) });
  }
  for (const { key, place, group } of groupNear(shifts.filter(isUnnamed), unnamedKey)) {
    const isConcerned = spanOf(group, outOf);
    const members = passedTo(runsOf(group).map(addressOf)).filter(
      (run) => !explained.has(run.id) && isConcerned(run),
    );
    const diagnosis = unnamedDiagnosis(group, known);
    add({ id: idOf('unnamed', key, place), diagnosis, runs: members, into: group, unchanged: [] });
  }
  for (const { group, ...draft } of policyChanges(shifts, 'blackhole_to_passthrough', holes)) {
    // The way back of a change that was told is no change of its own.
    if (group.some((shift) => explained.has(shift.from.id))) continue;
    add({ ...draft, runs: runsOf(group) });
  }
  const isDoubtful = (run: Run): boolean => races.blips.has(run.id) || races.starts.has(run.id);
  const sure = holes.filter((run) => !isDoubtful(run));
  const doubtful = holes.filter(isDoubtful);
  for (const { key, runs: blocked, into } of blockedEpisodes(sure, shifts)) {
    const rest = [...blocked, ...within(blocked, doubtful)].filter((run) => !explained.has(run.id));
    add({ id: idOf('blocked', key), diagnosis: blockedByRegistryOnly, runs: rest, into, unchanged: [] });
  }
  return findings;
}

/** Finds the runs to some addresses, in the order that all have. */
function createRunsAt(runs: readonly Run[]): (addresses: Iterable<string>) => Run[] {
  const places = new Map<string, number[]>();
  for (const [place, run] of runs.entries()) {
    const list = places.get(addressOf(run));
    if (list === undefined) places.set(addressOf(run), [place]);
    else list.push(place);
  }
  return (addresses) =>
    [...new Set(addresses)]
      .flatMap((address) => places.get(address) ?? [])
      .sort((a, b) => a - b)
      .flatMap((place) => runs[place] ?? []);
}

/** What alone would tell nothing, on the ports and in the time of what is blocked for certain. */
function within(blocked: readonly Run[], doubtful: readonly Run[]): Run[] {
  const ports = new Set(blocked.map((run) => run.local.port));
  const first = minOf(
    blocked.map((run) => run.first),
    0,
  );
  const last = maxOf(
    blocked.map((run) => run.last),
    0,
  );
  return doubtful.filter((run) => ports.has(run.local.port) && run.first >= first && run.last <= last);
}

function runsOf(shifts: readonly ShiftDraft[]): Run[] {
  return shifts.flatMap((shift) => shift.to);
}

/** Tells the runs that began after the change, also where nothing was seen before, and before it was seen to be over. */
function spanOf(group: readonly ShiftDraft[], outOf: ShiftIndex): (run: Run) => boolean {
  const members = runsOf(group);
  const began = minOf(
    group.map((shift) => shift.lastBefore),
    0,
  );
  const last = maxOf(
    members.map((run) => run.last),
    0,
  );
  const ends = shiftsOf(members, outOf).filter((shift) => shift.firstAfter > last);
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

/** Changes of the policy of the mesh. `old` are all runs in the routing that was left. */
function policyChanges(
  shifts: readonly ShiftDraft[],
  kind: string,
  old: readonly Run[],
): Array<Omit<Draft, 'runs'> & { readonly group: readonly ShiftDraft[] }> {
  const groups = groupNear(
    shifts.filter((shift) => kindOf(shift) === kind),
    () => kind,
  );
  return groups
    .filter(({ group }) => isMeshWide(group, old))
    .map(({ place, group }) => ({
      id: idOf('policy', kind, place),
      diagnosis: meshPolicyChange,
      into: group,
      group,
      unchanged: clientsUnchanged(group, old),
    }));
}

/** A destination that had a name is only an address now. */
function isUnnamed(shift: ShiftDraft): boolean {
  return ['service_to_passthrough', 'direct_to_passthrough'].includes(kindOf(shift));
}

function unnamedKey(shift: ShiftDraft): string {
  return `${shift.to[0].local.port} ${shift.from.routing}`;
}

function unnamedDiagnosis(group: readonly ShiftDraft[], known: Ownership): Diagnosis {
  const [shift] = group;
  if (shift === undefined) return visibilityLost;
  const [run] = shift.to;
  if (known.pods.claimAt(run.local.ip, run.first) !== null) return podIpPassthrough;
  const host = hostOf(shift.from);
  return host !== null && hostNamespace(host) === null ? unknownExternal : visibilityLost;
}

interface NearGroup {
  readonly key: string;
  /** Place among the groups of the key, in the order of time. */
  readonly place: number;
  readonly group: ShiftDraft[];
}

/** Groups of equal key whose onsets follow each other closely enough to have one cause. */
function groupNear(shifts: readonly ShiftDraft[], keyOf: (shift: ShiftDraft) => string): NearGroup[] {
  const sorted = [...shifts].sort((a, b) => a.firstAfter - b.firstAfter || compareText(a.id, b.id));
  const open = new Map<string, NearGroup>();
  const groups: NearGroup[] = [];
  for (const shift of sorted) {
    const key = keyOf(shift);
    const current = open.get(key);
    const reach = current?.group[current.group.length - 1]?.firstAfter ?? Number.NEGATIVE_INFINITY;
    if (current !== undefined && shift.lastBefore - reach <= SPREAD_MS) current.group.push(shift);
    else {
      const next = { key, place: current === undefined ? 0 : current.place + 1, group: [shift] };
      open.set(key, next);
      groups.push(next);
    }
  }
  return groups;
}

function toFinding(draft: Draft, changes: ShiftIndex, known: Ownership): Finding {
  const { diagnosis, runs, into } = draft;
  const before = minOf(
    runs.map((run) => run.first),
    0,
  );
  const last = maxOf(
    runs.map((run) => run.last),
    0,
  );
  const lows = into.map((shift) => shift.lastBefore).filter((time) => time < before);
  const outOf = shiftsOf(runs, changes);
  const end = minOf(
    outOf.map((shift) => shift.firstAfter).filter((time) => time > last),
    Number.POSITIVE_INFINITY,
  );
  const ports = new Set(runs.map((run) => run.local.port));
  const isLoss = diagnosis !== blockedByRegistryOnly && diagnosis !== meshPolicyChange;
  const connections = runs.reduce((sum, run) => sum + run.connections, 0);
  const longest = maxOf(
    into.flatMap((shift) => shift.from.legs.map((leg) => leg.flow.duration_max)),
    0,
  );
  const finding = {
    id: draft.id,
    diagnosis,
    severity: severityOf(draft, known),
    port: ports.size === 1 ? ([...ports][0] ?? null) : null,
    cluster: runs[0]?.name ?? null,
    about: isLoss ? (into[0]?.from.name ?? null) : (runs[0]?.name ?? null),
    onset: { after: lows.length === 0 ? null : maxOf(lows, 0), before },
    settledAt: lows.length === 0 ? null : before + longest,
    ended: Number.isFinite(end) ? { after: last, before: end } : null,
    last,
    legs: distinctLegs(runs),
    runs,
    shifts: [...into, ...outOf],
    support: connections,
    connections,
    failures: runs.reduce((sum, run) => sum + run.failures, 0),
    bytes: runs.reduce((sum, run) => sum + run.bytes, 0),
    misdelivered: false,
  };
  const shapes = finding.legs.map((leg) => leg.flow.shape);
  const old = into[0]?.from.legs.map((leg) => leg.flow.shape) ?? [];
  return {
    ...finding,
    evidence: changeEvidence(finding, draft, known),
    samples: [
      { shapes: old, since: null, until: (into[0]?.lastBefore ?? 0) + 1, order: 'newest', limit: 1 },
      { shapes, since: before, until: last + 1, order: 'oldest', limit: 5 },
    ],
  };
}

function severityOf({ diagnosis, runs, into }: Draft, known: Ownership): Severity {
  if (diagnosis === unknownExternal) return 'info';
  if (diagnosis === podIpPassthrough) return into.some((s) => wasEncrypted(s, known)) ? 'medium' : 'info';
  const since = {
    connections: runs.reduce((sum, run) => sum + run.connections, 0),
    failures: runs.reduce((sum, run) => sum + run.failures, 0),
    clients: countClients(distinctLegs(runs.filter((run) => run.failures > 0)), known),
  };
  if (into.length > 0) return failureRank(since);
  return failureSeverity({ ...since, share: since.failures / since.connections });
}

/** The servers' own lines show mutual TLS at the address that is dialled in plaintext now. */
function wasEncrypted(shift: ShiftDraft, known: Ownership): boolean {
  const owners = known.ownersAt(shift.from.local, shift.lastBefore);
  return owners.some((owner) => owner.evidence === 'sni');
}

function changeEvidence(
  finding: Omit<Finding, 'evidence' | 'samples'>,
  { into, unchanged }: Draft,
  known: Ownership,
): string[] {
  const subject = subjectOf(finding, known);
  const clusters = [...new Set(finding.runs.map((run) => run.name ?? 'no cluster'))];
  const sentences = [
    `${count(finding.connections, 'connection')} to ${placesWords(subject)} went to ${listWords(clusters)}; ` +
      `${finding.failures} of them failed.`,
  ];
  for (const shift of into.slice(0, 3)) {
    const { pod, workload, ip } = sourceOf(shift);
    const who = pod ?? workload ?? ip ?? 'One client';
    sentences.push(
      `${who} used ${shift.from.name ?? shift.from.state} until ${formatTime(shift.lastBefore)} and ` +
        `${shift.to[0].name ?? shift.to[0].state} from ${formatTime(shift.firstAfter)}.`,
    );
  }
  if (into.length > 3) sentences.push(`${into.length - 3} more changes of the same kind were seen.`);
  if (into.length === 0) sentences.push('No other routing was seen before.');
  if (finding.diagnosis === podIpPassthrough && into.some((shift) => wasEncrypted(shift, known))) {
    sentences.push("Before, the servers' lines show mutual TLS; what passes by the mesh is plaintext.");
  }
  if (unchanged.length > 0) {
    sentences.push(
      `${count(unchanged.length, 'client')} went on as before (${listWords(unchanged)}): a Sidecar may set the policy for some.`,
    );
  }
  return sentences;
}
