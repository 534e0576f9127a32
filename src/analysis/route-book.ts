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
import { compareLegs, compareText, type Facts } from './legs.ts';
import type { LivingLeg, LivingShape } from './living-shape.ts';
import { PlainRoute } from './plain-route.ts';
import {
  isTold,
  type JudgedLeg,
  type JudgeLeg,
  joinPieces,
  joinStretches,
  type Piece,
  type Run,
  routingOfLeg,
  type Stretch,
  toRun,
  wholeFlow,
} from './routes.ts';

/** What the legs of an hour are made into. */
interface Parts {
  /** Stretches that are in the order of time, and, by routing, those that say nothing of the order of the others. */
  told: readonly Stretch[];
  readonly aside: readonly Stretch[];
  /** Flows that are in order by their spans, and groups that are not. */
  readonly plain: readonly JudgedLeg[];
  readonly mixed: readonly MixedGroup[];
  /** Lines of the groups, as far as they were read; kept for the newest hour only, whose lines are still to come. */
  readonly exact: ExactHour;
}

/** One hour of one source and destination. */
interface Hour {
  readonly hour: number;
  legs: readonly LivingLeg[];
  /** Null where they can be made again from the legs alone: there are very many hours. */
  parts: Parts | null;
}

/** Of hours whose lines need not be read. */
const NOT_READ: ExactHour = new Map();

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
  /** Null once connections went several ways: then their hours are put together one by one. */
  plain: PlainRoute | null = new PlainRoute();
  readonly hours: Hour[] = [];
  prefix: Prefix | null = null;
  readonly dirty = new Set<Hour>();

  constructor(key: string) {
    this.key = key;
  }

  /** Puts a leg into its hour, or takes it out when it is no client's any more. */
  place(leg: LivingLeg): void {
    const { facts } = leg;
    const hour = this.#hourOf(leg);
    const isIn = hour.legs.includes(leg);
    if (facts.client && !isIn) hour.legs = hour.legs.concat(leg);
    if (!facts.client && isIn) hour.legs = hour.legs.filter((one) => one !== leg);
    this.dirty.add(hour);
  }

  /** From now on hour by hour. */
  unfold(plain: PlainRoute): void {
    this.plain = null;
    for (const shape of plain.shapes) for (const leg of shape.holdAll()) this.place(leg);
  }

  #hourOf(leg: LivingLeg): Hour {
    const { hour } = leg.flow;
    let at = this.hours.length;
    while (at > 0 && (this.hours[at - 1]?.hour ?? 0) >= hour) at--;
    const known = this.hours[at];
    if (known?.hour === hour) return known;
    const fresh: Hour = { hour, legs: [], parts: null };
    this.hours.splice(at, 0, fresh);
    return fresh;
  }
}

/** Keeps all runs. */
export class RouteBook {
  readonly #keys = new Map<string, LivingKey>();
  /** In the order of their keys, but for those that came since. */
  #sorted: LivingKey[] = [];
  #fresh: LivingKey[] = [];
  readonly #runs = new WeakMap<Stretch, Run>();
  readonly #budget = new ExactBudget();

  /** Puts the runs of these legs together anew. Shape of the result: the sources and destinations concerned. */
  take(
    legs: Iterable<LivingLeg>,
    judge: JudgeLeg,
    reader: Pick<LineReader, 'lines'>,
  ): Promise<readonly RouteKey[]> {
    const keys = new Set<LivingKey>();
    for (const leg of legs) {
      const key = this.#keyOf(leg.facts);
      if (key === null) continue;
      if (key.plain !== null) key.plain.touch(leg);
      else key.place(leg);
      keys.add(key);
    }
    return this.#put(keys, judge, reader);
  }

  /** The same of all legs of some shapes, none of which was taken before. */
  learn(
    shapes: Iterable<LivingShape>,
    judge: JudgeLeg,
    reader: Pick<LineReader, 'lines'>,
  ): Promise<readonly RouteKey[]> {
    const keys = new Set<LivingKey>();
    for (const shape of shapes) {
      const key = shape.facts.client ? this.#keyOf(shape.facts) : null;
      if (key === null) continue;
      key.plain?.learn(shape);
      keys.add(key);
    }
    return this.#put(keys, judge, reader);
  }

  async #put(
    keys: Set<LivingKey>,
    judge: JudgeLeg,
    reader: Pick<LineReader, 'lines'>,
  ): Promise<readonly RouteKey[]> {
    const told: LivingKey[] = [];
    for (const key of keys) {
      if (this.#tellPlain(key, judge)) told.push(key);
      else for (const hour of key.dirty) this.#split(hour, judge);
    }
    for (const key of told) keys.delete(key);
    this.#redraw(keys);
    const wishes = [...keys].flatMap((key) => [...key.dirty].flatMap((hour) => this.#wishesOf(hour)));
    await readExact(wishes, reader);
    for (const key of keys) {
      for (const { parts } of key.dirty) if (parts !== null) this.#tell(parts);
      this.#join(key, judge);
      key.dirty.clear();
    }
    return [...told, ...keys];
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

  /** Source and destination of legs. Null: they are of no route. */
  #keyOf(facts: Facts): LivingKey | null {
    if (facts.route === '' || facts.said === 'inbound') return null;
    const known = this.#keys.get(facts.route);
    if (known !== undefined || !facts.client) return known ?? null;
    const key = new LivingKey(facts.route);
    this.#keys.set(facts.route, key);
    this.#fresh.push(key);
    return key;
  }

  /** False where it takes the order of time to tell the runs. */
  #tellPlain(key: LivingKey, judge: JudgeLeg): boolean {
    const { plain } = key;
    if (plain === null) return false;
    const stretches = plain.stretches(judge);
    if (stretches === null) key.unfold(plain);
    else key.runs = stretches.map((stretch) => this.#runOf(stretch));
    return stretches !== null;
  }

  #wishesOf({ parts }: Hour): ExactWish[] {
    if (parts === null) return [];
    const groups = parts.mixed.filter((group) => this.#budget.isRead(group));
    return groups.map(({ items }) => ({ items, exact: parts.exact }));
  }

  #split(hour: Hour, judge: JudgeLeg): void {
    for (const group of hour.parts?.mixed ?? []) this.#budget.count(group, false);
    hour.parts = partsOf(hour, judge);
    for (const group of hour.parts.mixed) this.#budget.count(group, true);
  }

  #tell(parts: Parts): void {
    parts.told = joinHour(parts, (group) => this.#budget.isRead(group));
  }

  /** Groups that are read from now on, or no longer, change hours that nothing else touched. */
  #redraw(keys: Set<LivingKey>): void {
    const isOther = this.#budget.draw();
    if (isOther === null) return;
    for (const key of this.#keys.values()) {
      for (const hour of key.hours) {
        if (hour.parts?.mixed.some(isOther) !== true) continue;
        key.dirty.add(hour);
        keys.add(key);
      }
    }
  }

  #join(key: LivingKey, judge: JudgeLeg): void {
    const newest = key.hours[key.hours.length - 1];
    if (newest === undefined) return;
    const isKept = key.prefix?.hour === newest.hour && key.dirty.size === 1 && key.dirty.has(newest);
    if (!isKept) key.prefix = this.#prefixOf(key, newest, judge);
    const prefix = key.prefix;
    const { told, aside } = this.#partsOf(newest, judge);
    const last = addAside(new Map(prefix?.aside), aside);
    const apart = [...last].sort(([a], [b]) => compareText(a, b)).map(([, stretch]) => stretch);
    key.runs = [...joinStretches(prefix?.told ?? [], told), ...apart].map((stretch) => this.#runOf(stretch));
  }

  /** Hours before the newest. What they are made of is not kept where no line of them had to be read. */
  #prefixOf(key: LivingKey, newest: Hour, judge: JudgeLeg): Prefix | null {
    if (key.hours.length === 1) return null;
    let told: readonly Stretch[] = [];
    const aside = new Map<string, Stretch>();
    for (const hour of key.hours) {
      if (hour === newest) break;
      const parts = this.#partsOf(hour, judge);
      told = joinStretches(told, parts.told);
      addAside(aside, parts.aside);
      parts.exact.clear();
      hour.parts = parts.mixed.length > 0 ? parts : null;
    }
    return { hour: newest.hour, told, aside };
  }

  /** Those that were kept, or made again: then no group of them is mixed. */
  #partsOf(hour: Hour, judge: JudgeLeg): Parts {
    if (hour.parts !== null) return hour.parts;
    const parts = partsOf(hour, judge);
    this.#tell(parts);
    return parts;
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

function partsOf({ legs, parts }: Hour, judge: JudgeLeg): Parts {
  const judged: JudgedLeg[] = [];
  for (const leg of [...legs].sort(compareLegs)) {
    const judgement = judge(leg);
    if (judgement !== null) judged.push({ leg, judgement });
  }
  const { plain, mixed } = splitByOrder(judged.filter(({ judgement }) => isTold(judgement.state)));
  const aside = joinAside(judged.filter(({ judgement }) => !isTold(judgement.state)));
  const exact = parts === null || parts.exact === NOT_READ ? new Map() : parts.exact;
  return { told: [], aside, plain, mixed, exact: mixed.length === 0 ? NOT_READ : exact };
}

function addAside(into: Map<string, Stretch>, more: readonly Stretch[]): Map<string, Stretch> {
  for (const stretch of more) {
    const before = into.get(stretch.routing);
    const [joined = stretch] = before === undefined ? [stretch] : joinStretches([before], [stretch]);
    into.set(stretch.routing, joined);
  }
  return into;
}

function joinHour({ plain, mixed, exact }: Parts, isRead: (group: MixedGroup) => boolean): Stretch[] {
  const ordered = mixed.flatMap((group) =>
    group.items.flatMap((item) => (isRead(group) ? piecesOf(item, exact) : [wholeFlow(item, true)])),
  );
  return joinPieces([...plain.map((item) => wholeFlow(item, false)), ...ordered]);
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
