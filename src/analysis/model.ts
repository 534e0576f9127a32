/** What is derived from the flows, as the answers read it: addresses, states, runs, shifts, findings. */
import type { LineReader } from '../domain/ports.ts';
import type { Severity } from '../domain/resources.ts';
import type { Finding } from './findings.ts';
import type { HourColumns } from './hour-columns.ts';
import type { Judgement } from './judgement.ts';
import { compareText, type Leg } from './legs.ts';
import type { Ownership } from './ownership.ts';
import type { Run } from './routes.ts';
import type { ShapeModel } from './shape-model.ts';
import type { ShiftDraft } from './shifts.ts';
import type { Streams } from './streams.ts';

/** What single lines are judged by. */
export interface LineModel {
  /** Another object after every update: whoever derives something keeps it by this. */
  readonly state: object;
  readonly known: Ownership;
  readonly streams: Streams;
  /** By the store's id of the shape. */
  readonly shapes: ReadonlyMap<number, ShapeModel>;
  /** Null: the leg is no client's side of a TCP connection. */
  judgementOf(leg: Leg): Judgement | null;
  /** True when who is who, and what is judged, is the same for all legs of a shape. */
  isSteady(shape: ShapeModel): boolean;
  /** Connections that began in an hour since the epoch; its legs, made for whoever asks, and what they sum up. */
  connectionsIn(hour: number): number;
  /** How often its flows changed: as long as that is the same, so are its lines. */
  changesIn(hour: number): number;
  legsIn(hour: number): readonly Leg[];
  columnsIn(hour: number): HourColumns;
  /** Smallest and largest start, and largest end of all lines; null without lines. */
  readonly first: number | null;
  readonly lastStart: number | null;
  readonly end: number | null;
}

/** Everything. It holds until the next update: whoever reads it must not let one begin. */
export interface Model extends LineModel {
  /** Reads lines and pairs of findings, each once as long as it is the same. */
  readonly reader: Pick<LineReader, 'lines' | 'pairs'>;
  /** By source and destination, then in the order of time. */
  readonly runs: readonly Run[];
  readonly shifts: readonly ShiftDraft[];
  /** Worst first, then newest first. */
  readonly findings: readonly Finding[];
  /** Finding that a shift belongs to, by the shift's id. */
  readonly findingOf: ReadonlyMap<string, Finding>;
}

const RANKS: readonly Severity[] = ['critical', 'high', 'medium', 'info'];

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

/** Judgement of the lines of a shape that started in an hour since the epoch. */
export function judgementAt(model: LineModel, shape: ShapeModel, hour: number): Judgement | null {
  const leg = shape.legIn(hour) ?? shape.legs[0];
  return leg === undefined ? null : model.judgementOf(leg);
}
