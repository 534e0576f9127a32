/** Which lines are there already, and where the next row goes: by the second of their start. */
import type Database from 'better-sqlite3';
import { START_TIME_MAX } from '../../../domain/limits.ts';
import { type HashOf, type RawRow, ROWS_PER_SECOND, readRow } from '../rows.ts';
import { createConnections } from '../segments/connections.ts';
import type { SegmentTable } from '../segments/segment-table.ts';
import { type IntakeCode, LOOK, NEW, READ } from './intake-memory.ts';

/** Lines held in memory after a transaction; past it the oldest quarter is forgotten, and looked for in the table. */
const HELD_LINES_MAX = 640_000;
/** The same for spans of seconds: where lines are few, they cost more than their lines. */
const HELD_SPANS_MAX = 4_096;
/** No line starts in or after this second since the epoch. */
const SECONDS_END = START_TIME_MAX / 1_000 + 1;

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
export function createSeconds(deps: {
  readonly db: Database.Database;
  readonly segments: SegmentTable;
  readonly hashOf: HashOf;
  readonly code: IntakeCode;
  readonly heldLinesMax?: number;
}): Seconds {
  const { db, segments, hashOf, code, heldLinesMax = HELD_LINES_MAX } = deps;
  const connections = createConnections(db, segments);
  const latestElsewhere = db.prepare<[], number | null>('SELECT max(second) FROM elsewhere').pluck();

  /** Every line that started later is held; what started before may be in the table alone. */
  const learnWholeAfter = () =>
    code.setWholeAfter(Math.max(connections.secondBefore(SECONDS_END) ?? 0, latestElsewhere.get() ?? 0));
  learnWholeAfter();

  const holds = (raw: RawRow, start: number, hash: number): boolean => {
    const { client, server } = readRow(raw, hashOf);
    return [client, server].some((line) => line !== null && line.start === start && line.hash === hash);
  };

  /** Looks for one line in the table. */
  const isStored = (second: number, start: number, hash: number): boolean => {
    const ms = start - second * 1_000;
    return (
      connections.startedAt(second, ms).some((raw) => holds(raw, start, hash)) ||
      connections.movedFrom(second).some((raw) => holds(raw, start, hash))
    );
  };

  const readSecond = (second: number): void => {
    const note = (raw: RawRow): void => {
      const { client, server } = readRow(raw, hashOf);
      for (const line of [client, server])
        if (line !== null && Math.floor(line.start / 1_000) === second) code.hold(line.start, line.hash);
    };
    connections.ofSecond(second, note);
    connections.movedFrom(second).forEach(note);
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
      const last = connections.lastOf(second);
      code.setNextRow(second, last === null ? 0 : last - second * ROWS_PER_SECOND + 1);
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
    },
    reset() {
      code.clear();
      learnWholeAfter();
    },
  };
}
