/** Lines of one shape in one hour, summed up while they come in, and written to the table `flow` once a transaction; and what is measured of each. */

import type Database from 'better-sqlite3';
import { HOUR_MS } from '../../domain/time.ts';
import {
  AMBIGUOUS,
  CONNECTIONS,
  END,
  FIRST,
  LAST,
  LONGEST,
  PAIRED,
  RECEIVED,
  SENT,
  SHORTEST,
} from './flow-block.ts';
import { createHeldBlocks } from './held-blocks.ts';
import type { FlowKeys } from './journal.ts';
import { ABSENT, type LineBatch } from './line-batch.ts';
import { createMeasureLog } from './measures/measure-log.ts';

export interface FlowSums {
  /** Counts a line of the batch in, and whether it has another end or may have several: 1 or 0. */
  add(batch: LineBatch, index: number, paired: number, ambiguous: number): void;
  /** Takes a connection out (-1) that a later line of it stands for, or counts it again (1). */
  addAgain(batch: LineBatch, index: number, sign: 1 | -1): void;
  /** Counts what became known of the other ends of lines: how many more (or, negative, fewer) have one or may have several. */
  addEnds(shape: number, start: number, paired: number, ambiguous: number): void;
  /** Writes what was added since the last time, and answers which flows that were. */
  write(): FlowKeys;
  /** Call when others changed the table. Nothing must be added that is not written. */
  forget(): void;
  reset(): void;
}

export function createFlowSums(db: Database.Database, heldBlocksMax?: number): FlowSums {
  const blocks = createHeldBlocks(db, heldBlocksMax);
  const measures = createMeasureLog(db);

  const measure = (batch: LineBatch, index: number, sign: 1 | -1): void =>
    measures.add(
      batch.shape[index] ?? 0,
      batch.start[index] ?? 0,
      batch.duration[index] ?? ABSENT,
      batch.received[index] ?? ABSENT,
      batch.sent[index] ?? ABSENT,
      sign,
    );

  return {
    add(batch, index, paired, ambiguous) {
      const start = batch.start[index] as number;
      const shape = batch.shape[index] as number;
      const duration = Math.max(0, batch.duration[index] as number);
      const block = blocks.at(Math.floor(start / HOUR_MS), shape);
      const s = block.open(shape);
      const { sums } = block;
      raise(sums, s + CONNECTIONS, 1);
      raise(sums, s + RECEIVED, Math.max(0, batch.received[index] as number));
      raise(sums, s + SENT, Math.max(0, batch.sent[index] as number));
      if (start < (sums[s + FIRST] as number)) sums[s + FIRST] = start;
      if (start > (sums[s + LAST] as number)) sums[s + LAST] = start;
      if (start + duration > (sums[s + END] as number)) sums[s + END] = start + duration;
      if (duration < (sums[s + SHORTEST] as number)) sums[s + SHORTEST] = duration;
      if (duration > (sums[s + LONGEST] as number)) sums[s + LONGEST] = duration;
      if (paired !== 0) raise(sums, s + PAIRED, paired);
      if (ambiguous !== 0) raise(sums, s + AMBIGUOUS, ambiguous);
      measure(batch, index, 1);
    },
    addAgain(batch, index, sign) {
      const shape = batch.shape[index] ?? 0;
      const block = blocks.at(Math.floor((batch.start[index] ?? 0) / HOUR_MS), shape);
      const s = block.open(shape);
      raise(block.sums, s + CONNECTIONS, sign);
      raise(block.sums, s + RECEIVED, sign * Math.max(0, batch.received[index] ?? 0));
      raise(block.sums, s + SENT, sign * Math.max(0, batch.sent[index] ?? 0));
      measure(batch, index, sign);
    },
    addEnds(shape, start, paired, ambiguous) {
      const block = blocks.at(Math.floor(start / HOUR_MS), shape);
      const s = block.open(shape);
      raise(block.sums, s + PAIRED, paired);
      raise(block.sums, s + AMBIGUOUS, ambiguous);
    },
    write() {
      measures.write();
      return blocks.write();
    },
    forget: blocks.forget,
    reset() {
      blocks.forget();
      measures.reset();
    },
  };
}

function raise(sums: Float64Array, at: number, by: number): void {
  sums[at] = (sums[at] as number) + by;
}
