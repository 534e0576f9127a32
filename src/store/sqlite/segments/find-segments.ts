/** Where segments are, told by the index of their table. */
import type Database from 'better-sqlite3';
import { ALL_SIDES, LEVEL_SPANS, levelOf, type Sides } from './levels.ts';

export interface SegmentPlace {
  readonly id: number;
  readonly level: number;
  readonly first: number;
  readonly last: number;
}

export interface FindSegments {
  /** All that may have rows in [from, to), or those whose rows hold the lines that are asked for. */
  find(from: number, to: number, sides?: readonly Sides[]): SegmentPlace[];
  /** The first row of all segments that begin at this row or later; null: there is none. */
  beginsFrom(row: number): number | null;
  /** The last row of all segments that end before this row; null: there is none. */
  endsBefore(row: number): number | null;
}

export function prepareFindSegments(db: Database.Database): FindSegments {
  const onEachLevel = (
    sql: (level: number, span: number) => string,
    sides: readonly Sides[] = ALL_SIDES,
  ): string =>
    sides.flatMap((one) => LEVEL_SPANS.map((span, at) => sql(levelOf(one, at), span))).join(' UNION ALL ');
  const prepareFind = (sides: readonly Sides[]) =>
    db.prepare<{ from: number; to: number }, SegmentPlace>(
      onEachLevel(
        (level, span) => `SELECT id, level, first, last FROM segment
          WHERE level = ${level} AND first > $from - ${span} AND first < $to AND last >= $from`,
        sides,
      ),
    );
  const sql = {
    find: prepareFind(ALL_SIDES),
    findOf: ALL_SIDES.map((sides) => prepareFind([sides])),
    beginsFrom: db
      .prepare<{ row: number }, number | null>(
        `SELECT min(first) FROM (${onEachLevel(
          (level) => `SELECT min(first) AS first FROM segment WHERE level = ${level} AND first >= $row`,
        )})`,
      )
      .pluck(),
    endsBefore: db
      .prepare<{ row: number }, number | null>(
        `SELECT max(last) FROM (${onEachLevel(
          (level, span) => `SELECT max(last) AS last FROM segment
            WHERE level = ${level} AND first < $row AND last < $row
            AND first > (SELECT max(first) FROM segment WHERE level = ${level} AND first < $row) - ${span}`,
        )})`,
      )
      .pluck(),
  };
  return {
    find: (from, to, sides = ALL_SIDES) =>
      sides.length === ALL_SIDES.length
        ? sql.find.all({ from, to })
        : sides.flatMap((one) => sql.findOf[one]?.all({ from, to }) ?? []),
    beginsFrom: (row) => sql.beginsFrom.get({ row }) ?? null,
    endsBefore: (row) => sql.endsBefore.get({ row }) ?? null,
  };
}

/** How many lie across each other at most. */
export function depthOf(places: readonly SegmentPlace[]): number {
  const ends = places.flatMap(({ first, last }) => [
    { at: first, by: 1 },
    { at: last, by: -1 },
  ]);
  ends.sort((a, b) => a.at - b.at || b.by - a.by);
  let depth = 0;
  let most = 0;
  for (const { by } of ends) {
    depth += by;
    most = Math.max(most, depth);
  }
  return most;
}
