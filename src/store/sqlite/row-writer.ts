/** Turns a batch whose lines know their mates into rows. */
import type Database from 'better-sqlite3';
import type { BatchLines } from './batch-lines.ts';
import { prepareInsertMany } from './insert-many.ts';
import { type GivenRows, giveRows } from './intake/give-rows.ts';
import type { IntakeCode } from './intake/intake-memory.ts';
import type { Seconds } from './intake/seconds.ts';
import { IN_DOUBT, IN_PAIR, type LineBatch } from './line-batch.ts';
import type { StoredEnds } from './pairing/stored-ends.ts';
import { createRowInsert } from './row-insert.ts';
import type { OrderedSegments } from './segments/ordered-segments.ts';
import type { Sums } from './sums/sums.ts';

export interface RowWriter {
  /** Writes all of the batch and empties it. Shape of the result: how many pairs it wrote. */
  write(): number;
  /** Call before each transaction, with the number of lines that it may store. */
  prepare(lines: number): void;
  reset(): void;
  close(): void;
}

export function createRowWriter(deps: {
  readonly db: Database.Database;
  readonly batch: LineBatch;
  /** Takes the batch over to write it. */
  readonly lines: BatchLines;
  readonly seconds: Seconds;
  readonly code: IntakeCode;
  readonly stored: StoredEnds;
  readonly sums: Sums;
  readonly segments: OrderedSegments;
}): RowWriter {
  const { db, batch, lines, seconds, code, stored, sums, segments } = deps;
  const insert = createRowInsert(db, batch, lines, segments, () => sums.packer);
  /** The line of the batch that each line is tied to, or NONE. */
  let mates = new Int32Array(0);
  const addElsewhere = prepareInsertMany(db, 'INSERT OR IGNORE INTO elsewhere', 2);

  /** Tells the sums what became of lines that they know already, and of those that a later line stands for: `superseded`. */
  const noteFates = (superseded: readonly number[]): void => {
    const { ends, shape, start } = batch;
    for (const index of superseded) sums.addAgain(batch, index, -1);
    for (const index of batch.back) {
      const [isPair, isInDoubt] = [ends[index] === IN_PAIR, ends[index] === IN_DOUBT];
      if (isPair || isInDoubt)
        sums.addEnds(shape[index] as number, start[index] as number, isPair ? 1 : 0, isInDoubt ? 1 : 0);
    }
  };

  const noteMoved = ({ moved, movedRows }: GivenRows): void => {
    const values: number[] = [];
    for (let at = 0; at < moved.length; at++)
      values.push(secondOf(moved[at] as number), movedRows[at] as number);
    addElsewhere(values);
  };

  const secondOf = (index: number): number => Math.floor((batch.start[index] as number) / 1_000);

  return {
    write() {
      if (mates.length < batch.length) mates = new Int32Array(batch.slot.length);
      const superseded = stored.window().lines.findFates(batch, mates);
      const given = giveRows(batch, mates, code, seconds);
      const pairs = given.pairs.rows.length;
      insert.add(given.pairs, given.singles);
      stored.noteRows(given.rowOf);
      noteFates(superseded);
      noteMoved(given);
      lines.take(batch);
      insert.fillSegments();
      // Before the rest, as another thread may have a part in both.
      sums.addBatch(batch, mates);
      insert.write();
      batch.clear();
      return pairs;
    },
    prepare: insert.prepare,
    reset: insert.reset,
    close: insert.close,
  };
}
