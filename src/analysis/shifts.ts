/** Changes of routing, each told once, at the finest key whose identity holds on both sides. */
import type { EvidenceGrade, Source, State } from '../domain/resources.ts';
import type { Change } from './flapping.ts';
import { idOf } from './hash.ts';
import { compareText } from './legs.ts';
import { type Pods, START_MS } from './pods.ts';
import type { Run } from './routes.ts';

/** Routing that follows from who has an address. */
const NAMED_OR_NOT: ReadonlySet<State> = new Set(['direct', 'service', 'passthrough']);

/** Key that joins the two sides: one address; one destination pod or workload, whatever its address; one port. */
export type ShiftLevel = 'address' | 'pod' | 'workload' | 'port';

export interface ShiftDraft extends Change {
  readonly id: string;
  readonly level: ShiftLevel;
  /** Start times of the last connection in the old routing and the first in the new one. */
  readonly lastBefore: number;
  readonly firstAfter: number;
  readonly evidence: EvidenceGrade;
}

/** Order of changes: the first connection in the new routing first. */
export function compareShifts(a: ShiftDraft, b: ShiftDraft): number {
  return a.firstAfter - b.firstAfter || compareText(a.id, b.id);
}

/** Who changed: the pod that shows both sides or, where they are lines of two pods, the workload of these. */
export function sourceOf({ from, to: [head] }: Pick<ShiftDraft, 'from' | 'to'>): Source {
  return from.writer === head.writer ? head.source : { ...head.source, pod: null };
}

/** A change as it is told. */
export function draftShift(level: ShiftLevel, change: Change): ShiftDraft {
  const { from, to } = change;
  const [head] = to;
  return {
    ...change,
    id: idOf('shift', level, head.writer, head.local.key, from.routing, head.routing, head.first),
    level,
    lastBefore: Math.min(from.last, head.first),
    firstAfter: head.first,
    evidence: gradeOf(from, head),
  };
}

/**
 * The address went to another pod, and its name went with it: the routing of neither has changed. What takes or blocks
 * connections does so whoever has the address.
 */
export function isOfAnotherPod({ from, to: [head] }: Change, pods: Pods): boolean {
  if (![from, head].every(({ state }) => NAMED_OR_NOT.has(state))) return false;
  const { ip } = head.local;
  const moving = pods.isMoving(ip, head.first);
  const before = pods.claimAt(ip, moving ? from.first : from.last);
  const after = pods.claimAt(ip, moving ? head.last : head.first);
  return before !== null && after !== null && before.writer.key !== after.writer.key;
}

/** True for a change that enough connections show, and that is no race with an update of a proxy. */
export function isTellable(
  { from, to: [head] }: Change,
  support: number,
  ageAt: (run: Run, time: number) => number | null,
): boolean {
  const age = ageAt(head, head.first);
  // A proxy that has a catch-all has its listeners: what it does next is no race.
  const isReady = from.state === 'captured' || from.state === 'captured_nominal';
  if (age !== null && age < START_MS && !isReady) return false;
  return !isRace(from, head, ageAt(from, from.last)) && support >= linesNeeded(from.state, head.state);
}

/** The most that any change needs: it makes no difference how many more there are. */
export const SUPPORT_MAX = 2;

/** A service that takes the place of a single unnamed connection, or of those of a pod's first minute, was there before. */
function isRace(from: Run, to: Run, age: number | null): boolean {
  if (to.state !== 'service' || (from.state !== 'passthrough' && from.state !== 'blackhole')) return false;
  return from.connections < 2 || (age !== null && age < START_MS);
}

/** A single connection may be a race with a listener update where no capture is proven. */
function linesNeeded(from: State, to: State): number {
  if (from === 'passthrough' && to === 'blackhole') return SUPPORT_MAX;
  if (from === 'blackhole' && to === 'passthrough') return SUPPORT_MAX;
  return from === 'service' && to === 'passthrough' ? SUPPORT_MAX : 1;
}

function gradeOf(from: Run, to: Run): EvidenceGrade {
  if (to.grade !== null) return to.grade;
  if (from.grade !== null) return from.grade;
  // Passthrough and black hole are said by the line itself; services are known from what lines have in common.
  const named = [from, to].some((run) => run.state === 'service' || run.state === 'direct');
  return named ? 'g3' : 'g4';
}

/** Two runs in the same routing as one, under the id of the first. */
export function mergeRuns(a: Run, b: Run): Run {
  return {
    ...a,
    hosts: [...new Set([...a.hosts, ...b.hosts])].sort(compareText),
    grade: a.grade === null || (b.grade !== null && b.grade > a.grade) ? b.grade : a.grade,
    last: Math.max(a.last, b.last),
    end: Math.max(a.end, b.end),
    connections: a.connections + b.connections,
    failures: a.failures + b.failures,
    bytes: a.bytes + b.bytes,
    legs: [...new Map([...a.legs, ...b.legs].map((leg) => [leg.flow.shape.id, leg])).values()],
  };
}
