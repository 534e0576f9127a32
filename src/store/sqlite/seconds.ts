/** Which lines are there already, and where the next row goes: by the second of their start. */
import type Database from 'better-sqlite3';
import { LineSpan, NOT_KNOWN, SPAN_SECONDS } from './line-span.ts';
import { type HashOf, ROWS_PER_SECOND, type RowValues, rawRow, readRow, secondOfRow } from './rows.ts';

/** Lines held in memory after a transaction; past it the oldest quarter is forgotten, and looked for in the table. */
const HELD_LINES_MAX = 640_000;
/** The same for spans of seconds: where lines are few, they cost more than their lines. */
const HELD_SPANS_MAX = 4_096;
/** Of a second that is not held so many lines are looked for in the table; for more of them it is read as a whole. */
const LOOKED_FOR_MAX = 4;
const TWO_32 = 0x1_0000_0000;
const ROWS_READ_AT_ONCE = 1_000;

export interface Seconds {
  /**
   * Notes a line by its start (ms) and its hash; false: it was there already. Both come in their arrays, because a large number
   * by itself is made an object to be handed over.
   */
  add(starts: Float64Array, at: number, hashes: Float64Array, place: number): boolean;
  /**
   * Has a line in memory that is in the table, so that it is known while it is not there. Call before its row is taken out.
   */
  keep(start: number, hash: number): void;
  /** A row number that is free, in this second or, when that is full, in one after it. */
  nextRow(second: number): number;
  /** Call after each transaction: forgets what is beyond the bounds. */
  trim(): void;
  reset(): void;
}

export function createSeconds(db: Database.Database, hashOf: HashOf, heldLinesMax = HELD_LINES_MAX): Seconds {
  const sql = {
    rows: db
      .prepare<[number, number, number], RowValues>(
        'SELECT * FROM connection WHERE row >= ? AND row < ? ORDER BY row LIMIT ?',
      )
      .raw(),
    elsewhere: db
      .prepare<[number], RowValues>(
        'SELECT * FROM connection WHERE row IN (SELECT row FROM elsewhere WHERE second = ?)',
      )
      .raw(),
    /** Rows of a second with a line that started in one of its milliseconds. */
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
    latest: db.prepare<[], number>('SELECT max(row) FROM connection').pluck(),
    latestElsewhere: db.prepare<[], number>('SELECT max(second) FROM elsewhere').pluck(),
  };
  const spans = new Map<number, LineSpan>();
  let size = 0;
  /** The span that was asked for last: lines come in stretches of one. */
  let last: LineSpan | null = null;
  let lastIndex = -1;
  /** Every line that started later than this is held; what started before may be in the table alone. */
  let wholeAfter = 0;

  const learnWholeAfter = () => {
    wholeAfter = Math.max(secondOfRow(sql.latest.get() ?? 0), sql.latestElsewhere.get() ?? 0);
  };
  learnWholeAfter();

  const spanOf = (second: number): LineSpan => {
    const index = Math.floor(second / SPAN_SECONDS);
    if (last !== null && index === lastIndex) return last;
    let span = spans.get(index);
    if (span === undefined) {
      // Half as many as a moment before are sure to come, if it is a stream.
      span = new LineSpan((spans.get(index - 1)?.size ?? 0) / 2);
      spans.set(index, span);
    }
    last = span;
    lastIndex = index;
    return span;
  };

  const put = (span: LineSpan, place: number, hash: number): boolean => {
    const isNew = span.add(place, hash | 0, Math.floor(hash / TWO_32));
    if (isNew) size++;
    return isNew;
  };

  const holds = (raw: RowValues, start: number, hash: number): boolean => {
    const { client, server } = readRow(rawRow(raw), hashOf);
    return [client, server].some((line) => line !== null && line.start === start && line.hash === hash);
  };

  /** Looks for one line in the table. */
  const isStored = (second: number, start: number, hash: number): boolean => {
    const first = second * ROWS_PER_SECOND;
    const ms = start - second * 1_000;
    return (
      sql.startedAt.all(first, first + ROWS_PER_SECOND, ms, ms, ms).some((raw) => holds(raw, start, hash)) ||
      sql.elsewhere.all(second).some((raw) => holds(raw, start, hash))
    );
  };

  const load = (span: LineSpan, place: number, second: number): void => {
    const note = (raw: RowValues): void => {
      const { client, server } = readRow(rawRow(raw), hashOf);
      for (const line of [client, server])
        if (line !== null && Math.floor(line.start / 1_000) === second) put(span, place, line.hash);
    };
    const end = (second + 1) * ROWS_PER_SECOND;
    for (let from = second * ROWS_PER_SECOND; from < end; ) {
      const rows = sql.rows.all(from, end, ROWS_READ_AT_ONCE);
      rows.forEach(note);
      from = rows.length < ROWS_READ_AT_ONCE ? end : (rows.at(-1)?.[0] ?? 0) + 1;
    }
    sql.elsewhere.all(second).forEach(note);
    span.setWhole(place);
  };

  /** As `add`, in a second whose lines are not all held. */
  const addOld = (span: LineSpan, place: number, second: number, start: number, hash: number): boolean => {
    if (span.has(place, hash | 0, Math.floor(hash / TWO_32))) return false;
    const asked = span.asked[place] ?? 0;
    if (asked >= LOOKED_FOR_MAX) load(span, place, second);
    else {
      span.asked[place] = asked + 1;
      if (isStored(second, start, hash)) return false;
    }
    return put(span, place, hash);
  };

  const learnNextRow = (span: LineSpan, place: number, second: number): number => {
    const first = second * ROWS_PER_SECOND;
    const lastRow = second > wholeAfter ? undefined : sql.lastIn.get(first, first + ROWS_PER_SECOND);
    const next = lastRow === undefined ? 0 : lastRow - first + 1;
    span.nextRow[place] = next;
    return next;
  };

  return {
    add(starts, at, hashes, hashAt) {
      const second = Math.floor((starts[at] as number) / 1_000);
      const span = spanOf(second);
      const place = second % SPAN_SECONDS;
      const hash = hashes[hashAt] as number;
      if (!span.isWhole(place)) {
        if (second <= wholeAfter) return addOld(span, place, second, starts[at] as number, hash);
        span.setWhole(place);
      }
      const isNew = span.add(place, hash | 0, Math.floor(hash / TWO_32));
      if (isNew) size++;
      return isNew;
    },
    keep(start, hash) {
      const second = Math.floor(start / 1_000);
      put(spanOf(second), second % SPAN_SECONDS, hash);
    },
    nextRow(second) {
      for (let at = second; ; at++) {
        const span = spanOf(at);
        const place = at % SPAN_SECONDS;
        const known = span.nextRow[place] ?? NOT_KNOWN;
        const next = known === NOT_KNOWN ? learnNextRow(span, place, at) : known;
        if (next === ROWS_PER_SECOND) continue;
        span.nextRow[place] = next + 1;
        return at * ROWS_PER_SECOND + next;
      }
    },
    trim() {
      if (size <= heldLinesMax && spans.size <= HELD_SPANS_MAX) return;
      for (const index of Float64Array.from(spans.keys()).sort()) {
        if (size <= 0.75 * heldLinesMax && spans.size <= 0.75 * HELD_SPANS_MAX) break;
        size -= spans.get(index)?.size ?? 0;
        spans.delete(index);
        wholeAfter = Math.max(wholeAfter, (index + 1) * SPAN_SECONDS - 1);
      }
      last = null;
    },
    reset() {
      spans.clear();
      size = 0;
      last = null;
      learnWholeAfter();
    },
  };
}
