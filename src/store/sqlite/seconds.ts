/** Which lines are there already, and where the next row goes: by the second of their start. */
import type Database from 'better-sqlite3';
import { LineSet } from './line-set.ts';
import { type HashOf, type RawRow, ROWS_PER_SECOND, readRow, secondOfRow } from './rows.ts';

/** Lines held in memory after a transaction; past it the oldest quarter is forgotten, and read again when it is needed. */
const HELD_LINES_MAX = 640_000;

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

export function createSeconds(db: Database.Database, hashOf: HashOf, heldLinesMax = HELD_LINES_MAX): Seconds {
  const rows = db.prepare<[number, number], RawRow>('SELECT * FROM connection WHERE row >= ? AND row < ?');
  const elsewhere = db.prepare<[number], RawRow>(
    'SELECT * FROM connection WHERE row IN (SELECT row FROM elsewhere WHERE second = ?)',
  );
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

  const note = (raw: RawRow, second: number): void => {
    const { client, server } = readRow(raw, hashOf);
    for (const line of [client, server])
      if (line !== null && Math.floor(line.start / 1_000) === second) lines.add(second, line.hash);
  };

  const load = (second: number): number => {
    let next = 0;
    if (second <= wholeAfter) {
      const first = second * ROWS_PER_SECOND;
      for (const row of rows.iterate(first, first + ROWS_PER_SECOND)) {
        note(row, second);
        next = row.row - first + 1;
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
      const gone = lines.keepNewest(0.75 * heldLinesMax);
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
