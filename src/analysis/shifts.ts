/** Changes of routing, each told once, at the finest key whose identity holds on both sides. */
import { formatAddress } from '../domain/address.ts';
import type { EvidenceGrade, Source, State } from '../domain/resources.ts';
import { maxOf } from './extremes.ts';
import { type Change, listChanges } from './flapping.ts';
import { idOf } from './hash.ts';
import { compareText } from './legs.ts';
import { type Pods, START_MS } from './pods.ts';
import { createAges, type Races } from './races.ts';
import { isSameRouting, isTold, isUnlisted, type Run, routingOf } from './routes.ts';

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

/** Finds all changes. Runs that could not be put in order tell none. */
export function findShifts(runs: readonly Run[], pods: Pods, races: Races): ShiftDraft[] {
  const usable = runs.filter((run) => !run.blurred && isTold(run.state) && !races.blips.has(run.id));
  const ageAt = createAges(pods);
  const shifts: ShiftDraft[] = [];
  const found = (level: ShiftLevel, change: Change, support: number): void => {
    const { from, to } = change;
    const age = ageAt(to[0], to[0].first);
    // A proxy that has a catch-all has its listeners: what it does next is no race.
    const isReady = from.state === 'captured' || from.state === 'captured_nominal';
    if (age !== null && age < START_MS && !isReady) return;
    if (isRace(from, to[0], ageAt(from, from.last)) || support < linesNeeded(from.state, to[0].state)) return;
    shifts.push(draft(level, change));
  };
  const heads: Run[] = [];
  for (const [, own] of group(usable, (run) => `${run.writer} ${formatAddress(run.local)}`)) {
    const changing = joinAlike(own);
    if (changing[0] !== undefined) heads.push(changing[0]);
    for (const change of listChanges(changing)) {
      if (isOfAnotherPod(change, pods)) {
        heads.push(change.to[0]);
        continue;
      }
      // Single connections in a flapping are as many races, not one change with many lines.
      const support = maxOf(
        change.to.map((run) => run.connections),
        0,
      );
      const isAttested = change.to.some((run) => races.attested.has(run.id));
      found('address', change, isAttested ? support + 1 : support);
    }
  }
  for (const { level, change, support } of findAcross(usable, heads, pods)) found(level, change, support);
  return shifts.sort(compareShifts);
}

/** Order of changes: the first connection in the new routing first. */
export function compareShifts(a: ShiftDraft, b: ShiftDraft): number {
  return a.firstAfter - b.firstAfter || compareText(a.id, b.id);
}

/** Who changed: the pod that shows both sides or, where they are lines of two pods, the workload of these. */
export function sourceOf({ from, to: [head] }: Pick<ShiftDraft, 'from' | 'to'>): Source {
  return from.writer === head.writer ? head.source : { ...head.source, pod: null };
}

function draft(level: ShiftLevel, change: Change): ShiftDraft {
  const { from, to } = change;
  const [head] = to;
  return {
    ...change,
    id: idOf(
      'shift',
      level,
      head.writer,
      formatAddress(head.local),
      routingOf(from),
      routingOf(head),
      head.first,
    ),
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
function isOfAnotherPod({ from, to: [head] }: Change, pods: Pods): boolean {
  if (![from, head].every(({ state }) => NAMED_OR_NOT.has(state))) return false;
  const { ip } = head.local;
  const moving = pods.isMoving(ip, head.first);
  const before = pods.claimAt(ip, moving ? from.first : from.last);
  const after = pods.claimAt(ip, moving ? head.last : head.first);
  return before !== null && after !== null && before.writer.key !== after.writer.key;
}

/** A service that takes the place of a single unnamed connection, or of those of a pod's first minute, was there before. */
function isRace(from: Run, to: Run, age: number | null): boolean {
  if (to.state !== 'service' || (from.state !== 'passthrough' && from.state !== 'blackhole')) return false;
  return from.connections < 2 || (age !== null && age < START_MS);
}

/** A single connection may be a race with a listener update where no capture is proven. */
function linesNeeded(from: State, to: State): number {
  if (from === 'passthrough' && to === 'blackhole') return 2;
  if (from === 'blackhole' && to === 'passthrough') return 2;
  return from === 'service' && to === 'passthrough' ? 2 : 1;
}

function gradeOf(from: Run, to: Run): EvidenceGrade {
  if (to.grade !== null) return to.grade;
  if (from.grade !== null) return from.grade;
  // Passthrough and black hole are said by the line itself; services are known from what lines have in common.
  const named = [from, to].some((run) => run.state === 'service' || run.state === 'direct');
  return named ? 'g3' : 'g4';
}

/** Neighbours that are alike once untold runs between them are left out become one run. */
function joinAlike(runs: readonly Run[]): Run[] {
  const joined: Run[] = [];
  for (const run of runs) {
    const before = joined[joined.length - 1];
    if (before === undefined || !isSameRouting(before, run)) joined.push(run);
    else joined[joined.length - 1] = mergeRuns(before, run);
  }
  return joined;
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

interface Across {
  readonly level: ShiftLevel;
  readonly change: Change;
  readonly support: number;
}

/** For the first run at each address: what the same source or destination did before, at other addresses. */
function findAcross(runs: readonly Run[], heads: readonly Run[], pods: Pods): Across[] {
  const levels: Array<{ level: ShiftLevel; before: ReadonlyMap<string, Neighbours> }> = [
    { level: 'pod', before: neighbours(runs, (run) => destinationKey(run, pods, 'pod')) },
    { level: 'workload', before: neighbours(runs, (run) => destinationKey(run, pods, 'workload')) },
    {
      level: 'port',
      before: neighbours(runs.filter(isUnlisted), (run) => `${run.writer} ${run.local.port}`),
    },
  ];
  const across: Across[] = [];
  for (const head of heads) {
    for (const { level, before } of levels) {
      const known = before.get(head.id);
      if (known === undefined || known.earlier === 0) continue;
      if (known.from !== null) {
        across.push({ level, change: { from: known.from, to: [head], flaps: 1 }, support: known.support });
      }
      break;
    }
  }
  return across;
}

function destinationKey(run: Run, pods: Pods, by: 'pod' | 'workload'): string | null {
  const claim = pods.claimAt(run.local.ip, run.first);
  if (claim === null) return null;
  const destination = by === 'pod' ? claim.writer.key : claim.writer.source.workload;
  if (destination === null) return null;
  const source = run.source.workload ?? run.writer;
  return `${run.source.namespace ?? ''} ${source} ${destination} ${run.local.port}`;
}

interface Neighbours {
  /** Runs of the group that began before. */
  readonly earlier: number;
  /** The run that the routing changed from; null when it did not change, or when both went on at once. */
  readonly from: Run | null;
  /** Connections of the group in the new routing from here on. */
  readonly support: number;
}

function neighbours(
  runs: readonly Run[],
  keyOf: (run: Run) => string | null,
): ReadonlyMap<string, Neighbours> {
  const result = new Map<string, Neighbours>();
  for (const [, members] of group(runs, keyOf)) {
    const sorted = [...members].sort((a, b) => a.first - b.first || compareText(a.id, b.id));
    const support = new Map<string, number>();
    for (const run of sorted) {
      support.set(routingOf(run), (support.get(routingOf(run)) ?? 0) + run.connections);
    }
    /** For each routing, the run that lasted longest so far. */
    const latest = new Map<string, Run>();
    for (const [index, run] of sorted.entries()) {
      const routing = routingOf(run);
      result.set(run.id, { earlier: index, from: findFrom(run, latest), support: support.get(routing) ?? 0 });
      const longest = latest.get(routing);
      if (longest === undefined || run.last > longest.last) latest.set(routing, run);
      support.set(routing, (support.get(routing) ?? 0) - run.connections);
    }
  }
  return result;
}

/** Null also while another routing still goes on: proxies change one after the other, so nothing is settled yet. */
function findFrom(run: Run, latest: ReadonlyMap<string, Run>): Run | null {
  let from: Run | null = null;
  for (const before of latest.values()) {
    if (before.last >= run.first) return null;
    if (from === null || before.last > from.last) from = before;
  }
  return from === null || isSameRouting(from, run) ? null : from;
}

function group(runs: readonly Run[], keyOf: (run: Run) => string | null): Map<string, Run[]> {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const key = keyOf(run);
    if (key === null) continue;
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [run]);
    else list.push(run);
  }
  return groups;
}
