/** The legs as they grow: one for each flow, for as long as the flow is there. */
import { FLOW_NUMBERS } from '../domain/flow-numbers.ts';
import type { Flow, Shape, ShapeFlows } from '../domain/ports.ts';
import { HourColumns } from './hour-columns.ts';
import type { Room } from './leg-rows.ts';
import { createShapeReader } from './legs.ts';
import { type LivingLeg, LivingShape } from './living-shape.ts';

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

/** The legs of one hour. */
interface Hour {
  connections: number;
  /** How often its flows changed. */
  changes: number;
  /** True when any of them is no request's. */
  isTcp: boolean;
  /** Indexes of the shapes that have one. */
  shapes: Int32Array;
  length: number;
  /** What they sum up; null: to be read again. */
  columns: HourColumns | null;
}

const NO_COLUMNS = new HourColumns(0);
/** Numbers in an array that many shapes share. */
const SHARED_NUMBERS = 1 << 18;

/** All legs. */
export class LegTable {
  readonly shapes = new Map<number, LivingShape>();
  readonly #list: LivingShape[] = [];
  readonly #read = createShapeReader();
  readonly #hours = new Map<number, Hour>();
  readonly #room = new SharedRoom();
  /** Smallest and largest start, and largest end of all connections; null without any. */
  first: number | null = null;
  lastStart: number | null = null;
  end: number | null = null;

  /** In no order. */
  get all(): readonly LivingShape[] {
    return this.#list;
  }

  /** Connections that began in an hour since the epoch. */
  connectionsIn(hour: number): number {
    return this.#hours.get(hour)?.connections ?? 0;
  }

  /** How often the flows of an hour changed: as long as that is the same, so are its lines. */
  changesIn(hour: number): number {
    return this.#hours.get(hour)?.changes ?? 0;
  }

  /** Made for whoever asks: they are not to be held. */
  legsIn(hour: number): LivingLeg[] {
    return this.#shapesIn(hour, (shape) => shape.leg(shape.placeOf(hour)));
  }

  /** To be held. */
  holdIn(hour: number): LivingLeg[] {
    return this.#shapesIn(hour, (shape) => shape.hold(shape.placeOf(hour)));
  }

  /** What the legs of an hour sum up. */
  columnsIn(hour: number): HourColumns {
    const known = this.#hours.get(hour);
    if (known === undefined) return NO_COLUMNS;
    if (known.columns === null) {
      const columns = new HourColumns(known.length);
      this.#eachIn(hour, (shape) => columns.add(shape, shape.placeOf(hour)));
      known.columns = columns;
    }
    return known.columns;
  }

  /** Hours since the epoch in which there are connections, no requests. */
  tcpHours(): number[] {
    return [...this.#hours].filter(([, { isTcp }]) => isTcp).map(([hour]) => hour);
  }

  /** Takes in all flows of a shape, which has none yet. */
  takeShape({ shape, length, numbers }: ShapeFlows): void {
    const living = this.#shapeOf(shape);
    living.reserve(length, this.#room);
    const leg = living.leg(0);
    for (let i = 0; i < length; i++) {
      leg.place = living.addNumbers(numbers, i * FLOW_NUMBERS);
      this.#count(living, leg);
    }
  }

  /** Takes flows in that are not there yet. */
  load(flows: readonly Flow[]): void {
    for (const flow of flows) this.#add(this.#shapeOf(flow.shape), flow);
  }

  /** Takes flows in as they are now. */
  take(flows: readonly Flow[]): Grown[] {
    return flows.map((flow) => {
      const shape = this.#shapeOf(flow.shape);
      const place = shape.placeOf(flow.hour);
      if (place === -1) return { leg: shape.hold(this.#add(shape, flow)), before: null };
      const leg = shape.hold(place);
      const before = copyOf(leg);
      // What it was counted with is not what it is any more.
      if (leg.note !== 0) leg.told ??= before;
      const hour = this.#hourOf(flow.hour);
      hour.connections += flow.connections - before.connections;
      hour.changes++;
      hour.columns = null;
      shape.put(place, flow);
      this.#reach(flow);
      return { leg, before };
    });
  }

  /** Forgets all that was learned of the legs, as if all had just come. */
  forget(): void {
    for (const shape of this.#list) shape.forget();
  }

  #add(shape: LivingShape, flow: Flow): number {
    const place = shape.add(flow.hour);
    shape.put(place, flow);
    this.#count(shape, flow);
    return place;
  }

  /** Counts a flow that came. */
  #count(shape: LivingShape, flow: Flow): void {
    const hour = this.#hourOf(flow.hour);
    hour.connections += flow.connections;
    hour.changes++;
    hour.isTcp ||= !flow.shape.http;
    hour.columns = null;
    if (hour.length === hour.shapes.length) hour.shapes = widened(hour.shapes);
    hour.shapes[hour.length++] = shape.index;
    this.#reach(flow);
  }

  #reach({ first, last, end }: Flow): void {
    if (this.first === null || first < this.first) this.first = first;
    if (this.lastStart === null || last > this.lastStart) this.lastStart = last;
    if (this.end === null || end > this.end) this.end = end;
  }

  #shapesIn<T>(hour: number, pick: (shape: LivingShape) => T): T[] {
    const picked: T[] = [];
    this.#eachIn(hour, (shape) => picked.push(pick(shape)));
    return picked;
  }

  #eachIn(hour: number, tell: (shape: LivingShape) => void): void {
    const known = this.#hours.get(hour);
    for (let i = 0; i < (known?.length ?? 0); i++) {
      const shape = this.#list[known?.shapes[i] ?? 0];
      if (shape !== undefined) tell(shape);
    }
  }

  #hourOf(hour: number): Hour {
    const known = this.#hours.get(hour);
    if (known !== undefined) return known;
    const fresh: Hour = {
      connections: 0,
      changes: 0,
      isTcp: false,
      shapes: new Int32Array(8),
      length: 0,
      columns: null,
    };
    this.#hours.set(hour, fresh);
    return fresh;
  }

  #shapeOf(shape: Shape): LivingShape {
    const known = this.shapes.get(shape.id);
    if (known !== undefined) return known;
    const living = new LivingShape(this.#read(shape), this.#list.length);
    this.#list.push(living);
    this.shapes.set(shape.id, living);
    return living;
  }
}

class SharedRoom implements Room {
  #array = new Uint32Array(0);
  #taken = 0;

  take(numbers: number): { readonly array: Uint32Array; readonly at: number } {
    if (this.#taken + numbers > this.#array.length) {
      // What many legs need is not shared, so that no more than little is left over.
      if (8 * numbers > SHARED_NUMBERS) return { array: new Uint32Array(numbers), at: 0 };
      this.#array = new Uint32Array(SHARED_NUMBERS);
      this.#taken = 0;
    }
    const at = this.#taken;
    this.#taken += numbers;
    return { array: this.#array, at };
  }
}

function widened(from: Int32Array): Int32Array {
  const to = new Int32Array(Math.ceil(from.length * 1.5));
  to.set(from);
  return to;
}

function copyOf(leg: LivingLeg): Flow {
  const { shape, hour, connections, bytes_received, bytes_sent, first, last, end } = leg;
  const { duration_min, duration_max, paired, ambiguous } = leg;
  return {
    ...{ shape, hour, connections, bytes_received, bytes_sent, first, last, end },
    ...{ duration_min, duration_max, paired, ambiguous },
  };
}
