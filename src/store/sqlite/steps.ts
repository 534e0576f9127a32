/** Walks through seconds in steps of which each brings about as many rows as are wanted. */
import type Database from 'better-sqlite3';
import type { LineQuery } from '../../domain/ports.ts';
import { createOneMoment } from './one-moment.ts';
import { createConnections } from './segments/connections.ts';
import { SECONDS_PER_HOUR, type Span } from './spans.ts';

/** Rows aimed at in one step of a scan: enough to be quick, few enough to be held and sorted. */
const SCAN_ROWS = 2_000;

/** Seconds at which there is something to read: the first from a second on, and the end of the last before one. */
export interface Busy {
  from(second: number): number;
  before(second: number): number;
}

/** Spans to read one after the other, as wide as `pace` says at that moment; what is empty is passed over. */
export function* stepsOf(
  spans: Iterable<Span>,
  order: LineQuery['order'],
  pace: { readonly width: number },
  busy: Busy,
): Generator<Span> {
  for (let { from, to } of spans) {
    while (from < to) {
      if (order === 'newest') to = Math.min(to, busy.before(to));
      else from = Math.max(from, busy.from(from));
      if (from >= to) break;
      const step = Math.min(pace.width, to - from);
      yield order === 'newest' ? { from: to - step, to } : { from, to: from + step };
      if (order === 'newest') to -= step;
      else from += step;
    }
  }
}

/** Seconds to read next, after so many with these rows, of which `found` were asked for: not many more than are still wanted. */
export function nextWidth(width: number, rows: number, found: number, wanted: number): number {
  if (rows > SCAN_ROWS * 2) return Math.max(1, Math.floor(width / 2));
  const wider = rows < SCAN_ROWS / 2 ? Math.min(width * 2, SECONDS_PER_HOUR) : width;
  if (found === 0) return wider;
  return Math.min(wider, Math.max(1, Math.ceil((wanted * width) / found)));
}

/** Finds them through the keys of their tables. */
export function prepareBusy(db: Database.Database): Busy {
  const connections = createConnections(db);
  const atOneMoment = createOneMoment(db);
  const busyFrom = (second: number): number | null => atOneMoment(() => connections.secondFrom(second));
  const busyBefore = (second: number): number | null => atOneMoment(() => connections.secondBefore(second));
  const number = (sql: string) => db.prepare<[number], number | null>(sql).pluck();
  const sql = {
    movedFrom: number('SELECT min(second) FROM elsewhere WHERE second >= ?'),
    movedBefore: number('SELECT max(second) FROM elsewhere WHERE second < ?'),
  };
  return {
    from(second) {
      const moved = sql.movedFrom.get(second) ?? Number.POSITIVE_INFINITY;
      return Math.min(busyFrom(second) ?? Number.POSITIVE_INFINITY, moved);
    },
    before(second) {
      const moved = sql.movedBefore.get(second) ?? Number.NEGATIVE_INFINITY;
      return Math.max(busyBefore(second) ?? Number.NEGATIVE_INFINITY, moved) + 1;
    },
  };
}
