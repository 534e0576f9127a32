/** Lines of one shape in one hour, summed up while they come in, and written to the table `flow` once a transaction; and what is measured of each. */

import type Database from 'better-sqlite3';
import { HOUR_MS } from '../../../domain/time.ts';
import type { BatchLines } from '../batch-lines.ts';
import { blockOf } from '../flow-block.ts';
import { prepareInsertMany } from '../insert-many.ts';
import type { FlowKeys } from '../journal.ts';
import { ABSENT, type LineBatch } from '../line-batch.ts';
import { createMeasureLog } from '../measures/measure-log.ts';
import { LineSums } from './line-sums.ts';
import type { Pieces } from './messages.ts';
import { eachPiece } from './pieces.ts';
import type { LaterNews } from './sums.ts';

/** Blocks held between two transactions, 2 KiB each at most; past it all are forgotten, and read again. Two hours of many shapes find room. */
export const HELD_BLOCKS_MAX = 6_144;
export const NOTHING = { connections: 0, received: 0, sent: 0, paired: 0, ambiguous: 0 };

/** The table, by hour and block. */
export interface FlowRows {
  get(hour: number, block: number): Buffer | undefined;
  putAll(pieces: Pieces): void;
}

export function prepareFlowRows(db: Database.Database): FlowRows {
  const get = db
    .prepare<[number, number], Buffer>('SELECT sums FROM flow WHERE hour = ? AND block = ?')
    .pluck();
  const put = prepareInsertMany(db, 'INSERT OR REPLACE INTO flow', 3);
  return {
    get: (hour, block) => get.get(hour, block),
    putAll(pieces) {
      const values: unknown[] = [];
      eachPiece(pieces, (hour, block, packed) => void values.push(hour, block, packed));
      put(values);
    },
  };
}

export interface FlowSums extends LaterNews {
  /** Counts in the lines of a batch that are not counted yet, and writes down what is measured of them. `BatchLines` has taken it. */
  addBatch(batch: LineBatch): void;
  /** Writes what was added since the last time, and answers which flows that were. */
  write(): FlowKeys;
  /** Call when others changed the table. Nothing must be added that is not written. */
  forget(): void;
  reset(): void;
}

export function createFlowSums(
  db: Database.Database,
  lines: BatchLines,
  heldBlocksMax = HELD_BLOCKS_MAX,
): FlowSums {
  const rows = prepareFlowRows(db);
  const sums = new LineSums(lines, (hour, shape) => rows.get(hour, blockOf(shape)));
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
    addBatch(batch) {
      lines.takeFates(batch);
      sums.sort();
      sums.addToFlows();
      sums.eachChunk(measures.append);
    },
    addAgain(batch, index, sign) {
      sums.change(batch.shape[index] ?? 0, Math.floor((batch.start[index] ?? 0) / HOUR_MS), {
        ...NOTHING,
        connections: sign,
        received: sign * Math.max(0, batch.received[index] ?? 0),
        sent: sign * Math.max(0, batch.sent[index] ?? 0),
      });
      measure(batch, index, sign);
    },
    addEnds(shape, start, paired, ambiguous) {
      sums.change(shape, Math.floor(start / HOUR_MS), { ...NOTHING, paired, ambiguous });
    },
    write() {
      measures.write();
      const { flows, blocks } = sums.take();
      rows.putAll(blocks);
      if (sums.held > heldBlocksMax) sums.forget();
      return flows;
    },
    forget: () => sums.forget(),
    reset() {
      sums.forget();
      measures.reset();
    },
  };
}
