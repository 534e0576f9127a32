/** What the same source or destination did before, at other addresses: runs that are neighbours though of different routes. */
import { compareText } from './legs.ts';
import type { Run } from './routes.ts';
import { SUPPORT_MAX } from './shifts.ts';

/** One run in its group, with what is known of those before it. */
export interface Neighbour<Owner> {
  readonly run: Run;
  readonly owner: Owner;
  readonly group: Group<Owner>;
  /** True when runs of the group began before. */
  hasEarlier: boolean;
  /** The run that the routing changed from; null when it did not change, or when both went on at once. */
  from: Run | null;
  /** Connections of the group in the new routing from here on; counted up to `SUPPORT_MAX`. */
  support: number;
}

interface Group<Owner> {
  readonly key: string;
  readonly members: Set<Neighbour<Owner>>;
}

/** Groups runs by one key, and looks again only at groups that changed. An owner is who has to know of a change. */
export class NeighbourBook<Owner> {
  readonly #groups = new Map<string, Group<Owner>>();
  readonly #dirty = new Set<Group<Owner>>();

  /** Puts runs in place of those that an owner had before. `keyOf`: group of a run; null: none. */
  replace(
    owner: Owner,
    before: readonly Neighbour<Owner>[],
    runs: readonly Run[],
    keyOf: (run: Run) => string | null,
  ): Neighbour<Owner>[] {
    for (const old of before) {
      old.group.members.delete(old);
      this.#dirty.add(old.group);
    }
    const members: Neighbour<Owner>[] = [];
    for (const run of runs) {
      const key = keyOf(run);
      if (key === null) continue;
      const group = this.#groupOf(key);
      const member = { run, owner, group, hasEarlier: false, from: null, support: 0 };
      group.members.add(member);
      this.#dirty.add(group);
      members.push(member);
    }
    return members;
  }

  /** Looks again at the groups that changed. Shape: owners of runs of which something else is known now. */
  settle(): Set<Owner> {
    const changed = new Set<Owner>();
    for (const group of this.#dirty) {
      if (group.members.size === 0) this.#groups.delete(group.key);
      else settleGroup(group, changed);
    }
    this.#dirty.clear();
    return changed;
  }

  #groupOf(key: string): Group<Owner> {
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = { key, members: new Set<Neighbour<Owner>>() };
    this.#groups.set(key, group);
    return group;
  }
}

function settleGroup<Owner>({ members }: Group<Owner>, changed: Set<Owner>): void {
  const sorted = [...members].sort((a, b) => a.run.first - b.run.first || compareText(a.run.id, b.run.id));
  const left = new Map<string, number>();
  for (const { run } of sorted) left.set(run.routing, (left.get(run.routing) ?? 0) + run.connections);
  /** For each routing, the run that lasted longest so far. */
  const latest = new Map<string, Run>();
  for (const [index, member] of sorted.entries()) {
    const { run } = member;
    const connections = left.get(run.routing) ?? 0;
    const from = findFrom(run, latest);
    const support = Math.min(connections, SUPPORT_MAX);
    if (member.hasEarlier !== index > 0 || member.from !== from || member.support !== support) {
      Object.assign(member, { hasEarlier: index > 0, from, support });
      changed.add(member.owner);
    }
    left.set(run.routing, connections - run.connections);
    const longest = latest.get(run.routing);
    if (longest === undefined || run.last > longest.last) latest.set(run.routing, run);
  }
}

/** Null also while another routing still goes on: proxies change one after the other, so nothing is settled yet. */
function findFrom(run: Run, latest: ReadonlyMap<string, Run>): Run | null {
  let from: Run | null = null;
  for (const before of latest.values()) {
    if (before.last >= run.first) return null;
    if (from === null || before.last > from.last) from = before;
  }
  return from === null || from.routing === run.routing ? null : from;
}
