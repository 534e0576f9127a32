/** Episodes of capture: connections that a listener for a whole port took away from their destinations. */

import { formatAddress } from '../domain/address.ts';
import { parseCluster } from '../domain/cluster-name.ts';
import type { LineReader } from '../domain/ports.ts';
import type { Severity } from '../domain/resources.ts';
import { captureEvidence } from './capture-evidence.ts';
import { catchAllCapture } from './diagnoses/catch-all-capture.ts';
import type { Diagnosis } from './diagnoses/diagnosis.ts';
import { nominalCapture } from './diagnoses/nominal-capture.ts';
import { portOwnerChanged } from './diagnoses/port-owner-changed.ts';
import { silentMisdelivery } from './diagnoses/silent-misdelivery.ts';
import { maxOf, minOf } from './extremes.ts';
import { distinctLegs, type Finding, type Sample, SPREAD_MS } from './findings.ts';
import { idOf } from './hash.ts';
import { compareText, type Leg } from './legs.ts';
import { type Delivery, followDelivery } from './misdelivery.ts';
import type { Ownership } from './ownership.ts';
import { type Run, routingOf } from './routes.ts';
import { mergeRuns, type ShiftDraft } from './shifts.ts';

interface Episode {
  readonly runs: Run[];
  readonly shifts: ShiftDraft[];
  /** Where the onsets of its runs lie; `from` is null while none has a lower bound. */
  from: number | null;
  to: number;
  last: number;
  /** When the next episode of the same capture began. */
  until: number | null;
}

/** Finds the episodes of capture, with or without a change that began them. */
export async function findCaptures(
  runs: readonly Run[],
  shifts: readonly ShiftDraft[],
  known: Ownership,
  reader: Pick<LineReader, 'pairs'>,
): Promise<Finding[]> {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    if (run.state !== 'captured' && run.state !== 'captured_nominal') continue;
    const list = groups.get(groupKey(run));
    if (list === undefined) groups.set(groupKey(run), [run]);
    else list.push(run);
  }
  const findings: Finding[] = [];
  for (const [key, members] of [...groups].sort(([a], [b]) => compareText(a, b))) {
    const into = shifts.filter((shift) => groupKey(shift.to[0]) === key);
    const outOf = shifts.filter((shift) => groupKey(shift.from) === key);
    for (const episode of splitEpisodes(members, into, outOf)) {
      const { until } = episode;
      // A run that reaches into the next episode does not tell in which of the two its data went where.
      const certain = episode.runs.filter((run) => until === null || run.last < until);
      const delivery = await followDelivery(certain, known, reader);
      findings.push(toFinding(episode, outOf, delivery, known));
    }
  }
  return findings;
}

/** One episode of one cluster on one port is one cause, whatever the sources and destinations. */
function groupKey(run: Run): string {
  return `${run.local.port} ${routingOf(run)}`;
}

function splitEpisodes(
  runs: readonly Run[],
  into: readonly ShiftDraft[],
  outOf: readonly ShiftDraft[],
): Episode[] {
  const began = new Map(into.flatMap((shift) => shift.to.map((run) => [run.id, shift] as const)));
  const sorted = [...runs].sort((a, b) => a.first - b.first || compareText(a.id, b.id));
  const episodes: Episode[] = [];
  for (const run of sorted) {
    const shift = began.get(run.id) ?? null;
    const after = shift === null ? null : shift.lastBefore;
    const current = episodes[episodes.length - 1];
    if (current === undefined || isOver(current, run, after, outOf) || isApart(current, after)) {
      if (current !== undefined) current.until = run.first;
      episodes.push({
        runs: [run],
        shifts: shift === null ? [] : [shift],
        from: after,
        to: run.first,
        last: run.last,
        until: null,
      });
      continue;
    }
    current.runs.push(run);
    if (shift !== null && !current.shifts.includes(shift)) {
      current.shifts.push(shift);
      current.to = Math.max(current.to, run.first);
      current.from = Math.min(current.from ?? shift.lastBefore, shift.lastBefore);
    }
    current.last = Math.max(current.last, run.last);
  }
  return episodes;
}

/**
 * All its sources were seen in another routing before the run began; or, while another source had recovered, the run's own
 * one was in the old routing: `after` is its last connection there, or it was captured before and is again.
 */
function isOver(episode: Episode, run: Run, after: number | null, outOf: readonly ShiftDraft[]): boolean {
  const again = episode.runs.filter((r) => r.writer === run.writer && addressOf(r) === addressOf(run));
  const captured =
    again.length === 0
      ? null
      : maxOf(
          again.map((r) => r.last),
          0,
        );
  return outOf.some(({ firstAfter: time }) => {
    if (time <= episode.to || time > run.first) return false;
    return time > episode.last || (after !== null && time <= after) || (captured !== null && time > captured);
  });
}

function addressOf(run: Run): string {
  return formatAddress(run.local);
}

/** The proxy was seen in the old routing long after the others had changed: another cause. */
function isApart(episode: Episode, after: number | null): boolean {
  return after !== null && after - episode.to > SPREAD_MS;
}

function toFinding(
  episode: Episode,
  outOf: readonly ShiftDraft[],
  delivery: Delivery,
  known: Ownership,
): Finding {
  const [head] = episode.runs;
  if (head === undefined) throw new Error('BUG: an episode has no runs');
  const total = episode.runs.reduce(mergeRuns);
  const before = minOf(
    episode.runs.map((run) => run.first),
    0,
  );
  const lows = episode.shifts.map((shift) => shift.lastBefore).filter((time) => time < before);
  const last = lastOf(episode);
  const ends = outOf.filter(
    ({ firstAfter }) => firstAfter > last && (episode.until === null || firstAfter < episode.until),
  );
  const end =
    ends.length === 0
      ? null
      : minOf(
          ends.map((shift) => shift.firstAfter),
          0,
        );
  const closing = outOf.filter((shift) => episode.runs.some((run) => run.id === shift.from.id));
  const finding = {
    id: idOf('capture', head.local.port, routingOf(head), before),
    diagnosis: diagnose(episode, delivery),
    severity: rank(episode, delivery),
    port: head.local.port,
    cluster: head.name,
    about: head.name,
    onset: { after: lows.length === 0 ? null : maxOf(lows, 0), before },
    ended: end === null ? null : { after: last, before: end },
    last,
    legs: distinctLegs(episode.runs),
    runs: episode.runs,
    shifts: [...episode.shifts, ...closing],
    connections: total.connections,
    failures: total.failures,
    bytes: total.bytes,
    misdelivered: delivery.misdelivered.size > 0,
  };
  return {
    ...finding,
    evidence: captureEvidence(finding, episode.shifts, delivery, known),
    samples: samplesOf(finding.legs, episode, known),
  };
}

/** A source without a connection between two episodes has one run over both: it does not tell when the first ended. */
function lastOf({ runs, last, until }: Episode): number {
  return until === null
    ? last
    : maxOf(
        runs.map((run) => run.last).filter((time) => time < until),
        until - 1,
      );
}

function diagnose(episode: Episode, delivery: Delivery): Diagnosis {
  if (episode.runs[0]?.state === 'captured_nominal') return nominalCapture;
  const { shifts } = episode;
  if (shifts.length > 0 && shifts.every((shift) => shift.from.state === 'captured')) return portOwnerChanged;
  return delivery.misdelivered.size > 0 ? silentMisdelivery : catchAllCapture;
}

function rank(episode: Episode, delivery: Delivery): Severity {
  if (delivery.misdelivered.size > 0) return 'critical';
  const failures = episode.runs.reduce((sum, run) => sum + run.failures, 0);
  const connections = episode.runs.reduce((sum, run) => sum + run.connections, 0);
  if (failures === 0) return 'medium';
  const clients = new Set(episode.runs.filter((run) => run.failures > 0).map((run) => run.writer)).size;
  return failures / connections >= 0.5 && (failures >= 3 || clients >= 2) ? 'critical' : 'high';
}

/** The last line before, the first ones after, and the line that proves who has the address that was dialled. */
function samplesOf(legs: readonly Leg[], episode: Episode, known: Ownership): Sample[] {
  const samples: Sample[] = [];
  const [shift] = episode.shifts;
  if (shift !== undefined) {
    const shapes = shift.from.legs.map((leg) => leg.flow.shape);
    samples.push({ shapes, since: null, until: shift.lastBefore + 1, order: 'newest', limit: 1 });
  }
  const first = minOf(
    episode.runs.map((run) => run.first),
    0,
  );
  samples.push({
    shapes: legs.map((leg) => leg.flow.shape),
    since: first,
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
