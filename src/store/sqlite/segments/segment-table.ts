/** The table `segment`: finding rows in it, and taking them out. */
import type Database from 'better-sqlite3';
import { invariant } from '../../../domain/errors.ts';
import { secondOfRow } from '../rows.ts';
import { depthOf, prepareFindSegments, type SegmentPlace } from './find-segments.ts';
import { levelOf, type Sides, spanLevelOf } from './levels.ts';
import { COLUMN, Segment } from './segment.ts';

/** Rows that are asked for one by one are looked for together where no more lies between them: a minute. */
const RUN_GAP = 2 ** 24;

/** So many segments of one kind may lie across each other: whoever looks for a row looks into all of them. */
const DEPTH_MAX = 3;

/** Places are held by stretches of so many rows: four minutes. At most so many are. */
const STRETCH_ROWS = 2 ** 26;
const PLACES_MAX = 65_536;
/** Segments of which the rows are held: four kilobytes each. */
const HELD_ROW_LISTS = 1_024;
/** A place that is none. */
const NONE = -1;

export interface NewSegment {
  readonly sides: Sides;
  readonly first: number;
  readonly last: number;
  /** Each row less the first one. */
  readonly rowsLess: Uint32Array;
}

/** One that was packed. Its bytes hold until the next one is. */
export interface PackedSegment extends NewSegment {
  readonly columns: Buffer;
  /** Null: no row has any. */
  readonly texts: Buffer | null;
}

/** Told of a row that was found. */
export type Visit = (segment: Segment, place: number, id: number) => void;

export interface SegmentTable {
  /** False: there are such segments enough around these rows, and these belong elsewhere. */
  hasPlace(sides: Sides, first: number, last: number): boolean;
  add(segment: PackedSegment): void;
  /** All that may have rows in [from, to), or those whose rows hold the lines that are asked for. */
  find(from: number, to: number, sides?: readonly Sides[]): readonly SegmentPlace[];
  /** Visits the rows in [from, to) of one segment, in order. */
  eachIn(found: SegmentPlace, from: number, to: number, visit: Visit): void;
  /** The same of all segments that `find` tells of, one after the other. */
  each(from: number, to: number, visit: Visit, sides?: readonly Sides[]): void;
  /** Visits those of these rows, ascending, that are in a segment, or in one of those whose rows hold the lines that are asked for. */
  eachOf(rows: readonly number[], visit: Visit, sides?: readonly Sides[]): void;
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

/**
 * `held`: segments kept in memory of those that were looked into last, for whoever asks for many single rows; where segments are is kept as
 * well, so that no other one may add any.
 */
export function createSegmentTable(db: Database.Database, held = 0): SegmentTable {
  /** The one that was asked for last comes last. */
  const kept = new Map<number, Segment>();
  /** Where segments are, by stretches of rows, and how many of them that are. */
  const stretches = new Map<number, SegmentPlace[]>();
  let heldPlaces = 0;
  /** The rows of segments, less the first of them. */
  const keptRows = new Map<number, Uint32Array>();

  const { find, beginsFrom, endsBefore } = prepareFindSegments(db);
  const sql = {
    add: db.prepare(
      'INSERT INTO segment (level, first, last, rows, columns, texts) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    columns: db.prepare<[number], Buffer>('SELECT columns FROM segment WHERE id = ?').pluck(),
    texts: db.prepare<[number], Buffer | null>('SELECT texts FROM segment WHERE id = ?').pluck(),
    gone: db
      .prepare<[number, number, number], number>(
        'SELECT row FROM segment_gone WHERE row >= ? AND row <= ? AND segment = ?',
      )
      .pluck(),
    isGone: db.prepare<[number, number]>('SELECT 1 FROM segment_gone WHERE row = ? AND segment = ?'),
    remove: db.prepare('INSERT INTO segment_gone VALUES (?, ?)'),
    place: db.prepare<[number], SegmentPlace>('SELECT id, level, first, last FROM segment WHERE id = ?'),
    restore: db.prepare('DELETE FROM segment_gone WHERE row >= ? AND row <= ? AND segment = ?'),
    drop: db.prepare('DELETE FROM segment WHERE id = ?'),
  };

  /** Null: it was dropped since it was found. */
  const open = (id: number): Segment | null => {
    if (held === 0) return read(id);
    const segment = kept.get(id) ?? read(id);
    if (segment !== null) keep(id, segment);
    return segment;
  };

  const read = (id: number): Segment | null => {
    const columns = sql.columns.get(id);
    return columns === undefined ? null : segmentOf(id, columns);
  };

  const segmentOf = (id: number, columns: Buffer): Segment =>
    new Segment(columns, () => sql.texts.get(id) ?? null);

  /** Has a segment in memory as the last one that was asked for. */
  const keep = (id: number, segment: Segment): void => {
    kept.delete(id);
    kept.set(id, segment);
    if (kept.size <= held) return;
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  };

  /** Rows of a segment in [from, to) that were taken out; null: none. */
  const goneOf = (
    { id, first, last }: SegmentPlace,
    from: number,
    to: number,
  ): ReadonlySet<number> | null => {
    const rows = sql.gone.all(Math.max(from, first), Math.min(to - 1, last), id);
    return rows.length === 0 ? null : new Set(rows);
  };

  const isGone = ({ id }: SegmentPlace, row: number): boolean => sql.isGone.get(row, id) !== undefined;

  const eachIn = (found: SegmentPlace, from: number, to: number, visit: Visit): void => {
    const segment = open(found.id);
    if (segment === null) return;
    const gone = goneOf(found, from, to);
    const end = found.last < to ? segment.rows : segment.placeFrom(to);
    for (let place = found.first >= from ? 0 : segment.placeFrom(from); place < end; place++)
      if (gone === null || !gone.has(segment.number(COLUMN.row, place))) visit(segment, place, found.id);
  };

  /** The segments around a row, and perhaps others. */
  const around = (row: number): readonly SegmentPlace[] => {
    const stretch = Math.floor(row / STRETCH_ROWS);
    const known = stretches.get(stretch);
    if (known !== undefined) return known;
    const from = stretch * STRETCH_ROWS;
    const found = find(from, from + STRETCH_ROWS);
    if (heldPlaces > PLACES_MAX) forgetPlaces();
    heldPlaces += 1 + found.length;
    stretches.set(stretch, found);
    return found;
  };

  /** As `find`, told by the places that are held if there are any. */
  const findThose = (from: number, to: number, sides?: readonly Sides[]): readonly SegmentPlace[] => {
    const isOneStretch = Math.floor(from / STRETCH_ROWS) === Math.floor((to - 1) / STRETCH_ROWS);
    if (held === 0 || !isOneStretch || sides !== undefined) return find(from, to, sides);
    return around(from).filter(({ first, last }) => first < to && last >= from);
  };

  /** Notes one that was added with those that are held around its rows. */
  const keepPlace = (place: SegmentPlace): void => {
    const until = Math.floor(place.last / STRETCH_ROWS);
    for (let stretch = Math.floor(place.first / STRETCH_ROWS); stretch <= until; stretch++) {
      const known = stretches.get(stretch);
      if (known === undefined) continue;
      known.push(place);
      heldPlaces++;
    }
  };

  const forgetPlaces = (): void => {
    stretches.clear();
    heldPlaces = 0;
  };

  /** Has the rows of a segment in memory, less the first of them. */
  const keepRows = (id: number, rows: Uint32Array): void => {
    const [oldest] = keptRows.keys();
    if (keptRows.size >= HELD_ROW_LISTS && oldest !== undefined) keptRows.delete(oldest);
    keptRows.set(id, rows);
  };

  /** The place of a row in a segment, told by its rows alone; NONE: it has no such row. */
  const placeIn = (found: SegmentPlace, row: number): number => {
    let rows = keptRows.get(found.id);
    if (rows === undefined) {
      rows = open(found.id)?.rowsLess(found.first) ?? new Uint32Array(0);
      keepRows(found.id, rows);
    }
    return placeOf(rows, row - found.first);
  };

  /** Visits a row if it is in a segment, while what is held of these tells most that it is not. */
  const visitHeld = (row: number, visit: Visit): void => {
    for (const found of around(row)) {
      if (row < found.first || row > found.last) continue;
      const place = placeIn(found, row);
      if (place === NONE || isGone(found, row)) continue;
      const segment = open(found.id);
      if (segment !== null) visit(segment, place, found.id);
      // A row is in one place only.
      return;
    }
  };

  const visitOne = held > 0 ? visitHeld : (row: number, visit: Visit): void => eachOfRun([row], visit);

  /** Visits those of some rows, ascending and not far apart, that are in a segment. */
  const eachOfRun = (rows: readonly number[], visit: Visit, sides?: readonly Sides[]): void => {
    const isSingle = rows.length === 1;
    const [from, to] = [rows[0] ?? 0, (rows.at(-1) ?? 0) + 1];
    for (const found of findThose(from, to, sides)) {
      let segment: Segment | null = null;
      let gone: ReadonlySet<number> | null | undefined;
      for (const row of rows) {
        if (row < found.first || row > found.last) continue;
        segment ??= open(found.id);
        if (segment === null) break;
        const place = segment.placeFrom(row);
        if (place === segment.rows || segment.number(COLUMN.row, place) !== row) continue;
        // Most rows that are not there were in no segment.
        if (gone === undefined && !isSingle) gone = goneOf(found, found.first, found.last + 1);
        if (isSingle ? !isGone(found, row) : gone?.has(row) !== true) visit(segment, place, found.id);
      }
    }
  };

  return {
    hasPlace: (sides, first, last) => depthOf(find(first, last + 1, [sides])) < DEPTH_MAX,
    add({ sides, first, last, rowsLess, columns, texts }) {
      const spanLevel = spanLevelOf(last - first);
      invariant(spanLevel >= 0, `a segment from ${first} to ${last}`);
      const level = levelOf(sides, spanLevel);
      const id = Number(sql.add.run(level, first, last, rowsLess.length, columns, texts).lastInsertRowid);
      if (held === 0) return;
      keep(id, segmentOf(id, Buffer.from(columns)));
      keepRows(id, rowsLess);
      keepPlace({ id, level, first, last });
    },
    eachIn,
    each(from, to, visit, sides) {
      for (const found of findThose(from, to, sides)) eachIn(found, from, to, visit);
    },
    eachOf(rows, visit, sides) {
      const [only] = rows;
      if (rows.length === 1 && only !== undefined && sides === undefined) return visitOne(only, visit);
      for (let from = 0, to = 0; from < rows.length; from = to) {
        do to++;
        while (to < rows.length && (rows[to] as number) - (rows[to - 1] as number) < RUN_GAP);
        eachOfRun(rows.slice(from, to), visit, sides);
      }
    },
    reset() {
      kept.clear();
      keptRows.clear();
      forgetPlaces();
    },
    find,
    remove(row) {
      let isFound = false;
      visitOne(row, (_segment, _place, id) => {
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
      forgetPlaces();
      sql.restore.run(place.first, place.last, id);
      sql.drop.run(id);
    },
    firstFrom(row) {
      let least = beginsFrom(row) ?? Number.POSITIVE_INFINITY;
      for (const { id } of find(row, row)) {
        // None can come sooner.
        if (secondOfRow(least) === secondOfRow(row)) break;
        const segment = open(id);
        const next = segment?.number(COLUMN.row, segment.placeFrom(row));
        least = Math.min(least, next ?? Number.POSITIVE_INFINITY);
      }
      return least === Number.POSITIVE_INFINITY ? null : least;
    },
    lastBefore(row) {
      let most = endsBefore(row) ?? Number.NEGATIVE_INFINITY;
      for (const { id } of find(row, row)) {
        if (secondOfRow(most) === secondOfRow(row - 1)) break;
        most = Math.max(most, lastRowBefore(open(id), row));
      }
      return most === Number.NEGATIVE_INFINITY ? null : most;
    },
    lastIn(from, to) {
      let most = Number.NEGATIVE_INFINITY;
      for (const { id, last } of findThose(from, to)) {
        const row = last < to ? last : lastRowBefore(open(id), to);
        if (row >= from) most = Math.max(most, row);
      }
      return most === Number.NEGATIVE_INFINITY ? null : most;
    },
  };
}

function placeOf(rows: Uint32Array, row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] as number) < row) low = middle + 1;
    else high = middle;
  }
  return rows[low] === row ? low : NONE;
}

/** Errors: none; where all rows are larger, one that is no row. */
function lastRowBefore(segment: Segment | null, row: number): number {
  if (segment === null) return Number.NEGATIVE_INFINITY;
  const place = segment.placeFrom(row) - 1;
  return place < 0 ? Number.NEGATIVE_INFINITY : segment.number(COLUMN.row, place);
}
