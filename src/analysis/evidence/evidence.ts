/** Puts the evidence of an incident together, and tries whether it tells the same incident alone. */
import {
  differencesOf,
  EVIDENCE_KIND,
  EVIDENCE_VERSION,
  type Evidence,
  type EvidenceLine,
  type EvidencePair,
} from '../../domain/evidence.ts';
import { EVIDENCE_LINES_MAX } from '../../domain/limits.ts';
import type { LineReader, RenderLine, StoredLine } from '../../domain/ports.ts';
import type { Incident } from '../../domain/resources.ts';
import { formatTime } from '../../domain/time.ts';
import { directionOfLine, stateOfLine } from '../connections.ts';
import { count } from '../diagnoses/diagnosis.ts';
import type { Finding } from '../findings.ts';
import { tellIncident } from '../incidents.ts';
import { LivingModel } from '../living-model.ts';
import type { Model } from '../model.ts';
import { toPair } from '../pairs.ts';
import { toShift } from '../present.ts';
import { type CollectedLine, collectLines } from './collect.ts';
import { connectionsOf, type Rings, ringsOf } from './rings.ts';
import { subsetReader } from './subset-reader.ts';
import { timelineOf } from './timeline.ts';

export interface EvidenceDeps {
  readonly reader: LineReader;
  readonly render: RenderLine;
}

/** The evidence of a finding of the model; `incident` is the finding as it is told. */
export async function gatherEvidence(
  finding: Finding,
  incident: Incident,
  model: Model,
  deps: EvidenceDeps,
): Promise<Evidence> {
  const rings = ringsOf(finding, model);
  const choice = await chooseRing(rings, incident, model, deps);
  const chosen = rings.rings.slice(0, choice.ring + 1);
  const { lines, isCut } = await collectLines(chosen, finding.onset.before, deps);
  const total = connectionsOf(chosen[chosen.length - 1] ?? new Set(), model);
  const differences = isCut ? [cutSentence(lines.length), ...choice.differences] : choice.differences;
  return {
    kind: EVIDENCE_KIND,
    version: EVIDENCE_VERSION,
    incident,
    shifts: finding.shifts.map((shift) => toShift(shift, model)),
    complete: differences.length === 0,
    differences,
    lines_total: Math.max(total, lines.length),
    lines_max: EVIDENCE_LINES_MAX,
    timeline: await timelineOf(chosen[Math.min(1, choice.ring)] ?? new Set(), model, deps.reader),
    pairs: pairsOf(lines, model),
    lines: lines.map((line) => toEvidenceLine(line, rings.affected, finding, model)),
  };
}

function cutSentence(lines: number): string {
  return (
    `lines are left out: ${count(lines, 'line')} of those nearest to the onset are here, so that counts, ` +
    'and whatever rests on the others, may be told otherwise'
  );
}

interface Choice {
  readonly ring: number;
  readonly differences: readonly string[];
}

/**
 * The smallest ring that tells the same incident alone, from the one that has both sides of its places; if none that fits
 * does, the first that does not fit, or everything.
 */
async function chooseRing(
  { rings }: Rings,
  incident: Incident,
  model: Model,
  deps: EvidenceDeps,
): Promise<Choice> {
  let differences: readonly string[] = [];
  const last = rings.length - 1;
  for (let ring = Math.min(1, last); ring <= last; ring++) {
    const shapes = rings[ring] ?? new Set();
    if (connectionsOf(shapes, model) > EVIDENCE_LINES_MAX) return { ring, differences: [] };
    differences = await judgeAlone(shapes, incident, model, deps);
    if (differences.length === 0) return { ring, differences };
  }
  return { ring: last, differences };
}

/** What is told otherwise of an incident where these shapes are all that is known. */
async function judgeAlone(
  shapes: ReadonlySet<number>,
  incident: Incident,
  model: Model,
  { reader, render }: EvidenceDeps,
): Promise<readonly string[]> {
  const alone = new LivingModel(subsetReader(reader, model, shapes));
  await alone.update(true);
  const found = alone.findings.find((one) => one.id === incident.id);
  const again =
    found === undefined
      ? null
      : await tellIncident(found, alone.known, { reader: alone.reader, render, end: alone.end });
  return differencesOf(incident, again, 'these lines alone');
}

function toEvidenceLine(
  { stored, raw }: CollectedLine,
  affected: ReadonlySet<number>,
  finding: Finding,
  model: Model,
): EvidenceLine {
  const { start_time: start } = stored.entry;
  const isAffected = affected.has(stored.shapeId) && start >= finding.onset.before && start <= finding.last;
  return {
    id: stored.id,
    role: isAffected ? 'affected' : start < finding.onset.before ? 'before' : 'after',
    start_time: formatTime(start),
    direction: directionOfLine(stored, model),
    state: stateOfLine(stored, model),
    ...stored.identity,
    line: raw,
  };
}

/** Pairs of which both lines are there. */
function pairsOf(lines: readonly CollectedLine[], model: Model): EvidencePair[] {
  const byId = new Map(lines.map(({ stored }) => [stored.id, stored]));
  return lines.flatMap(({ stored }) => {
    const { peer } = stored;
    if (peer === null || !isCaller(stored, model)) return [];
    const inbound = byId.get(peer.id);
    if (inbound === undefined) return [];
    const pair = toPair({ outbound: stored, inbound, kind: peer.kind, score: peer.score }, model);
    const { previous_pair_id: _previous, next_pair_id: _next, ...rest } = pair;
    return [{ ...rest, outbound: stored.id, inbound: inbound.id }];
  });
}

/** A gateway calls as well, though its line may be that of a listener. */
function isCaller(line: StoredLine, model: Model): boolean {
  return line.previous !== null || directionOfLine(line, model) === 'outbound';
}
