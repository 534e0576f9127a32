/** The runs of all sources and destinations, kept as flows grow: only the hours that changed are put together anew. */
import type { LineReader } from '../domain/ports.ts';
import {
  ExactBudget,
  type ExactHour,
  type ExactWish,
  type MixedGroup,
  piecesOf,
  readExact,
} from './exact-lines.ts';
import type { Judgement } from './judgement.ts';
import type { LivingLeg } from './leg-table.ts';
import { compareLegs, compareText } from './legs.ts';
import {
  isTold,
  type JudgedLeg,
  joinPieces,
  joinStretches,
  type Piece,
  type Run,
  routingOfLeg,
  type Stretch,
  toRun,
  wholeFlow,
} from './routes.ts';

/** One hour of one source and destination. */
interface Hour {
  readonly hour: number;
  readonly legs: Set<LivingLeg>;
  /** Stretches that are in the order of time, and, by routing, those that say nothing of the order of the others. */
  told: readonly Stretch[];
  aside: readonly Stretch[];
  /** Flows that are in order by their spans, and groups that are not. */
  plain: readonly JudgedLeg[];
  mixed: readonly MixedGroup[];
  /** Lines of the groups, as far as they were read; kept for the newest hour only, whose lines are still to come. */
  readonly exact: ExactHour;
}

/** What all hours but the newest add up to. */
interface Prefix {
  readonly hour: number;
  readonly told: readonly Stretch[];
  readonly aside: ReadonlyMap<string, Stretch>;
}

/** One source and destination. */
export interface RouteKey {
  readonly key: string;
  /** In the order of time; those whose state tells nothing come last. */
  runs: readonly Run[];
}

class LivingKey implements RouteKey {
  readonly key: string;
  runs: readonly Run[] = [];
  readonly hours: Hour[] = [];
  prefix: Prefix | null = null;
  readonly dirty = new Set<Hour>();

  constructor(key: string) {
    this.key = key;
  }

  hourOf(leg: LivingLeg): Hour {
    const { hour } = leg.flow;
    let at = this.hours.length;
    while (at > 0 && (this.hours[at - 1]?.hour ?? 0) >= hour) at--;
    const known = this.hours[at];
    if (known?.hour === hour) return known;
    const fresh: Hour = {
      hour,
      legs: new Set(),
      told: [],
      aside: [],
      plain: [],
      mixed: [],
      exact: new Map(),
    };
    this.hours.splice(at, 0, fresh);
    return fresh;
  }
}

export type JudgeLeg = (leg: LivingLeg) => Judgement | null;

/** Keeps all runs. */
export class RouteBook {
  readonly #keys = new Map<string, LivingKey>();
  /** In the order of their keys, but for those that came since. */
  #sorted: LivingKey[] = [];
  #fresh: LivingKey[] = [];
  readonly #runs = new WeakMap<Stretch, Run>();
  readonly #budget = new ExactBudget();

  /** Puts the runs of these legs together anew. Shape of the result: the sources and destinations concerned. */
  async take(
    legs: Iterable<LivingLeg>,
    judge: JudgeLeg,
    reader: Pick<LineReader, 'lines'>,
  ): Promise<readonly RouteKey[]> {
    const keys = new Set<LivingKey>();
    for (const leg of legs) {
      const key = this.#place(leg);
      if (key !== null) keys.add(key);
    }
    for (const key of keys) for (const hour of key.dirty) this.#split(hour, judge);
    this.#redraw(keys);
    await readExact(
      [...keys].flatMap((key) => [...key.dirty].flatMap((hour) => this.#wishesOf(hour))),
      reader,
    );
    for (const key of keys) {
      for (const hour of key.dirty) {
        hour.told = joinHour(hour, (group) => this.#budget.isRead(group));
        if (hour !== key.hours[key.hours.length - 1]) hour.exact.clear();
      }
      this.#join(key);
      key.dirty.clear();
    }
    return [...keys];
  }

  /** All runs, by source and destination, then in the order of time. */
  runs(): readonly Run[] {
    if (this.#fresh.length > 0) {
      this.#sorted = merge(
        this.#sorted,
        this.#fresh.sort((a, b) => compareText(a.key, b.key)),
      );
      this.#fresh = [];
    }
    const runs: Run[] = [];
    for (const key of this.#sorted) for (const run of key.runs) runs.push(run);
    return runs;
  }

  /** Puts a leg into its hour, or takes it out when it is no client's any more. Null: it is of no route. */
  #place(leg: LivingLeg): LivingKey | null {
    const { facts } = leg;
    if (facts.route === '' || facts.said === 'inbound') return null;
    let key = this.#keys.get(facts.route);
    if (key === undefined) {
      if (!facts.client) return null;
      key = new LivingKey(facts.route);
      this.#keys.set(facts.route, key);
      this.#fresh.push(key);
    }
    const hour = key.hourOf(leg);
    if (facts.client) hour.legs.add(leg);
    else hour.legs.delete(leg);
    key.dirty.add(hour);
    return key;
  }

  #wishesOf({ mixed, exact }: Hour): ExactWish[] {
    const groups = mixed.filter((group) => this.#budget.isRead(group));
    return groups.map(({ items }) => ({ items, exact }));
  }

  #split(hour: Hour, judge: JudgeLeg): void {
    for (const group of hour.mixed) this.#budget.count(group, false);
    const judged: JudgedLeg[] = [];
    for (const leg of [...hour.legs].sort(compareLegs)) {
      const judgement = judge(leg);
      if (judgement !== null) judged.push({ leg, judgement });
    }
    const { plain, mixed } = splitByOrder(judged.filter(({ judgement }) => isTold(judgement.state)));
    hour.plain = plain;
    hour.mixed = mixed;
    hour.aside = joinAside(judged.filter(({ judgement }) => !isTold(judgement.state)));
    for (const group of mixed) this.#budget.count(group, true);
  }

  /** Groups that are read from now on, or no longer, change hours that nothing else touched. */
  #redraw(keys: Set<LivingKey>): void {
    const isOther = this.#budget.draw();
    if (isOther === null) return;
    for (const key of this.#keys.values()) {
      for (const hour of key.hours) {
        if (!hour.mixed.some(isOther)) continue;
        key.dirty.add(hour);
        keys.add(key);
      }
    }
  }

  #join(key: LivingKey): void {
    const newest = key.hours[key.hours.length - 1];
    if (newest === undefined) return;
    const isKept = key.prefix?.hour === newest.hour && key.dirty.size === 1 && key.dirty.has(newest);
    if (!isKept) key.prefix = prefixOf(key, newest.hour);
    const prefix = key.prefix;
    const told = joinStretches(prefix?.told ?? [], newest.told);
    const aside = addAside(new Map(prefix?.aside), newest.aside);
    const last = [...aside].sort(([a], [b]) => compareText(a, b)).map(([, stretch]) => stretch);
    key.runs = [...told, ...last].map((stretch) => this.#runOf(stretch));
  }

  #runOf(stretch: Stretch): Run {
    const known = this.#runs.get(stretch);
    if (known !== undefined) return known;
    const run = toRun(stretch);
    this.#runs.set(stretch, run);
    return run;
  }
}

/** Two lists in the order of their keys as one. */
function merge(a: readonly LivingKey[], b: readonly LivingKey[]): LivingKey[] {
  const merged: LivingKey[] = [];
  let at = 0;
  for (const key of b) {
    for (let next = a[at]; next !== undefined && next.key < key.key; next = a[at]) {
      merged.push(next);
      at++;
    }
    merged.push(key);
  }
  return merged.concat(a.slice(at));
}

/** Hours before the newest. */
function prefixOf(key: LivingKey, newest: number): Prefix {
  let told: readonly Stretch[] = [];
  const aside = new Map<string, Stretch>();
  for (const hour of key.hours) {
    if (hour.hour === newest) break;
    hour.exact.clear();
    told = joinStretches(told, hour.told);
    addAside(aside, hour.aside);
  }
  return { hour: newest, told, aside };
}

function addAside(into: Map<string, Stretch>, more: readonly Stretch[]): Map<string, Stretch> {
  for (const stretch of more) {
    const before = into.get(stretch.routing);
    const [joined = stretch] = before === undefined ? [stretch] : joinStretches([before], [stretch]);
    into.set(stretch.routing, joined);
  }
  return into;
}

function joinHour(hour: Hour, isRead: (group: MixedGroup) => boolean): Stretch[] {
  const ordered = hour.mixed.flatMap((group) =>
    group.items.flatMap((item) => (isRead(group) ? piecesOf(item, hour.exact) : [wholeFlow(item, true)])),
  );
  return joinPieces([...hour.plain.map((item) => wholeFlow(item, false)), ...ordered]);
}

function splitByOrder(legs: readonly JudgedLeg[]): { plain: JudgedLeg[]; mixed: MixedGroup[] } {
  const plain: JudgedLeg[] = [];
  const mixed: MixedGroup[] = [];
  for (const items of overlapping(legs)) {
    if (new Set(items.map(routingOfLeg)).size === 1) plain.push(...items);
    else mixed.push({ items, lines: items.reduce((sum, { leg }) => sum + leg.flow.connections, 0) });
  }
  return { plain, mixed };
}

/** Flows whose spans of start times touch. */
function overlapping(legs: readonly JudgedLeg[]): JudgedLeg[][] {
  const groups: JudgedLeg[][] = [];
  let reach = Number.NEGATIVE_INFINITY;
  for (const item of legs) {
    const { first, last } = item.leg.flow;
    if (first > reach) groups.push([item]);
    else groups[groups.length - 1]?.push(item);
    reach = Math.max(reach, last);
  }
  return groups;
}

function joinAside(legs: readonly JudgedLeg[]): Stretch[] {
  const byRouting = new Map<string, Piece[]>();
  for (const item of legs) {
    const pieces = byRouting.get(routingOfLeg(item)) ?? [];
    pieces.push(wholeFlow(item, false));
    byRouting.set(routingOfLeg(item), pieces);
  }
  return [...byRouting.values()].flatMap(joinPieces);
}
