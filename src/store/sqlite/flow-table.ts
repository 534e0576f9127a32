/** The table `flow`: lines of one shape in one hour, summed up while they come in. */
import type Database from 'better-sqlite3';
import type { Flow } from '../../domain/ports.ts';
import type { Shapes } from './shapes.ts';

const HOUR_MS = 3_600_000;
/** Shapes fit in 2^30; an hour and a shape together stay below 2^53. */
const SHAPES_MAX = 2 ** 30;

interface Sums {
  connections: number;
  received: number;
  sent: number;
  first: number;
  last: number;
  end: number;
  shortest: number;
  longest: number;
}

export interface FlowSums {
  add(line: {
    shape: number;
    start: number;
    duration: number | null;
    received: number | null;
    sent: number | null;
  }): void;
  /** Writes what was added since the last time. */
  write(): void;
  reset(): void;
}

export function createFlowSums(db: Database.Database): FlowSums {
  const upsert = db.prepare(`
    INSERT INTO flow VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (hour, shape) DO UPDATE SET
      connections = connections + excluded.connections,
      bytes_received = bytes_received + excluded.bytes_received,
      bytes_sent = bytes_sent + excluded.bytes_sent,
      first = min(first, excluded.first), last = max(last, excluded.last), end = max(end, excluded.end),
      duration_min = min(duration_min, excluded.duration_min),
      duration_max = max(duration_max, excluded.duration_max)`);
  const sums = new Map<number, Sums>();
  return {
    add({ shape, start, duration, received, sent }) {
      const key = Math.floor(start / HOUR_MS) * SHAPES_MAX + shape;
      const length = duration ?? 0;
      const s = sums.get(key);
      if (s === undefined) {
        sums.set(key, {
          connections: 1,
          received: received ?? 0,
          sent: sent ?? 0,
          first: start,
          last: start,
          end: start + length,
          shortest: length,
          longest: length,
        });
        return;
      }
      s.connections++;
      s.received += received ?? 0;
      s.sent += sent ?? 0;
      if (start < s.first) s.first = start;
      if (start > s.last) s.last = start;
      if (start + length > s.end) s.end = start + length;
      if (length < s.shortest) s.shortest = length;
      if (length > s.longest) s.longest = length;
    },
    write() {
      for (const [key, s] of sums) {
        const hour = Math.floor(key / SHAPES_MAX);
        upsert.run(
          hour,
          key - hour * SHAPES_MAX,
          s.connections,
          s.received,
          s.sent,
          s.first,
          s.last,
          s.end,
          s.shortest,
          s.longest,
        );
      }
      sums.clear();
    },
    reset() {
      sums.clear();
    },
  };
}

interface FlowRow extends Omit<Flow, 'shape'> {
  readonly shape: number;
}

/** Flows with lines in [since, until), whole hours, ordered by hour and shape. */
export function prepareReadFlows(
  db: Database.Database,
  shapes: Shapes,
): (window: { since: number | null; until: number | null }) => Flow[] {
  const select = db.prepare<[number, number], FlowRow>(
    'SELECT * FROM flow WHERE hour >= ? AND hour <= ? ORDER BY hour, shape',
  );
  return ({ since, until }) => {
    const from = since === null ? 0 : Math.floor(since / HOUR_MS);
    const to = until === null ? Number.MAX_SAFE_INTEGER : Math.floor((until - 1) / HOUR_MS);
    return select.all(from, to).map((row) => ({ ...row, shape: shapes.read(row.shape).shape }));
  };
}

/** Hours in which lines of these shapes (all: null) started, oldest first. */
export function prepareReadHours(db: Database.Database): (shapes: ReadonlySet<number> | null) => number[] {
  const all = db.prepare<[], number>('SELECT DISTINCT hour FROM flow ORDER BY hour').pluck();
  const pairs = db.prepare<[], { hour: number; shape: number }>('SELECT hour, shape FROM flow ORDER BY hour');
  return (shapes) => {
    if (shapes === null) return all.all();
    const hours = new Set<number>();
    for (const { hour, shape } of pairs.iterate()) if (shapes.has(shape)) hours.add(hour);
    return [...hours];
  };
}
