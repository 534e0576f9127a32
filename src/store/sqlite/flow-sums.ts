/** Lines of one shape in one hour, summed up while they come in, and written to the table `flow` once a transaction; and what is measured of each. */

import type Database from 'better-sqlite3';
import { HOUR_MS } from '../../domain/time.ts';
import {
  AMBIGUOUS,
  CONNECTIONS,
  END,
  FIRST,
  type FlowBlock,
  LAST,
  LONGEST,
  PAIRED,
  RECEIVED,
  SENT,
  SHORTEST,
} from './flow-block.ts';
import { createHeldBlocks } from './held-blocks.ts';
import type { FlowKeys } from './journal.ts';
import { ABSENT, IN_DOUBT, IN_PAIR, type LineBatch } from './line-batch.ts';
import { createMeasureLog } from './measures/measure-log.ts';
import { orderOf } from './pairing/radix-sort.ts';

export interface FlowSums {
  /** Counts in the lines of a batch that are not counted yet, and writes down what is measured of them. */
  addBatch(batch: LineBatch): void;
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
  /** Places of the lines that are not counted yet. */
  let uncounted = new Uint32Array(0);

  const measure = (batch: LineBatch, index: number, sign: 1 | -1): void =>
    measures.add(
      batch.shape[index] ?? 0,
      batch.start[index] ?? 0,
      batch.duration[index] ?? ABSENT,
      batch.received[index] ?? ABSENT,
      batch.sent[index] ?? ABSENT,
      sign,
    );

  /** Sorted by shape: lines of one flow follow each other, and those of one block. */
  const uncountedOf = (batch: LineBatch): Uint32Array => {
    if (uncounted.length < batch.length) uncounted = new Uint32Array(batch.shape.length);
    let size = 0;
    for (let index = 0; index < batch.length; index++) {
      if (batch.counted[index] === 0) uncounted[size++] = index;
    }
    return orderOf(batch.shape, uncounted.subarray(0, size));
  };

  return {
    addBatch(batch) {
      const order = uncountedOf(batch);
      for (let i = 0; i < order.length; i++) {
        const index = order[i] as number;
        const shape = batch.shape[index] as number;
        addLine(blocks.at(Math.floor((batch.start[index] as number) / HOUR_MS), shape), shape, batch, index);
      }
      measures.writeAll(batch, order);
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

/** Adds a line of the batch to its flow. */
function addLine(block: FlowBlock, shape: number, batch: LineBatch, index: number): void {
  const start = batch.start[index] as number;
  const duration = Math.max(0, batch.duration[index] as number);
  const ends = batch.ends[index] as number;
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
  if (ends === IN_PAIR) raise(sums, s + PAIRED, 1);
  else if (ends === IN_DOUBT) raise(sums, s + AMBIGUOUS, 1);
}

function raise(sums: Float64Array, at: number, by: number): void {
  sums[at] = (sums[at] as number) + by;
}
