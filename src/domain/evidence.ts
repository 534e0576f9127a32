/** The evidence of one incident as one document: to keep, to send, and to be judged again without the database. */
import type { Direction } from './direction.ts';
import type { Incident, Pair, Shift, State } from './resources.ts';

/** What the document calls itself, and the version of its form. */
export const EVIDENCE_KIND = 'meshwake.evidence';
export const EVIDENCE_VERSION = 1;

/** `affected`: a connection of the incident. The others are of the same places, and began before the onset or after it. */
export const EVIDENCE_ROLES = ['affected', 'before', 'after'] as const;
export type EvidenceRole = (typeof EVIDENCE_ROLES)[number];

/** One line as the proxy wrote it, and who wrote it. */
export interface EvidenceLine {
  readonly id: string;
  readonly role: EvidenceRole;
  readonly start_time: string;
  readonly direction: Direction;
  readonly state: State | null;
  readonly pod: string | null;
  readonly namespace: string | null;
  readonly container: string | null;
  readonly node: string | null;
  readonly line: string;
}

/** A pair of two of the lines, which it names by their ids. */
export type EvidencePair = Omit<Pair, 'outbound' | 'inbound' | 'previous_pair_id' | 'next_pair_id'> & {
  readonly outbound: string;
  readonly inbound: string;
};

export interface TimelineSeries {
  readonly labels: { readonly direction: Direction; readonly state: State | null };
  /** Start of the step, RFC 3339; connections that began in it, and those of them that failed. */
  readonly points: ReadonlyArray<readonly [time: string, connections: number, failures: number]>;
}

/** Connections over time, of the places that the incident is about. Steps in which nothing began are left out. */
export interface Timeline {
  readonly step_ms: number;
  readonly series: readonly TimelineSeries[];
}

export interface Evidence {
  readonly kind: typeof EVIDENCE_KIND;
  readonly version: typeof EVIDENCE_VERSION;
  readonly incident: Incident;
  readonly shifts: readonly Shift[];
  /** True when these lines alone tell the same incident. */
  readonly complete: boolean;
  /** What these lines alone tell otherwise, in sentences; empty when `complete`. */
  readonly differences: readonly string[];
  /** Connections of the incident and its places, and how many lines a document has at most. */
  readonly lines_total: number;
  readonly lines_max: number;
  readonly timeline: Timeline;
  readonly pairs: readonly EvidencePair[];
  /** Oldest first. */
  readonly lines: readonly EvidenceLine[];
}

/** What two tellings of one incident have to agree in, with the words for it. */
const FACTS: ReadonlyArray<readonly [key: keyof Incident, words: string]> = [
  ['diagnosis', 'diagnosis'],
  ['severity', 'severity'],
  ['port', 'port'],
  ['upstream_cluster', 'upstream_cluster'],
  ['onset', 'onset'],
  ['ended', 'end'],
  ['sources', 'sources'],
  ['destinations', 'destinations'],
  ['victims', 'victims'],
  ['shifts', 'shifts'],
  ['connections', 'connections'],
  ['failures', 'failures'],
  ['misdelivered', 'misdelivered'],
];

/** What is told otherwise of an incident, in sentences. `again` is null when it was not told at all. */
export function differencesOf(told: Partial<Incident>, again: Incident | null, where: string): string[] {
  if (again === null) return [`${where} do not tell this incident`];
  return FACTS.filter(([key]) => JSON.stringify(told[key]) !== JSON.stringify(again[key])).map(
    ([key, words]) => `${words} is ${shown(told[key])}; ${where} tell ${shown(again[key])}`,
  );
}

/** Lists by their length: they are long. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `${value.length}`;
  return JSON.stringify(value) ?? 'not told';
}
