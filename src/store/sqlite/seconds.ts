/** Which lines are there already, and where the next row goes: by the second of their start. */
import type Database from 'better-sqlite3';
import { type IntakeCode, LOOK, NEW, READ, SPAN_SECONDS } from './intake-memory.ts';
import { type HashOf, ROWS_PER_SECOND, type RowValues, rawRow, readRow, secondOfRow } from './rows.ts';

/** Lines held in memory after a transaction; past it the oldest quarter is forgotten, and looked for in the table. */
const HELD_LINES_MAX = 640_000;
/** The same for spans of seconds: where lines are few, they cost more than their lines. */
const HELD_SPANS_MAX = 4_096;
const ROWS_READ_AT_ONCE = 1_000;

export interface Seconds {
  /**
   * Notes a line by its start (ms) and its hash; false: it was there already.
   */
  add(start: number, hash: number): boolean;
  /** The same of a line of which no more is known than that the table has to tell it: `LOOK` or `READ`. */
  addOld(known: number, start: number, hash: number): boolean;
  /**
   * Has a line in memory that is in the table, so that it is known while it is not there. Call before its row is taken out.
   */
  keep(start: number, hash: number): void;
  /** Tells the code the next row of the second that it asked for: in `nextRow` and `giveRows` it gives free ones. */
  learnNextRow(): void;
  /** Call after each transaction: forgets what is beyond the bounds. */
  trim(): void;
  reset(): void;
}

/** `code`: holds the lines. */
export function createSeconds(
  db: Database.Database,
  hashOf: HashOf,
  code: IntakeCode,
  heldLinesMax = HELD_LINES_MAX,
): Seconds {
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
  /** Every line that started later than this is held; what started before may be in the table alone. */
  let wholeAfter = 0;

  const setWholeAfter = (second: number) => {
    wholeAfter = second;
    code.setWholeAfter(second);
  };
  const learnWholeAfter = () =>
    setWholeAfter(Math.max(secondOfRow(sql.latest.get() ?? 0), sql.latestElsewhere.get() ?? 0));
  learnWholeAfter();

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

  const readSecond = (second: number): void => {
    const note = (raw: RowValues): void => {
      const { client, server } = readRow(rawRow(raw), hashOf);
      for (const line of [client, server])
        if (line !== null && Math.floor(line.start / 1_000) === second) code.hold(line.start, line.hash);
    };
    const end = (second + 1) * ROWS_PER_SECOND;
    for (let from = second * ROWS_PER_SECOND; from < end; ) {
      const rows = sql.rows.all(from, end, ROWS_READ_AT_ONCE);
      rows.forEach(note);
      from = rows.length < ROWS_READ_AT_ONCE ? end : (rows.at(-1)?.[0] ?? 0) + 1;
    }
    sql.elsewhere.all(second).forEach(note);
    code.holdAll(second);
  };

  const addOld = (known: number, start: number, hash: number): boolean => {
    const second = Math.floor(start / 1_000);
    if (known === READ) readSecond(second);
    else if (isStored(second, start, hash)) return false;
    return code.hold(start, hash) === 1;
  };

  return {
    add(start, hash) {
      const known = code.note(start, hash);
      return known === LOOK || known === READ ? addOld(known, start, hash) : known === NEW;
    },
    addOld,
    keep(start, hash) {
      code.hold(start, hash);
    },
    learnNextRow() {
      const second = code.askedSecond();
      const first = second * ROWS_PER_SECOND;
      const last = sql.lastIn.get(first, first + ROWS_PER_SECOND);
      code.setNextRow(second, last === undefined ? 0 : last - first + 1);
    },
    trim() {
      if (code.lines() <= heldLinesMax && code.spans() <= HELD_SPANS_MAX) return;
      const at = code.listSpans();
      let spans = code.spans();
      let lines = code.lines();
      const list = new Float64Array(code.memory.buffer, at, 2 * spans);
      const oldestFirst = Array.from(
        { length: spans },
        (_, i) => [list[2 * i] ?? 0, list[2 * i + 1] ?? 0] as const,
      );
      oldestFirst.sort(([a], [b]) => a - b);
      let until = -1;
      for (const [number, size] of oldestFirst) {
        if (lines <= 0.75 * heldLinesMax && spans <= 0.75 * HELD_SPANS_MAX) break;
        lines -= size;
        spans--;
        until = number;
      }
      code.dropSpans(until);
      setWholeAfter(Math.max(wholeAfter, (until + 1) * SPAN_SECONDS - 1));
    },
    reset() {
      code.clear();
      learnWholeAfter();
    },
  };
}
