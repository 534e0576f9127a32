/** Rows by the seconds in which their lines started; most of those that were not asked for are passed over within SQLite. */
import type Database from 'better-sqlite3';
import type { ConnectionRow } from './line-record.ts';
import { type HashOf, type RawRow, ROWS_PER_SECOND, readRow } from './rows.ts';

/** What is looked for: lines of the shapes asked for, or pairs of which one end has such a shape. */
export type Which = 'lines' | 'pairs';

/** Rows with a line that started in [from, to) seconds, each once; at least all of those that were asked for. */
export type RowsOf = (from: number, to: number) => ConnectionRow[];

/** To look for more shapes than that costs more than to read all rows. */
const ASKED_MAX = 10_000;

const BY_ROW = 'row >= ? AND row < ?';
const MOVED = 'row IN (SELECT row FROM elsewhere WHERE second >= ? AND second < ?)';
const ASKED = {
  lines: '(c_shape IN asked OR s_shape IN asked)',
  // Where the server's line has a row of its own, the client's row does not tell its shape.
  pairs: '(c_shape IN asked OR s_shape IN asked OR (s_shape IS NULL AND c_shape IS NOT NULL))',
};

/** Answers how to read the rows of such shapes; null for those of all. */
export function prepareReadRows(
  db: Database.Database,
  hashOf: HashOf,
): (shapes: ReadonlySet<number> | null, which: Which) => RowsOf {
  const select = (...conditions: string[]) =>
    db.prepare<[string, number, number], RawRow>(
      `WITH asked AS (SELECT value FROM json_each(?)) SELECT * FROM connection WHERE ${conditions.join(' AND ')}`,
    );
  const all = { rows: select(BY_ROW), moved: select(MOVED) };
  const some = {
    lines: { rows: select(BY_ROW, ASKED.lines), moved: select(MOVED, ASKED.lines) },
    pairs: { rows: select(BY_ROW, ASKED.pairs), moved: select(MOVED, ASKED.pairs) },
  };

  return (shapes, which) => {
    const isFew = shapes !== null && shapes.size <= ASKED_MAX;
    const asked = isFew ? JSON.stringify([...shapes]) : '[]';
    const { rows, moved } = isFew ? some[which] : all;
    return (from, to) => {
      const found = new Map<number, ConnectionRow>();
      const take = (raw: RawRow): void => {
        if (!found.has(raw.row)) found.set(raw.row, readRow(raw, hashOf));
      };
      for (const raw of rows.iterate(asked, from * ROWS_PER_SECOND, to * ROWS_PER_SECOND)) take(raw);
      for (const raw of moved.iterate(asked, from, to)) take(raw);
      return [...found.values()];
    };
  };
}
