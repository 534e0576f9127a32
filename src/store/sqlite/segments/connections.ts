/** Rows of connections wherever they are: one by one in the table `connection`, or many in a segment. */
import type Database from 'better-sqlite3';
import { type RawRow, ROWS_PER_SECOND, type RowValues, rawRow, secondOfRow } from '../rows.ts';
import { SIDES } from './levels.ts';
import { COLUMN } from './segment.ts';
import { createSegmentTable, type SegmentTable } from './segment-table.ts';

export interface Connections {
  /** A row; undefined: there is none. */
  get(row: number): RawRow | undefined;
  /** Takes a row out. */
  remove(row: number): void;
  /** Tells of all rows of a second. */
  ofSecond(second: number, tell: (raw: RawRow) => void): void;
  /** Rows of a second with a line that started so many ms after it, and perhaps others. */
  startedAt(second: number, ms: number): RawRow[];
  /** Rows of other seconds with a line that started in this one. */
  movedFrom(second: number): RawRow[];
  /** The last row of a second, also if it was taken out of a segment; null: there is none. */
  lastOf(second: number): number | null;
  /** The first second with rows that is not before this one; null: there is none. */
  secondFrom(second: number): number | null;
  /** The last second with rows that is before this one; null: there is none. */
  secondBefore(second: number): number | null;
}

const ROWS_READ_AT_ONCE = 1_000;

export function createConnections(
  db: Database.Database,
  segments: SegmentTable = createSegmentTable(db),
): Connections {
  // SQLite's binding makes arrays of the values of rows at a fraction of the cost of objects.
  const sql = {
    get: db.prepare<[number], RowValues>('SELECT * FROM connection WHERE row = ?').raw(),
    remove: db.prepare('DELETE FROM connection WHERE row = ?'),
    rows: db
      .prepare<[number, number, number], RowValues>(
        'SELECT * FROM connection WHERE row >= ? AND row < ? ORDER BY row LIMIT ?',
      )
      .raw(),
    moved: db.prepare<[number], number>('SELECT row FROM elsewhere WHERE second = ? ORDER BY row').pluck(),
    startedAt: db
      .prepare<[number, number, number, number, number], RowValues>(
        `SELECT * FROM connection WHERE row >= ? AND row < ?
         AND (c_start = ? OR c_start + s_start = ? OR (c_start IS NULL AND s_start = ?))`,
      )
      .raw(),
    lastIn: db
      .prepare<[number, number], number>(
        'SELECT row FROM connection WHERE row >= ? AND row < ? ORDER BY row DESC LIMIT 1',
      )
      .pluck(),
    from: db.prepare<[number], number | null>('SELECT min(row) FROM connection WHERE row >= ?').pluck(),
    before: db.prepare<[number], number | null>('SELECT max(row) FROM connection WHERE row < ?').pluck(),
  };

  const get = (row: number): RawRow | undefined => {
    const values = sql.get.get(row);
    if (values !== undefined) return rawRow(values);
    let found: RawRow | undefined;
    segments.eachOf([row], (segment, place) => {
      found = segment.raw(place);
    });
    return found;
  };

  return {
    get,
    remove(row) {
      if (sql.remove.run(row).changes === 0) segments.remove(row);
    },
    ofSecond(second, tell) {
      const first = second * ROWS_PER_SECOND;
      const end = first + ROWS_PER_SECOND;
      for (let from = first; from < end; ) {
        const rows = sql.rows.all(from, end, ROWS_READ_AT_ONCE);
        for (const values of rows) tell(rawRow(values));
        from = rows.length < ROWS_READ_AT_ONCE ? end : (rows.at(-1)?.[0] ?? 0) + 1;
      }
      segments.each(first, end, (segment, place) => tell(segment.raw(place)));
    },
    startedAt(second, ms) {
      const first = second * ROWS_PER_SECOND;
      const end = first + ROWS_PER_SECOND;
      const found = sql.startedAt.all(first, end, ms, ms, ms).map(rawRow);
      segments.each(first, end, (segment, place) => {
        const start = segment.number(COLUMN.clientStart, place);
        const base = segment.sides === SIDES.server ? 0 : start;
        if (start === ms || base + segment.number(COLUMN.serverStart, place) === ms)
          found.push(segment.raw(place));
      });
      return found;
    },
    movedFrom(second) {
      const found: RawRow[] = [];
      const others: number[] = [];
      for (const row of sql.moved.all(second)) {
        const values = sql.get.get(row);
        if (values === undefined) others.push(row);
        else found.push(rawRow(values));
      }
      segments.eachOf(others, (segment, place) => found.push(segment.raw(place)));
      return found;
    },
    lastOf(second) {
      const first = second * ROWS_PER_SECOND;
      const inTable = sql.lastIn.get(first, first + ROWS_PER_SECOND) ?? null;
      const inSegment = segments.lastIn(first, first + ROWS_PER_SECOND);
      return inTable === null || inSegment === null ? (inTable ?? inSegment) : Math.max(inTable, inSegment);
    },
    secondFrom(second) {
      const row = second * ROWS_PER_SECOND;
      return nearest(sql.from.get(row) ?? null, segments.firstFrom(row), Math.min);
    },
    secondBefore(second) {
      const row = second * ROWS_PER_SECOND;
      return nearest(sql.before.get(row) ?? null, segments.lastBefore(row), Math.max);
    },
  };
}

/** The second of a row, or of the nearer one of two. */
function nearest(
  a: number | null,
  b: number | null,
  nearer: (a: number, b: number) => number,
): number | null {
  const row = a === null || b === null ? (a ?? b) : nearer(a, b);
  return row === null ? null : secondOfRow(row);
}
