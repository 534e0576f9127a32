/** Answers questions about flows: the lines of one shape in one hour, summed up. */

import type Database from 'better-sqlite3';
import type { Flow, FlowChanges, Shape, ShapeFlows, TakeFlows } from '../../domain/ports.ts';
import { HOUR_MS } from '../../domain/time.ts';
import type { FlowNumbers } from './flow-block.ts';
import { prepareEachBlock, prepareReadBlock } from './flow-blocks.ts';
import { prepareEachShape } from './flow-shapes.ts';
import { type FlowKey, type Journal, readFlowKey } from './journal.ts';
import type { Shapes } from './shapes.ts';
import { SECONDS_PER_HOUR, type Span } from './spans.ts';

/** Flows with lines in [since, until), whole hours, ordered by hour and shape. */
export function prepareReadFlows(
  db: Database.Database,
  shapes: Shapes,
): (window: { since: number | null; until: number | null }) => Flow[] {
  const eachBlock = prepareEachBlock(db);
  return ({ since, until }) => {
    const [from, to] = hoursOf(since, until);
    const flows: Flow[] = [];
    for (const block of eachBlock(from, to)) {
      for (const shape of block.shapes()) {
        const flow = block.flow(shape);
        if (flow !== null && flow.connections > 0) flows.push(toFlow(flow, shapes.read(shape).shape));
      }
    }
    return flows;
  };
}

/** Numbers as small as they can be: an analysis holds all flows. */
function toFlow(numbers: FlowNumbers, shape: Shape): Flow {
  return {
    shape,
    hour: whole(numbers.hour),
    connections: whole(numbers.connections),
    bytes_received: whole(numbers.bytes_received),
    bytes_sent: whole(numbers.bytes_sent),
    first: numbers.first,
    last: numbers.last,
    end: numbers.end,
    duration_min: whole(numbers.duration_min),
    duration_max: whole(numbers.duration_max),
    paired: whole(numbers.paired),
    ambiguous: whole(numbers.ambiguous),
  };
}

/** What comes out of a typed array is held in 16 bytes more than an integer of 32 bits is. */
function whole(value: number): number {
  const integer = value | 0;
  return integer === value ? integer : value;
}

/** Flows as they are, all or some of them. Ask within one transaction what is to belong together. */
export interface FlowsNow {
  version(): number;
  all(): Flow[];
  /** The same, shape by shape. */
  each(take: (flows: ShapeFlows) => void): void;
  /** Null: one of them is gone, which a list of changes cannot say. */
  some(keys: Iterable<FlowKey>): Flow[] | null;
}

export function prepareFlowsNow(db: Database.Database, shapes: Shapes): FlowsNow {
  const version = db.prepare<[], number>("SELECT value FROM counter WHERE name = 'version'").pluck();
  const readAll = prepareReadFlows(db, shapes);
  const eachShape = prepareEachShape(db);
  return {
    version: () => version.get() ?? 0,
    all: () => readAll({ since: null, until: null }),
    each: (take) =>
      eachShape((shape, length, numbers) => take({ shape: shapes.read(shape).shape, length, numbers })),
    some(keys) {
      const flows: Flow[] = [];
      const blockAt = prepareReadBlock(db);
      // In the order of the table, so that each block is read once.
      for (const key of Float64Array.from(keys).sort()) {
        const { hour, shape } = readFlowKey(key);
        const flow = blockAt(hour, shape).flow(shape);
        // Lines of another one now stand for it.
        if (flow?.connections === 0) return null;
        if (flow !== null) flows.push(toFlow(flow, shapes.read(shape).shape));
      }
      return flows;
    },
  };
}

/** What changed since a version, by the journal; everything where it does not know. */
export function prepareReadChanges(
  db: Database.Database,
  shapes: Shapes,
  journal: Journal,
): (since: number | null, take?: TakeFlows) => FlowChanges {
  const now = prepareFlowsNow(db, shapes);
  // One transaction, so that flows and version belong together though another process writes.
  return db.transaction((since: number | null, take?: TakeFlows): FlowChanges => {
    const version = now.version();
    const changed = since === null ? null : journal.changed(since, version);
    const flows = changed === null ? null : now.some(changed);
    return flows === null
      ? { version, whole: true, flows: allFlows(now, take) }
      : { version, whole: false, flows };
  });
}

/** All flows: handed over where somebody takes them, so that none is left to be listed. */
export function allFlows(now: Pick<FlowsNow, 'all' | 'each'>, take: TakeFlows | undefined): readonly Flow[] {
  if (take === undefined) return now.all();
  now.each(take);
  return [];
}

/** Up to so many shapes are looked up one by one; of more, all shapes of an hour are gone through. */
const SHAPES_LOOKED_UP_MAX = 200;

/** Hours with lines of some shapes, in the order asked for. Found one after the other, as they are asked for. */
export type ReadHours = (
  shapes: ReadonlySet<number> | null,
  within: Span,
  order: 'newest' | 'oldest',
) => Iterable<number>;

/** Shape: hours with lines of these shapes (null: any) that started within a span. */
export function prepareReadHours(db: Database.Database): ReadHours {
  const next = {
    oldest: db
      .prepare<[number, number], number>(
        'SELECT hour FROM flow WHERE hour >= ? AND hour <= ? ORDER BY hour LIMIT 1',
      )
      .pluck(),
    newest: db
      .prepare<[number, number], number>(
        'SELECT hour FROM flow WHERE hour >= ? AND hour <= ? ORDER BY hour DESC LIMIT 1',
      )
      .pluck(),
  };
  const eachBlock = prepareEachBlock(db);
  const has = (hour: number, shapes: ReadonlySet<number>): boolean => {
    if (shapes.size <= SHAPES_LOOKED_UP_MAX) {
      const blockAt = prepareReadBlock(db);
      for (const shape of shapes) if (blockAt(hour, shape).has(shape)) return true;
      return false;
    }
    for (const block of eachBlock(hour, hour))
      for (const shape of block.shapes()) if (shapes.has(shape)) return true;
    return false;
  };
  return function* (shapes, within, order) {
    let from = Math.max(0, Math.floor(within.from / SECONDS_PER_HOUR));
    let to = Math.floor((within.to - 1) / SECONDS_PER_HOUR);
    for (;;) {
      const hour = next[order].get(from, to);
      if (hour === undefined) return;
      if (shapes === null || has(hour, shapes)) yield hour;
      if (order === 'oldest') from = hour + 1;
      else to = hour - 1;
    }
  };
}

/** First and last hour that [since, until) touches. */
function hoursOf(since: number | null, until: number | null): [number, number] {
  return [
    since === null ? 0 : Math.floor(since / HOUR_MS),
    until === null ? Number.MAX_SAFE_INTEGER : Math.floor((until - 1) / HOUR_MS),
  ];
}
