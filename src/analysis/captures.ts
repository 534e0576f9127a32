/** Captures: connections that a listener for a whole port took away from their destinations, one finding an episode. */
import { parseCluster } from '../domain/cluster-name.ts';
import { invariant } from '../domain/errors.ts';
import type { LineReader } from '../domain/ports.ts';
import type { Severity } from '../domain/resources.ts';
import {
  type Before,
  type CaptureEpisode,
  captureKey,
  clientsUnchanged,
  findBefore,
  firstOf,
  lastOf,
  splitEpisodes,
} from './capture-episodes.ts';
import { captureEvidence } from './capture-evidence.ts';
import { catchAllCapture } from './diagnoses/catch-all-capture.ts';
import type { Diagnosis } from './diagnoses/diagnosis.ts';
import { nominalCapture } from './diagnoses/nominal-capture.ts';
import { portOwnerChanged } from './diagnoses/port-owner-changed.ts';
import { silentMisdelivery } from './diagnoses/silent-misdelivery.ts';
import { maxOf, minOf } from './extremes.ts';
import { distinctLegs, type Finding, failureRank, type Sample } from './findings.ts';
import { idOf } from './hash.ts';
import { compareText } from './legs.ts';
import { type Delivery, followDelivery } from './misdelivery.ts';
import type { Ownership } from './ownership.ts';
import { isUnlisted, type Run } from './routes.ts';
import type { ShiftDraft } from './shifts.ts';

/** Finds the episodes of capture, with or without a change that began them. */
export async function findCaptures(
  runs: readonly Run[],
  shifts: readonly ShiftDraft[],
  known: Ownership,
  reader: Pick<LineReader, 'pairs'>,
): Promise<Finding[]> {
  const groups = groupBy(
    runs.filter((run) => run.state === 'captured' || run.state === 'captured_nominal'),
    captureKey,
  );
  const byPort = groupBy(runs.filter(isUnlisted), (run) => String(run.local.port));
  const intoGroup = groupBy(shifts, (shift) => captureKey(shift.to[0]));
  const outOfGroup = groupBy(shifts, (shift) => captureKey(shift.from));
  const findings: Finding[] = [];
  for (const [key, members] of [...groups].sort(([a], [b]) => compareText(a, b))) {
    const into = intoGroup.get(key) ?? [];
    const outOf = outOfGroup.get(key) ?? [];
    const unlisted = byPort.get(String(members[0]?.local.port)) ?? [];
    for (const episode of splitEpisodes(members, into, outOf)) {
      const { until } = episode;
      // A run that reaches into the next episode does not tell in which of the two its data went where.
      const certain = episode.runs.filter((run) => until === null || run.last < until);
      const delivery = await followDelivery(certain, known, reader);
      findings.push(toFinding({ episode, outOf, unlisted, delivery, known }));
    }
  }
  return findings;
}

interface Facts {
  readonly episode: CaptureEpisode;
  readonly outOf: readonly ShiftDraft[];
  /** All runs of the port that had no listener of their own. */
  readonly unlisted: readonly Run[];
  readonly delivery: Delivery;
  readonly known: Ownership;
}

function toFinding({ episode, outOf, unlisted, delivery, known }: Facts): Finding {
  const [head] = episode.runs;
  invariant(head !== undefined, 'an episode has no runs');
  const first = firstOf(episode);
  const last = lastOf(episode);
  const before = findBefore(episode, unlisted);
  const ends = outOf.filter(
    ({ firstAfter }) => firstAfter > last && (episode.until === null || firstAfter < episode.until),
  );
  const end = minOf(
    ends.map((shift) => shift.firstAfter),
    Number.POSITIVE_INFINITY,
  );
  const closing = outOf.filter((shift) => episode.runs.some((run) => run.id === shift.from.id));
  const connections = sum(episode.runs, (run) => run.connections);
  const finding = {
    id: idOf('capture', captureKey(head), episode.place),
    diagnosis: diagnose(episode, delivery),
    severity: rank(episode, delivery),
    port: head.local.port,
    cluster: head.name,
    about: head.name,
    onset: { after: before?.last ?? null, before: first },
    settledAt: before === null ? null : first + longest(before.runs),
    ended: Number.isFinite(end) ? { after: last, before: end } : null,
    last,
    legs: distinctLegs(episode.runs),
    runs: episode.runs,
    shifts: [...episode.shifts, ...closing],
    support: connections,
    connections,
    failures: sum(episode.runs, (run) => run.failures),
    bytes: sum(episode.runs, (run) => run.bytes),
    misdelivered: delivery.misdelivered.size > 0,
  };
  let evidence: readonly string[] | null = null;
  return {
    ...finding,
    // Put into words when somebody reads them: they are many, and weighed against each other at some cost.
    get evidence() {
      evidence ??= captureEvidence(finding, {
        shifts: episode.shifts,
        before,
        unchanged: clientsUnchanged(episode, unlisted),
        delivery,
        known,
      });
      return evidence;
    },
    samples: samplesOf(finding, { episode, before, delivery, known }),
  };
}

/** Longest connection of runs, ms: one of that length that is still open has no line yet. */
function longest(runs: readonly Run[]): number {
  return maxOf(
    runs.flatMap((run) => run.legs.map((leg) => leg.flow.duration_max)),
    0,
  );
}

function diagnose(episode: CaptureEpisode, delivery: Delivery): Diagnosis {
  if (episode.runs[0]?.state === 'captured_nominal') return nominalCapture;
  const { shifts } = episode;
  if (shifts.length > 0 && shifts.every((shift) => shift.from.state === 'captured')) return portOwnerChanged;
  return delivery.misdelivered.size > 0 ? silentMisdelivery : catchAllCapture;
}

function rank(episode: CaptureEpisode, delivery: Delivery): Severity {
  if (delivery.misdelivered.size > 0) return 'critical';
  const failed = episode.runs.filter((run) => run.failures > 0);
  return failureRank({
    connections: sum(episode.runs, (run) => run.connections),
    failures: sum(failed, (run) => run.failures),
    clients: new Set(failed.map((run) => run.writer)).size,
  });
}

/** The last line before, both lines of a delivery, the first ones after, and the line that proves whose the address is. */
function samplesOf(
  finding: Pick<Finding, 'legs' | 'onset'>,
  {
    episode,
    before,
    delivery,
    known,
  }: Pick<Facts, 'episode' | 'delivery' | 'known'> & { before: Before | null },
): Sample[] {
  const samples: Sample[] = [];
  if (before !== null) {
    const shapes = before.runs.flatMap((run) => run.legs.map((leg) => leg.flow.shape));
    samples.push({ shapes, since: null, until: before.last + 1, order: 'newest', limit: 1 });
  }
  for (const { outbound, inbound } of delivery.receivers.slice(0, 1)) {
    for (const { shape, time } of [outbound, inbound]) {
      samples.push({ shapes: [shape], since: time, until: time + 1, order: 'oldest', limit: 1 });
    }
  }
  samples.push({
    shapes: finding.legs.map((leg) => leg.flow.shape),
    since: finding.onset.before,
    until: episode.last + 1,
    order: 'oldest',
    limit: 5,
  });
  const [run] = episode.runs;
  const claim = run === undefined ? null : known.pods.claimAt(run.local.ip, run.first);
  if (claim !== null) {
    samples.push({ shapes: [claim.shape], since: claim.first, until: null, order: 'oldest', limit: 1 });
  }
  return samples;
}

/** Host of a run's cluster, or null. */
export function hostOf(run: Run): string | null {
  return run.name === null ? null : (parseCluster(run.name)?.host ?? null);
}

function sum(runs: readonly Run[], pick: (run: Run) => number): number {
  return runs.reduce((total, run) => total + pick(run), 0);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [item]);
    else list.push(item);
  }
  return groups;
}
