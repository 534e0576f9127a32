/** All changes of routing, kept as runs grow: only sources and destinations whose runs changed are looked at again. */
import { maxOf } from './extremes.ts';
import { type Change, listChanges } from './flapping.ts';
import { type Neighbour, NeighbourBook } from './neighbours.ts';
import type { Pods } from './pods.ts';
import { createAges, findRaces, isHole, type Races } from './races.ts';
import type { RouteKey } from './route-book.ts';
import { isSameRouting, isTold, isUnlisted, type Run } from './routes.ts';
import {
  compareShifts,
  draftShift,
  isOfAnotherPod,
  isTellable,
  mergeRuns,
  type ShiftDraft,
  type ShiftLevel,
} from './shifts.ts';

/** Keys that join runs at different addresses, the finest first. */
const LEVELS = ['pod', 'workload', 'port'] as const;

/** A change that is told if it passes all rules. */
interface Candidate {
  readonly level: ShiftLevel;
  readonly change: Change;
  readonly support: number;
}

/** One source and destination. */
interface Place {
  /** Runs that can be put in order. */
  usable: readonly Run[];
  /** The same, neighbours that are alike joined. */
  joined: readonly Run[];
  /** The changes between these. */
  changes: readonly Change[];
  /** For each level, what is known of usable runs there. */
  readonly near: Array<readonly Neighbour<Place>[]>;
  candidates: readonly Candidate[];
}

/** Keeps what the changes are made of. */
export class ShiftBook {
  readonly #places = new Map<RouteKey, Place>();
  /** Sources and destinations with black holes: whether these count depends on all others. */
  readonly #holes = new Set<RouteKey>();
  /** Places with changes of their own: an address may turn out to have passed to another pod. */
  readonly #changing = new Set<Place>();
  readonly #telling = new Set<Place>();
  readonly #levels = LEVELS.map(() => new NeighbourBook<Place>());
  readonly #drafts = new WeakMap<Change, ShiftDraft>();

  /** Takes in the sources and destinations whose runs changed, and tells all changes that there are, in their order. */
  take(keys: readonly RouteKey[], pods: Pods): { readonly shifts: ShiftDraft[]; readonly races: Races } {
    for (const key of keys) keep(this.#holes, key, key.runs.some(isHole));
    const races = findRaces(
      [...this.#holes].map((key) => key.runs),
      pods,
    );
    const touched = new Set(keys.map((key) => this.#place(key, races, pods)));
    for (const key of this.#holes) if (this.#isOther(key, races)) touched.add(this.#place(key, races, pods));
    for (const level of this.#levels) for (const place of level.settle()) touched.add(place);
    for (const place of this.#changing) touched.add(place);
    for (const place of touched) {
      place.candidates = [...own(place, pods, races), ...this.#across(place, pods)];
      keep(this.#telling, place, place.candidates.length > 0);
    }
    return { shifts: this.#tell(pods), races };
  }

  #tell(pods: Pods): ShiftDraft[] {
    const ageAt = createAges(pods);
    const shifts: ShiftDraft[] = [];
    for (const { candidates } of this.#telling) {
      for (const { level, change, support } of candidates) {
        if (isTellable(change, support, ageAt)) shifts.push(this.#draft(level, change));
      }
    }
    return shifts.sort(compareShifts);
  }

  #draft(level: ShiftLevel, change: Change): ShiftDraft {
    const known = this.#drafts.get(change);
    if (known !== undefined) return known;
    const draft = draftShift(level, change);
    this.#drafts.set(change, draft);
    return draft;
  }

  #isOther(key: RouteKey, races: Races): boolean {
    const usable = usableOf(key, races);
    const before = this.#places.get(key)?.usable ?? [];
    return usable.length !== before.length || usable.some((run, i) => run !== before[i]);
  }

  #place(key: RouteKey, races: Races, pods: Pods): Place {
    let place = this.#places.get(key);
    if (place === undefined) {
      place = { usable: [], joined: [], changes: [], near: LEVELS.map(() => []), candidates: [] };
      this.#places.set(key, place);
    }
    place.usable = usableOf(key, races);
    place.joined = joinAlike(place.usable);
    place.changes = listChanges(place.joined);
    keep(this.#changing, place, place.changes.length > 0);
    for (const [i, level] of LEVELS.entries()) {
      const keyOf = (run: Run) => groupKey(run, level, pods);
      place.near[i] = this.#levels[i]?.replace(place, place.near[i] ?? [], place.usable, keyOf) ?? [];
    }
    return place;
  }

  /** For the first run, and the first of another pod at the address: what its neighbours did before. */
  #across({ joined, changes, near }: Place, pods: Pods): Candidate[] {
    const [first] = joined;
    if (first === undefined) return [];
    const heads = [
      first,
      ...changes.filter((one) => isOfAnotherPod(one, pods)).map(({ to: [head] }) => head),
    ];
    return heads.flatMap((head): Candidate[] => {
      for (const [i, level] of LEVELS.entries()) {
        const known = near[i]?.find(({ run }) => run.id === head.id);
        if (known === undefined || !known.hasEarlier) continue;
        const { from, support } = known;
        return from === null ? [] : [{ level, change: { from, to: [head], flaps: 1 }, support }];
      }
      return [];
    });
  }
}

/** Changes along the runs of one address. */
function own({ changes }: Place, pods: Pods, { attested }: Races): Candidate[] {
  return changes
    .filter((change) => !isOfAnotherPod(change, pods))
    .map((change) => {
      // Single connections in a flapping are as many races, not one change with many lines.
      const most = maxOf(
        change.to.map((run) => run.connections),
        0,
      );
      const isAttested = change.to.some((run) => attested.has(run.id));
      return { level: 'address' as const, change, support: isAttested ? most + 1 : most };
    });
}

/** Runs that could not be put in order tell of no change. */
function usableOf({ runs }: RouteKey, { blips }: Races): Run[] {
  return runs.filter((run) => !run.blurred && isTold(run.state) && !blips.has(run.id));
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

function groupKey(run: Run, level: (typeof LEVELS)[number], pods: Pods): string | null {
  if (level === 'port') return isUnlisted(run) ? `${run.writer} ${run.local.port}` : null;
  const claim = pods.claimAt(run.local.ip, run.first);
  if (claim === null) return null;
  const destination = level === 'pod' ? claim.writer.key : claim.writer.source.workload;
  if (destination === null) return null;
  const source = run.source.workload ?? run.writer;
  return `${run.source.namespace ?? ''} ${source} ${destination} ${run.local.port}`;
}

function keep<T>(set: Set<T>, one: T, isIn: boolean): void {
  if (isIn) set.add(one);
  else set.delete(one);
}
