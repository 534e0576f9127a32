/** Everything that is derived from the flows: addresses, states, runs, shifts, findings. Built whole, then only read. */
import type { Flow, LineReader } from '../domain/ports.ts';
import type { Severity } from '../domain/resources.ts';
import { findCaptures } from './captures.ts';
import { findChanges } from './changes.ts';
import { findConditions } from './conditions/find-conditions.ts';
import { findFailures } from './failures.ts';
import type { Finding } from './findings.ts';
import { compareText, type Leg, readFlows } from './legs.ts';
import { learnOwnership, type Ownership } from './ownership.ts';
import { buildRuns, type Run } from './routes.ts';
import { findShifts, type ShiftDraft } from './shifts.ts';
import { type Judgement, judge } from './states.ts';

/** What the lines of one shape have in common. */
export interface ShapeModel {
  readonly leg: Leg;
  /** Of the first hour, and of all hours when they are judged alike, as nearly all are. */
  readonly judgement: Judgement | null;
  /** By hour since the epoch; null when all are alike. */
  readonly byHour: ReadonlyMap<number, Judgement | null> | null;
}

export interface Model {
  readonly known: Ownership;
  /** By the store's id of the shape. */
  readonly shapes: ReadonlyMap<number, ShapeModel>;
  readonly runs: readonly Run[];
  readonly shifts: readonly ShiftDraft[];
  /** Worst first, then newest first. */
  readonly findings: readonly Finding[];
  /** Finding that a shift belongs to, by the shift's id. */
  readonly findingOf: ReadonlyMap<string, Finding>;
  /** Smallest start and largest end of all lines; null without lines. */
  readonly first: number | null;
  readonly end: number | null;
}

const RANKS: readonly Severity[] = ['critical', 'high', 'medium', 'info'];

/** Builds the model from all flows. The result depends on what the lines say, never on their order of arrival. */
export async function buildModel(reader: LineReader): Promise<Model> {
  const flows = await reader.flows({ since: null, until: null });
  const known = learnOwnership(readFlows(flows));
  const judged = new Map(known.legs.map((leg) => [leg, judge(leg, known)]));
  const clients = [...judged].flatMap(([leg, judgement]) => (judgement === null ? [] : [{ leg, judgement }]));
  const runs = await buildRuns(clients, reader);
  const shifts = findShifts(runs, known.pods);
  const changes = findChanges(runs, shifts, known);
  const explained = new Set(changes.flatMap((finding) => finding.legs.map((leg) => leg.flow.shape.id)));
  const findings = [
    ...(await findCaptures(runs, shifts, known, reader)),
    ...changes,
    ...(await findFailures(explained, judged, known, reader)),
    ...(await findConditions(known.legs, { known, reader, judgementOf: (leg) => judged.get(leg) ?? null })),
  ].sort(compareFindings);
  return {
    known,
    shapes: shapeModels(judged),
    runs,
    shifts,
    findings,
    findingOf: new Map(findings.flatMap((f) => f.shifts.map((shift) => [shift.id, f] as const)).reverse()),
    ...bounds(flows),
  };
}

/** Order of incidents: worst first, then newest first. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    severityRank(a.severity) - severityRank(b.severity) ||
    b.onset.before - a.onset.before ||
    compareText(a.id, b.id)
  );
}

/** 0 is the worst. */
export function severityRank(severity: Severity): number {
  return RANKS.indexOf(severity);
}

function shapeModels(judged: ReadonlyMap<Leg, Judgement | null>): Map<number, ShapeModel> {
  const shapes = new Map<number, ShapeModel>();
  const differing = new Map<number, Map<number, Judgement | null>>();
  for (const [leg, judgement] of judged) {
    const found = shapes.get(leg.flow.shape.id);
    if (found === undefined) shapes.set(leg.flow.shape.id, { leg, judgement, byHour: null });
    else if (found.judgement !== judgement) differing.set(leg.flow.shape.id, new Map());
  }
  if (differing.size === 0) return shapes;
  for (const [leg, judgement] of judged) differing.get(leg.flow.shape.id)?.set(leg.flow.hour, judgement);
  for (const [id, byHour] of differing) {
    const found = shapes.get(id);
    if (found !== undefined) shapes.set(id, { ...found, byHour });
  }
  return shapes;
}

/** Judgement of the lines of a shape that started in an hour. */
export function judgementAt(shape: ShapeModel, hour: number): Judgement | null {
  return shape.byHour?.get(hour) ?? shape.judgement;
}

function bounds(flows: readonly Flow[]): { first: number | null; end: number | null } {
  let first: number | null = null;
  let end: number | null = null;
  for (const flow of flows) {
    if (first === null || flow.first < first) first = flow.first;
    if (end === null || flow.end > end) end = flow.end;
  }
  return { first, end };
}
