/** What is summed up of lines while they come in, and written once a transaction: flows, measures, and who called. */
import type { FlowKeys } from '../journal.ts';
import type { LineBatch } from '../line-batch.ts';
import type { SegmentPacker } from '../segments/pack-segments.ts';

/** What becomes known of lines that were summed up already. */
export interface LaterNews {
  /** Takes a connection out (-1) that a later line of it stands for, or counts it again (1). */
  addAgain(batch: LineBatch, index: number, sign: 1 | -1): void;
  /** Counts what became known of the other ends of lines: how many more (or, negative, fewer) have one or may have several. */
  addEnds(shape: number, start: number, paired: number, ambiguous: number): void;
}

export interface Sums extends LaterNews {
  /** Packs segments of the lines that are added next, where another thread sums lines up; else null. */
  readonly packer: SegmentPacker | null;
  /** Told of lines that will be added, unless they are there already. */
  expect(lines: number): void;
  /** Counts in the lines of a batch that are not counted yet. `mates`: the line that each is tied to, or NONE. */
  addBatch(batch: LineBatch, mates: Int32Array): void;
  /** Call when nothing is added any more before `write`, so that it may be made ready meanwhile. */
  endLines(): void;
  /** Writes what was added since the last time, and answers which flows that were. */
  write(): FlowKeys;
  /** Call when others changed the tables. Nothing must be added that is not written. */
  forget(): void;
  /** Drops what was not written. */
  reset(): void;
}
