/** Compares the incidents that were found with the changes that really happened. */
import type { Incident, Shift } from '../../src/domain/resources.ts';
import type { TrueIncident, TrueSource } from '../simulator/truth.ts';
import { type Count, ratio } from './pairs.ts';

export type FoundIncident = Pick<
  Incident,
  'id' | 'diagnosis' | 'severity' | 'title' | 'port' | 'upstream_cluster' | 'onset' | 'ended' | 'sources'
>;

export type FoundShift = Pick<Shift, 'incident_id' | 'source' | 'last_before' | 'first_after'>;

/**
 * What is really so in every simulated mesh: told rightly, but no change of routing. Single connections that fail; ends
 * that vanish; nodes whose clocks are off; a name that leads to a virtual address; health checks; connections that end
 * with the listener that a benign change replaces, or with their pod.
 */
const TROUBLES: ReadonlySet<string> = new Set([
  'connection_refused',
  'connect_timeout',
  'no_endpoints',
  'no_route_to_host',
  'tls_failure',
  'strict_vs_plaintext',
  'clock_skew',
  'half_open',
  'strict_dns_to_cluster_ip',
  'zero_byte_connections',
  'drain_storm',
  'pod_termination_burst',
]);

export interface ChangeScore {
  readonly change: string;
  /** Incidents that name it rightly; 1 is right, more is one cause told several times, 0 is a miss. */
  readonly named: number;
  /** Those after the first. */
  readonly again: readonly FoundIncident[];
  readonly sourcePrecision: number;
  readonly sourceRecall: number;
  /** Whether the told onset reaches into the time in which the proxies changed. */
  readonly onsetRight: boolean;
  /** Shifts of its incidents at a source, and those in whose time this very proxy changed, or changed back. */
  readonly shifts: Count;
  readonly misdated: readonly FoundShift[];
  /** Length of the told onset, ms; null when it has no beginning. */
  readonly onsetWidth: number | null;
  /** The same for the end; null when the change stays. */
  readonly endRight: boolean | null;
}

export interface IncidentScore {
  readonly changes: readonly ChangeScore[];
  /** Other incidents that a change brought about, or its end. */
  readonly echoes: readonly FoundIncident[];
  /** Single connections that failed, see `TROUBLES`. */
  readonly troubles: readonly FoundIncident[];
  /** Told with severity `info` and without a cause in the simulation. */
  readonly remarks: readonly FoundIncident[];
  readonly wrong: readonly FoundIncident[];
}

/**
 * Sorts what was found by what it is about. Changes without diagnosis are improvements: an incident about one is wrong
 * unless it is a mere remark.
 */
export function scoreIncidents(
  truth: readonly TrueIncident[],
  found: readonly FoundIncident[],
  shifts: readonly FoundShift[],
): IncidentScore {
  const harmful = truth.filter((incident) => incident.diagnoses.length > 0 && incident.sources.length > 0);
  const named = new Map<TrueIncident, FoundIncident[]>(harmful.map((incident) => [incident, []]));
  const rest: FoundIncident[] = [];
  for (const incident of found) {
    const cause = harmful.find((change) => names(incident, change));
    if (cause === undefined) rest.push(incident);
    else named.get(cause)?.push(incident);
  }
  const troubles = rest.filter((incident) => TROUBLES.has(incident.diagnosis));
  const unexplained = rest.filter((incident) => !TROUBLES.has(incident.diagnosis));
  const echoes = unexplained.filter((incident) => harmful.some((change) => isEchoOf(incident, change)));
  const others = unexplained.filter((incident) => !echoes.includes(incident));
  return {
    changes: [...named].map(([change, incidents]) => scoreChange(change, incidents, shifts)),
    echoes,
    troubles,
    remarks: others.filter((incident) => incident.severity === 'info'),
    wrong: others.filter((incident) => incident.severity !== 'info'),
  };
}

/** The diagnosis, the port and the time fit. */
function names(incident: FoundIncident, change: TrueIncident): boolean {
  if (!change.diagnoses.includes(incident.diagnosis)) return false;
  if (change.port !== null && incident.port !== null && change.port !== incident.port) return false;
  return startsWithin(incident, change.sources, 'new');
}

/** It begins when the change does, or when it ends, at pods that are concerned. */
function isEchoOf(incident: FoundIncident, change: TrueIncident): boolean {
  const pods = new Set(change.sources.map((source) => source.pod));
  if (!incident.sources.some((source) => pods.has(source.pod ?? ''))) return false;
  return startsWithin(incident, change.sources, 'new') || startsWithin(incident, change.sources, 'restored');
}

/** Between the first proxy's change and the last proxy's first line after it. */
function startsWithin(
  incident: FoundIncident,
  sources: readonly TrueSource[],
  phase: 'new' | 'restored',
): boolean {
  const begin = time(incident.onset.before);
  if (begin === null) return false;
  const lines = sources.map((source) => (phase === 'new' ? source.first_new : source.first_restored));
  const from = earliest(sources, phase === 'new' ? 'changed_at' : 'restored_at');
  const to = lines.flatMap((line) => (line === null ? [] : [Date.parse(line.start_time)]));
  return from !== null && begin >= from && begin <= Math.max(...to);
}

function scoreChange(
  change: TrueIncident,
  incidents: readonly FoundIncident[],
  shifts: readonly FoundShift[],
): ChangeScore {
  const ids = new Set(incidents.map((incident) => incident.id));
  const own = shifts.filter((shift) => shift.incident_id !== null && ids.has(shift.incident_id));
  const misdated = own.filter((shift) => !isDatedRightly(shift, change.sources));
  const told = new Set(incidents.flatMap((incident) => incident.sources.map((source) => source.pod)));
  const right = change.sources.filter((source) => told.has(source.pod)).length;
  const [first, ...again] = incidents.toSorted(
    (a, b) => (time(a.onset.before) ?? 0) - (time(b.onset.before) ?? 0),
  );
  const ends = change.sources.some((source) => source.restored_at !== null);
  return {
    change: change.change,
    named: incidents.length,
    again,
    sourcePrecision: ratio(right, told.size),
    sourceRecall: ratio(right, change.sources.length),
    onsetRight: first !== undefined && reaches(first.onset, change.sources, 'changed_at'),
    shifts: { all: own.length, right: own.length - misdated.length },
    misdated,
    onsetWidth: first === undefined ? null : width(first.onset),
    endRight: ends
      ? incidents.some((i) => i.ended !== null && reaches(i.ended, change.sources, 'restored_at'))
      : null,
  };
}

/**
 * Whether the shift's own proxy changed, or changed back, between the two lines that it names; where it names no pod, because
 * the lines are of two, any proxy of the workload.
 */
function isDatedRightly(shift: FoundShift, sources: readonly TrueSource[]): boolean {
  const interval = { after: shift.last_before, before: shift.first_after };
  const { pod, workload } = shift.source;
  const own = sources.filter((source) => (pod === null ? source.workload === workload : source.pod === pod));
  return reaches(interval, own, 'changed_at') || reaches(interval, own, 'restored_at');
}

/** Whether an interval has a moment in common with the time from the first proxy's change to the last one's. */
function reaches(
  interval: { readonly after: string | null; readonly before: string | null },
  sources: readonly TrueSource[],
  which: 'changed_at' | 'restored_at',
): boolean {
  const first = earliest(sources, which);
  const last = latest(sources, which);
  if (first === null || last === null) return false;
  const after = time(interval.after) ?? Number.NEGATIVE_INFINITY;
  const before = time(interval.before) ?? Number.POSITIVE_INFINITY;
  return after <= last && before >= first;
}

function width(interval: { readonly after: string | null; readonly before: string | null }): number | null {
  const after = time(interval.after);
  const before = time(interval.before);
  return after === null || before === null ? null : before - after;
}

function earliest(sources: readonly TrueSource[], which: 'changed_at' | 'restored_at'): number | null {
  const times = instants(sources, which);
  return times.length === 0 ? null : Math.min(...times);
}

function latest(sources: readonly TrueSource[], which: 'changed_at' | 'restored_at'): number | null {
  const times = instants(sources, which);
  return times.length === 0 ? null : Math.max(...times);
}

function instants(sources: readonly TrueSource[], which: 'changed_at' | 'restored_at'): number[] {
  return sources.flatMap((source) => time(source[which]) ?? []);
}

function time(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}
