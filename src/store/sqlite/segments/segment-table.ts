/** The table `segment`: finding rows in it, and taking them out. */
import type Database from 'better-sqlite3';
import { invariant } from '../../../domain/errors.ts';
import { secondOfRow } from '../rows.ts';
import { damaged } from '../stored.ts';
import { LEVEL_SPANS, levelOf, type PackedSegment } from './pack-segments.ts';
import { COLUMN, Segment } from './segment.ts';

/** Rows that are asked for one by one are looked for together where no more lies between them: a minute. */
const RUN_GAP = 2 ** 24;

export interface SegmentPlace {
  readonly id: number;
  readonly first: number;
  readonly last: number;
}

/** Told of a row that was found. */
export type Visit = (segment: Segment, place: number, id: number) => void;

export interface SegmentTable {
  add(segment: PackedSegment): void;
  /** All that may have rows in [from, to). */
  find(from: number, to: number): readonly SegmentPlace[];
  /** Visits the rows in [from, to) of one segment, in order. */
  eachIn(found: SegmentPlace, from: number, to: number, visit: Visit): void;
  /** The same of all segments, one after the other. */
  each(from: number, to: number, visit: Visit): void;
  /** Visits those of these rows, ascending, that are in a segment. */
  eachOf(rows: readonly number[], visit: Visit): void;
  /** Takes a row out; false: no segment has it. */
  remove(row: number): boolean;
  /** Takes rows of one segment out. */
  removeFrom(segment: number, rows: readonly number[]): void;
  /** Forgets what is held: call when a transaction was rolled back. */
  reset(): void;
  /** Drops a segment with all its rows. */
  drop(segment: number): void;
  /**
   * A row in the second of the first one that is not smaller than this one, also if that was taken out; null: there is none.
   */
  firstFrom(row: number): number | null;
  /** The same of the last one that is smaller than this one. */
  lastBefore(row: number): number | null;
  /** The largest row in [from, to), also if it was taken out; null: there is none. */
  lastIn(from: number, to: number): number | null;
}

/** `held`: segments kept in memory of those that were looked into last, for whoever asks for single rows. */
export function createSegmentTable(db: Database.Database, held = 0): SegmentTable {
  /** The one that was asked for last comes last. */
  const kept = new Map<number, Segment>();

  const onEachLevel = (sql: (level: number, span: number) => string) =>
    LEVEL_SPANS.map((span, level) => sql(level, span)).join(' UNION ALL ');
  const sql = {
    add: db.prepare(
      'INSERT INTO segment (level, first, last, rows, columns, texts) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    find: db.prepare<{ from: number; to: number }, SegmentPlace>(
      onEachLevel(
        (level, span) => `SELECT id, first, last FROM segment
          WHERE level = ${level} AND first > $from - ${span} AND first < $to AND last >= $from`,
      ),
    ),
    columns: db.prepare<[number], Buffer>('SELECT columns FROM segment WHERE id = ?').pluck(),
    texts: db.prepare<[number], Buffer | null>('SELECT texts FROM segment WHERE id = ?').pluck(),
    gone: db
      .prepare<[number, number, number], number>(
        'SELECT row FROM segment_gone WHERE row >= ? AND row <= ? AND segment = ?',
      )
      .pluck(),
    remove: db.prepare('INSERT INTO segment_gone VALUES (?, ?)'),
    place: db.prepare<[number], SegmentPlace>('SELECT id, first, last FROM segment WHERE id = ?'),
    restore: db.prepare('DELETE FROM segment_gone WHERE row >= ? AND row <= ? AND segment = ?'),
    drop: db.prepare('DELETE FROM segment WHERE id = ?'),
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

  const open = (id: number): Segment => {
    if (held === 0) return read(id);
    const segment = kept.get(id) ?? read(id);
    kept.delete(id);
    kept.set(id, segment);
    const [oldest] = kept.keys();
    if (kept.size > held && oldest !== undefined) kept.delete(oldest);
    return segment;
  };

  const read = (id: number): Segment => {
    const columns = sql.columns.get(id);
    if (columns === undefined) throw damaged('a segment of connections is missing');
    return new Segment(columns, () => sql.texts.get(id) ?? null);
  };

  /** Rows of a segment that were taken out; null: none. */
  const goneOf = ({ id, first, last }: SegmentPlace): ReadonlySet<number> | null => {
    const rows = sql.gone.all(first, last, id);
    return rows.length === 0 ? null : new Set(rows);
  };

  const eachIn = (found: SegmentPlace, from: number, to: number, visit: Visit): void => {
    const segment = open(found.id);
    const gone = goneOf(found);
    const end = found.last < to ? segment.rows : segment.placeFrom(to);
    for (let place = found.first >= from ? 0 : segment.placeFrom(from); place < end; place++)
      if (gone === null || !gone.has(segment.number(COLUMN.row, place))) visit(segment, place, found.id);
  };

  /** Visits those of some rows, ascending and not far apart, that are in a segment. */
  const eachOfRun = (rows: readonly number[], visit: Visit): void => {
    for (const found of sql.find.all({ from: rows[0] ?? 0, to: (rows.at(-1) ?? 0) + 1 })) {
      let segment: Segment | null = null;
      let gone: ReadonlySet<number> | null = null;
      for (const row of rows) {
        if (row < found.first || row > found.last) continue;
        if (segment === null) {
          segment = open(found.id);
          gone = goneOf(found);
        }
        const place = segment.placeFrom(row);
        if (place === segment.rows || segment.number(COLUMN.row, place) !== row || gone?.has(row)) continue;
        visit(segment, place, found.id);
      }
    }
  };

  return {
    add({ first, last, rows, columns, texts }) {
      const level = levelOf(last - first);
      invariant(level >= 0, `a segment from ${first} to ${last}`);
      sql.add.run(level, first, last, rows, columns, texts);
    },
    eachIn,
    each(from, to, visit) {
      for (const found of sql.find.all({ from, to })) eachIn(found, from, to, visit);
    },
    eachOf(rows, visit) {
      for (let from = 0, to = 0; from < rows.length; from = to) {
        do to++;
        while (to < rows.length && (rows[to] as number) - (rows[to - 1] as number) < RUN_GAP);
        eachOfRun(rows.slice(from, to), visit);
      }
    },
    reset: () => kept.clear(),
    find: (from, to) => sql.find.all({ from, to }),
    remove(row) {
      let isFound = false;
      eachOfRun([row], (_segment, _place, id) => {
        sql.remove.run(row, id);
        isFound = true;
      });
      return isFound;
    },
    removeFrom(id, rows) {
      for (const row of rows) sql.remove.run(row, id);
    },
    drop(id) {
      const place = sql.place.get(id);
      if (place === undefined) return;
      sql.restore.run(place.first, place.last, id);
      sql.drop.run(id);
    },
    firstFrom(row) {
      let least = sql.beginsFrom.get({ row }) ?? Number.POSITIVE_INFINITY;
      for (const { id } of sql.find.all({ from: row, to: row })) {
        // None can come sooner.
        if (secondOfRow(least) === secondOfRow(row)) break;
        const segment = open(id);
        least = Math.min(least, segment.number(COLUMN.row, segment.placeFrom(row)));
      }
      return least === Number.POSITIVE_INFINITY ? null : least;
    },
    lastBefore(row) {
      let most = sql.endsBefore.get({ row }) ?? Number.NEGATIVE_INFINITY;
      for (const { id } of sql.find.all({ from: row, to: row })) {
        if (secondOfRow(most) === secondOfRow(row - 1)) break;
        most = Math.max(most, lastRowBefore(open(id), row));
      }
      return most === Number.NEGATIVE_INFINITY ? null : most;
    },
    lastIn(from, to) {
      let most = Number.NEGATIVE_INFINITY;
      for (const { id, last } of sql.find.all({ from, to })) {
        const segment = last < to ? null : open(id);
        const row = segment === null ? last : lastRowBefore(segment, to);
        if (row >= from) most = Math.max(most, row);
      }
      return most === Number.NEGATIVE_INFINITY ? null : most;
    },
  };
}

/** Errors: none; where all rows are larger, one that is no row. */
function lastRowBefore(segment: Segment, row: number): number {
  const place = segment.placeFrom(row) - 1;
  return place < 0 ? Number.NEGATIVE_INFINITY : segment.number(COLUMN.row, place);
}
