/** Compares segments with what is told of them. */
import type Database from 'better-sqlite3';
import { SIDES, sidesOf } from './levels.ts';
import { COLUMN } from './segment.ts';
import { createSegmentTable, type SegmentTable } from './segment-table.ts';

/** Rows that are looked for at once. */
const ROWS_AT_ONCE = 10_000;

/** Rows in segments. */
export interface SegmentRows {
  readonly pairs: number;
  /** Those with one line. */
  readonly singles: number;
}

/** How many rows are in segments. What is wrong with these is added to `problems`. Errors: `db_damaged`. */
export function countSegmentRows(db: Database.Database, problems: string[]): SegmentRows {
  const segments = createSegmentTable(db);
  const told = db.prepare<[], { rows: number; gone: number }>(
    'SELECT (SELECT total(rows) FROM segment) AS rows, (SELECT count(*) FROM segment_gone) AS gone',
  );
  const numbers = told.get();
  const count = { pairs: 0, singles: 0 };
  let misplaced = 0;
  for (const found of segments.find(0, Number.MAX_SAFE_INTEGER)) {
    let before = -1;
    segments.eachIn(found, 0, Number.MAX_SAFE_INTEGER, (segment, place) => {
      const row = segment.number(COLUMN.row, place);
      const isElsewhere = row <= before || row < found.first || row > found.last;
      if (isElsewhere || segment.sides !== sidesOf(found.level)) misplaced++;
      before = row;
      count[segment.sides === SIDES.both ? 'pairs' : 'singles']++;
    });
  }
  const rows = count.pairs + count.singles;
  if (misplaced > 0) problems.push(`connections in a segment where they are not looked for: ${misplaced}`);
  const expected = (numbers?.rows ?? 0) - (numbers?.gone ?? 0);
  if (rows !== expected)
    problems.push(`connections counted in segments and stored: ${expected} against ${rows}`);
  return count;
}

/** Lines that are noted to lie in the row of another second, which is not there. */
export function countLostMoved(db: Database.Database): number {
  const segments = createSegmentTable(db);
  const select = db
    .prepare<[number, number], number>(
      `SELECT DISTINCT row FROM elsewhere
       WHERE row > ? AND row NOT IN (SELECT row FROM connection) ORDER BY row LIMIT ?`,
    )
    .pluck();
  let lost = 0;
  for (let rows = select.all(-1, ROWS_AT_ONCE); rows.length > 0; ) {
    lost += rows.length - countFound(segments, rows);
    rows = select.all(rows.at(-1) ?? 0, ROWS_AT_ONCE);
  }
  return lost;
}

function countFound(segments: SegmentTable, rows: readonly number[]): number {
  let found = 0;
  segments.eachOf(rows, () => {
    found++;
  });
  return found;
}
