/** The table `flow`: lines of one shape in one hour, summed up while they come in. */
import type Database from 'better-sqlite3';
import type { Flow, FlowChanges } from '../../domain/ports.ts';
import { type FlowKey, flowKey, type Journal, readFlowKey } from './journal.ts';
import type { LineBatch } from './line-batch.ts';
import type { Shapes } from './shapes.ts';

const HOUR_MS = 3_600_000;

/** Sums of one shape in one hour, in the order of the table's columns. */
interface Sums {
  connections: number;
  received: number;
  sent: number;
  first: number;
  last: number;
  end: number;
  shortest: number;
  longest: number;
  paired: number;
  ambiguous: number;
}

export interface FlowSums {
  /** Counts a line of the batch in. */
  add(batch: LineBatch, index: number): void;
  /** Takes a connection out (-1) that a later line of it stands for, or counts it again (1). */
  addAgain(batch: LineBatch, index: number, sign: 1 | -1): void;
  /** Counts what became known of the other ends of lines: how many more (or, negative, fewer) have one or may have several. */
  addEnds(shape: number, start: number, paired: number, ambiguous: number): void;
  /** Writes what was added since the last time, and answers which flows that were. */
  write(): FlowKey[];
  reset(): void;
}

export function createFlowSums(db: Database.Database): FlowSums {
  const upsert = db.prepare(`
    INSERT INTO flow VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (hour, shape) DO UPDATE SET
      connections = connections + excluded.connections,
      bytes_received = bytes_received + excluded.bytes_received,
      bytes_sent = bytes_sent + excluded.bytes_sent,
      first = min(first, excluded.first), last = max(last, excluded.last), end = max(end, excluded.end),
      duration_min = min(duration_min, excluded.duration_min),
      duration_max = max(duration_max, excluded.duration_max),
      paired = paired + excluded.paired, ambiguous = ambiguous + excluded.ambiguous`);
  /** For sums without a line that is new, which are of a flow that is there. */
  const update = db.prepare(`
    UPDATE flow SET connections = connections + ?, bytes_received = bytes_received + ?, bytes_sent = bytes_sent + ?,
      paired = paired + ?, ambiguous = ambiguous + ? WHERE hour = ? AND shape = ?`);
  const hours = new Map<number, Map<number, Sums>>();
  let lastHour = -1;
  let sums = new Map<number, Sums>();

  const sumsOf = (hour: number): Map<number, Sums> => {
    lastHour = hour;
    sums = hours.get(hour) ?? new Map();
    hours.set(hour, sums);
    return sums;
  };
  const clear = () => {
    hours.clear();
    lastHour = -1;
  };

  const sumOf = (start: number, shape: number): Sums => {
    const hour = Math.floor(start / HOUR_MS);
    const ofHour = hour === lastHour ? sums : sumsOf(hour);
    const known = ofHour.get(shape);
    if (known !== undefined) return known;
    const s = emptySums();
    ofHour.set(shape, s);
    return s;
  };

  return {
    add(batch, index) {
      const start = batch.start[index] ?? 0;
      const duration = Math.max(0, batch.duration[index] ?? 0);
      const s = sumOf(start, batch.shape[index] ?? 0);
      s.connections++;
      s.received += Math.max(0, batch.received[index] ?? 0);
      s.sent += Math.max(0, batch.sent[index] ?? 0);
      if (start < s.first) s.first = start;
      if (start > s.last) s.last = start;
      if (start + duration > s.end) s.end = start + duration;
      if (duration < s.shortest) s.shortest = duration;
      if (duration > s.longest) s.longest = duration;
    },
    addAgain(batch, index, sign) {
      const s = sumOf(batch.start[index] ?? 0, batch.shape[index] ?? 0);
      s.connections += sign;
      s.received += sign * Math.max(0, batch.received[index] ?? 0);
      s.sent += sign * Math.max(0, batch.sent[index] ?? 0);
    },
    addEnds(shape, start, paired, ambiguous) {
      const s = sumOf(start, shape);
      s.paired += paired;
      s.ambiguous += ambiguous;
    },
    write() {
      const written: FlowKey[] = [];
      for (const [hour, ofHour] of hours) {
        for (const [shape, s] of ofHour) {
          written.push(flowKey(hour, shape));
          if (s.last < s.first) {
            update.run(s.connections, s.received, s.sent, s.paired, s.ambiguous, hour, shape);
            continue;
          }
          upsert.run(
            hour,
            shape,
            s.connections,
            s.received,
            s.sent,
            s.first,
            s.last,
            s.end,
            s.shortest,
            s.longest,
            s.paired,
            s.ambiguous,
          );
        }
      }
      clear();
      return written;
    },
    reset: clear,
  };
}

function emptySums(): Sums {
  return {
    connections: 0,
    received: 0,
    sent: 0,
    first: Number.POSITIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
    end: Number.NEGATIVE_INFINITY,
    shortest: Number.POSITIVE_INFINITY,
    longest: 0,
    paired: 0,
    ambiguous: 0,
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
    'SELECT * FROM flow WHERE hour >= ? AND hour <= ? AND connections > 0 ORDER BY hour, shape',
  );
  return ({ since, until }) => {
    const [from, to] = hoursOf(since, until);
    return select.all(from, to).map((row) => ({ ...row, shape: shapes.read(row.shape).shape }));
  };
}

/** What changed since a version, by the journal; everything where it does not know. */
export function prepareReadChanges(
  db: Database.Database,
  shapes: Shapes,
  journal: Journal,
): (since: number | null) => FlowChanges {
  const version = db.prepare<[], number>("SELECT value FROM counter WHERE name = 'version'").pluck();
  const one = db.prepare<[number, number], FlowRow>('SELECT * FROM flow WHERE hour = ? AND shape = ?');
  const readAll = prepareReadFlows(db, shapes);
  // One transaction, so that flows and version belong together though another process writes.
  return db.transaction((since: number | null): FlowChanges => {
    const current = version.get() ?? 0;
    const changed = since === null ? null : journal.changed(since, current);
    if (changed === null)
      return { version: current, whole: true, flows: readAll({ since: null, until: null }) };
    const flows: Flow[] = [];
    for (const key of changed) {
      const { hour, shape } = readFlowKey(key);
      const row = one.get(hour, shape);
      // A flow that lines of another one now stand for is gone, which a list of changes cannot say.
      if (row?.connections === 0)
        return { version: current, whole: true, flows: readAll({ since: null, until: null }) };
      if (row !== undefined) flows.push({ ...row, shape: shapes.read(shape).shape });
    }
    return { version: current, whole: false, flows };
  });
}

/** Up to so many shapes are looked up one by one; of more, all shapes of an hour are gone through. */
const SHAPES_LOOKED_UP_MAX = 200;

/** Hours with lines of some shapes, in the order asked for. Found one after the other, as they are asked for. */
export type ReadHours = (
  shapes: ReadonlySet<number> | null,
  window: { readonly since: number | null; readonly until: number | null },
  order: 'newest' | 'oldest',
) => Iterable<number>;

/** Shape: hours with lines of these shapes (null: any) that started in [since, until). */
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
  const one = db.prepare<[number, number], 1>('SELECT 1 FROM flow WHERE hour = ? AND shape = ?').pluck();
  const all = db.prepare<[number], number>('SELECT shape FROM flow WHERE hour = ?').pluck();
  const has = (hour: number, shapes: ReadonlySet<number>): boolean => {
    if (shapes.size <= SHAPES_LOOKED_UP_MAX) {
      for (const shape of shapes) if (one.get(hour, shape) !== undefined) return true;
      return false;
    }
    return all.all(hour).some((shape) => shapes.has(shape));
  };
  return function* (shapes, { since, until }, order) {
    let [from, to] = hoursOf(since, until);
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
