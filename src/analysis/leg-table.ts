/** The legs as they grow: one object for each flow, for as long as the flow is there. */
import type { Flow, Shape } from '../domain/ports.ts';
import type { Source } from '../domain/resources.ts';
import { HourColumns } from './hour-columns.ts';
import type { Judgement } from './judgement.ts';
import { createShapeReader, type Facts, type Leg } from './legs.ts';

/** A scope of findings, and whose it is. */
export interface LegScope {
  readonly book: object;
}

const NO_COLUMNS = new HourColumns();
const NO_SCOPES: readonly LegScope[] = [];
const NO_LEGS: LivingLeg[] = [];
const FEW = 8;

/** A leg whose flow grows in place, with what it adds to the knowledge of the mesh. */
export class LivingLeg implements Leg {
  flow: Flow;
  readonly of: LivingShape;
  /** Undefined until somebody asks, and again when what it rests on has changed. */
  judgement: Judgement | null | undefined = undefined;
  /** `MARK` bits of what it is counted in. */
  marks = 0;
  /** Pod or network that it makes a member of its cluster; null when none. */
  member: Source | string | null = null;
  /** Scopes of findings that it takes part in; no longer than it has to be, since there are very many legs. */
  scopes: readonly LegScope[] = NO_SCOPES;
  /** How it counts in the logs of pods, in the terms of the book that keeps those, and with which flow; null until it is told. */
  logPart: object | null = null;
  logFlow: Flow | null = null;
  /** Among the columns of its hour. */
  place = 0;

  constructor(flow: Flow, of: LivingShape) {
    this.flow = flow;
    this.of = of;
  }

  get facts(): Facts {
    return this.of.facts;
  }

  has(mark: number): boolean {
    return (this.marks & mark) !== 0;
  }

  /** Sets or clears a mark. True when that changed it. */
  mark(mark: number, on: boolean): boolean {
    if (this.has(mark) === on) return false;
    this.marks ^= mark;
    return true;
  }
}

/** Where a leg may be counted in. */
export const MARK = {
  gateway: 1,
  proven: 2,
  candidate: 4,
  candidatePod: 8,
  client: 16,
  claim: 32,
} as const;

/** A shape with its legs, by the hour in which they came. */
export class LivingShape {
  /** Among all shapes of the table, from 0 on. */
  readonly index: number;
  /** From the line alone. */
  readonly raw: Facts;
  /** With what the pod's own addresses tell. */
  facts: Facts;
  #legs: LivingLeg[] = NO_LEGS;
  #newest = Number.NEGATIVE_INFINITY;

  constructor(raw: Facts, index: number) {
    this.index = index;
    this.raw = raw;
    this.facts = raw;
  }

  get legs(): readonly LivingLeg[] {
    return this.#legs;
  }

  /** Hour of its newest leg; -Infinity without any. */
  get newest(): number {
    return this.#newest;
  }

  add(leg: LivingLeg): void {
    // A list that grows takes room for many more: most shapes have but a few legs.
    if (this.#legs.length < FEW) this.#legs = this.#legs.concat(leg);
    else this.#legs.push(leg);
    this.#newest = Math.max(this.#newest, leg.flow.hour);
  }

  /** The leg of an hour, or null. The newest is mostly meant. */
  at(hour: number): LivingLeg | null {
    if (hour > this.#newest) return null;
    for (let i = this.#legs.length - 1; i >= 0; i--) {
      if (this.#legs[i]?.flow.hour === hour) return this.#legs[i] ?? null;
    }
    return null;
  }
}

/** What a book notes of the shapes of one table: there are many books, and very many shapes. */
export class ShapeNotes<T> {
  readonly #notes: Array<T | undefined> = [];

  get({ index }: LivingShape): T | undefined {
    return this.#notes[index];
  }

  set({ index }: LivingShape, note: T): void {
    // In the order of their indexes, so that it stays a plain list.
    while (this.#notes.length < index) this.#notes.push(undefined);
    this.#notes[index] = note;
  }
}

/** A leg whose flow changed, with the flow before; null for a new leg. */
export interface Grown {
  readonly leg: LivingLeg;
  readonly before: Flow | null;
}

/** All legs. */
export class LegTable {
  readonly shapes = new Map<number, LivingShape>();
  readonly legs: LivingLeg[] = [];
  readonly #read = createShapeReader();
  /** By hour since the epoch: connections that began in it, and their legs. */
  readonly #hours = new Map<
    number,
    { connections: number; readonly legs: LivingLeg[]; readonly columns: HourColumns }
  >();

  /** Connections that began in an hour since the epoch. */
  connectionsIn(hour: number): number {
    return this.#hours.get(hour)?.connections ?? 0;
  }

  legsIn(hour: number): readonly LivingLeg[] {
    return this.#hours.get(hour)?.legs ?? [];
  }

  /** What the legs of an hour sum up. */
  columnsIn(hour: number): HourColumns {
    return this.#hours.get(hour)?.columns ?? NO_COLUMNS;
  }

  /** Takes flows in as they are now. */
  take(flows: readonly Flow[]): Grown[] {
    return flows.map((flow) => {
      const shape = this.#shapeOf(flow.shape);
      const known = shape.at(flow.hour);
      const hour = this.#hours.get(flow.hour) ?? { connections: 0, legs: [], columns: new HourColumns() };
      this.#hours.set(flow.hour, hour);
      hour.connections += flow.connections - (known?.flow.connections ?? 0);
      if (known === null) {
        const leg = new LivingLeg(flow, shape);
        shape.add(leg);
        hour.legs.push(leg);
        leg.place = hour.columns.add(flow);
        this.legs.push(leg);
        return { leg, before: null };
      }
      const before = known.flow;
      known.flow = flow;
      hour.columns.set(known.place, flow);
      return { leg: known, before };
    });
  }

  /** Forgets all that was learned of the legs. Shape of the result: as if all had just come. */
  forget(): Grown[] {
    for (const shape of this.shapes.values()) shape.facts = shape.raw;
    for (const leg of this.legs) {
      leg.judgement = undefined;
      leg.marks = 0;
      leg.member = null;
      leg.scopes = NO_SCOPES;
      leg.logPart = null;
      leg.logFlow = null;
    }
    return this.legs.map((leg) => ({ leg, before: null }));
  }

  /** For each shape a leg that stands for all of its legs, where facts and the bounds of times tell all. It is kept nowhere. */
  *spans(): Generator<LivingLeg> {
    for (const shape of this.shapes.values()) {
      const [head] = shape.legs;
      if (head === undefined) continue;
      let { first, last, end } = head.flow;
      for (const { flow } of shape.legs) {
        if (flow.first < first) first = flow.first;
        if (flow.last > last) last = flow.last;
        if (flow.end > end) end = flow.end;
      }
      yield new LivingLeg({ ...head.flow, first, last, end }, shape);
    }
  }

  #shapeOf(shape: Shape): LivingShape {
    const known = this.shapes.get(shape.id);
    if (known !== undefined) return known;
    const living = new LivingShape(this.#read(shape), this.shapes.size);
    this.shapes.set(shape.id, living);
    return living;
  }
}
