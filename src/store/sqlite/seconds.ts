/** Which lines are there already, and where the next row goes: by the second of their start. */
import type Database from 'better-sqlite3';
import { LineSet } from './line-set.ts';
import { HASH_BASE, ROWS_PER_SECOND, secondOfRow } from './rows.ts';

/** Lines held in memory after a transaction; past it the older half is forgotten, and read again when it is needed. */
const HELD_LINES_MAX = 400_000;

export interface Seconds {
  /** Notes a line; false: it was there already. */
  add(second: number, hash: number): boolean;
  /**
   * Has the lines of a second in memory. Call before a line that started in it leaves the table: read only afterwards, the
   * second would be without that line, and it could be stored once more.
   */
  learn(second: number): void;
  /** A row number that is free, in this second or, when that is full, in one after it. */
  nextRow(second: number): number;
  /** Call after each transaction: forgets what is beyond the bound. */
  trim(): void;
  reset(): void;
}

export function createSeconds(db: Database.Database, heldLinesMax = HELD_LINES_MAX): Seconds {
  const columns = 'row, c_start, c_hash, s_start, s_hash';
  const rows = db
    .prepare<[number, number], RowHashes>(`SELECT ${columns} FROM connection WHERE row >= ? AND row < ?`)
    .raw();
  const elsewhere = db
    .prepare<[number], RowHashes>(
      `SELECT ${columns} FROM connection WHERE row IN (SELECT row FROM elsewhere WHERE second = ?)`,
    )
    .raw();
  const latest = db.prepare<[], number>('SELECT max(row) FROM connection').pluck();
  const latestElsewhere = db.prepare<[], number>('SELECT max(second) FROM elsewhere').pluck();
  const lines = new LineSet();
  /** By second whose lines are all held: number of the next row within it. */
  const nextOf = new Map<number, number>();
  /** The second that was asked for last: lines come in stretches of one second. */
  let last = -1;
  /** Every line that started later than this is held; what started before may be in the table alone. */
  let wholeAfter = 0;

  const learnWholeAfter = () => {
    wholeAfter = Math.max(secondOfRow(latest.get() ?? 0), latestElsewhere.get() ?? 0);
  };
  learnWholeAfter();

  const note = ([row, c_start, c_hash, s_start, s_hash]: RowHashes, second: number): void => {
    const base = secondOfRow(row) * 1_000;
    if (isIn(second, base, c_start) && c_hash !== null) lines.add(second, c_hash + HASH_BASE);
    if (isIn(second, base, s_start) && s_hash !== null) lines.add(second, s_hash + HASH_BASE);
  };

  const load = (second: number): number => {
    let next = 0;
    if (second <= wholeAfter) {
      const first = second * ROWS_PER_SECOND;
      for (const row of rows.iterate(first, first + ROWS_PER_SECOND)) {
        note(row, second);
        next = row[0] - first + 1;
      }
      for (const row of elsewhere.iterate(second)) note(row, second);
    }
    nextOf.set(second, next);
    return next;
  };

  return {
    add(second, hash) {
      if (second !== last) {
        if (!nextOf.has(second)) load(second);
        last = second;
      }
      return lines.add(second, hash);
    },
    learn(second) {
      if (!nextOf.has(second)) load(second);
    },
    nextRow(second) {
      for (let at = second; ; at++) {
        const next = nextOf.get(at) ?? load(at);
        if (next === ROWS_PER_SECOND) continue;
        nextOf.set(at, next + 1);
        return at * ROWS_PER_SECOND + next;
      }
    },
    trim() {
      if (lines.size <= heldLinesMax) return;
      const gone = lines.keepNewest(heldLinesMax / 2);
      for (const second of nextOf.keys()) if (second <= gone) nextOf.delete(second);
      wholeAfter = Math.max(wholeAfter, gone);
      last = -1;
    },
    reset() {
      lines.clear();
      nextOf.clear();
      last = -1;
      learnWholeAfter();
    },
  };
}

/** Row, then start (ms after the row's second) and stored hash of the client's line and of the server's. */
type RowHashes = readonly [number, number | null, number | null, number | null, number | null];

function isIn(second: number, base: number, start: number | null): boolean {
  return start !== null && Math.floor((base + start) / 1_000) === second;
}
