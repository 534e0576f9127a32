/** Rows with lines that started before a moment, some at a time, for whoever drops them. */
import type Database from 'better-sqlite3';
import { type RawRow, ROWS_PER_SECOND, type RowValues, rawRow } from '../rows.ts';
import { createConnections } from './connections.ts';
import type { SegmentPlace } from './find-segments.ts';
import { createSegmentTable } from './segment-table.ts';

/** Rows deleted in one transaction: short enough for whoever waits behind it. A segment has not many more. */
const PRUNE_ROWS = 1_000;

/** Rows to be dropped together, and what takes them out of their table. */
export interface PrunedRows {
  readonly rows: readonly RawRow[];
  readonly remove: () => void;
}

/** Ways to read the next ones, each to be called until it answers null: what was removed is not among them. `cut`: ms. */
export function preparePruned(db: Database.Database, cut: number): (() => PrunedRows | null)[] {
  const connections = createConnections(db);
  const end = (cut / 1_000) * ROWS_PER_SECOND;
  const oldest = db
    .prepare<[number, number], RowValues>('SELECT * FROM connection WHERE row < ? ORDER BY row LIMIT ?')
    .raw();
  const straying = db
    .prepare<[number, number], number>('SELECT DISTINCT row FROM elsewhere WHERE second < ? LIMIT ?')
    .pluck();
  const removeEach = (rows: readonly RawRow[]) => () => {
    for (const { row } of rows) connections.remove(row);
  };
  return [
    () => {
      const rows = oldest.all(end, PRUNE_ROWS).map(rawRow);
      return rows.length === 0 ? null : { rows, remove: removeEach(rows) };
    },
    prepareOldSegments(db, end),
    () => {
      const rows = straying.all(cut / 1_000, PRUNE_ROWS).flatMap((row) => connections.get(row) ?? []);
      return rows.length === 0 ? null : { rows, remove: removeEach(rows) };
    },
  ];
}

/**
 * One segment at a time: dropped when all of it is old, else the old rows are taken out of it. Those that come meanwhile are looked for
 * when none is left of those before.
 */
function prepareOldSegments(db: Database.Database, end: number): () => PrunedRows | null {
  const segments = createSegmentTable(db);
  let found: readonly SegmentPlace[] = [];
  let next = 0;
  const nextOf = (again: boolean): PrunedRows | null => {
    for (let place = found[next++]; place !== undefined; place = found[next++]) {
      const { id, last } = place;
      const rows: RawRow[] = [];
      segments.eachIn(place, 0, end, (segment, at) => rows.push(segment.raw(at)));
      const isOld = last < end;
      if (rows.length === 0 && !isOld) continue;
      const remove = () => {
        if (isOld) segments.drop(id);
        else
          segments.removeFrom(
            id,
            rows.map(({ row }) => row),
          );
      };
      return { rows, remove };
    }
    if (!again) return null;
    found = segments.find(0, end);
    next = 0;
    return nextOf(false);
  };
  return () => nextOf(true);
}
