/** What the thread that stores and the one that sums up say to each other. */
import type { PackedCalls } from '../clients/gatherer.ts';
import type { RowsToPack } from '../segments/pack-segments.ts';

/** Blocks of flows that the thread does not hold yet. */
export interface NewBlocks {
  /** Of each its hour and its number; of those that are in the table, `packed` has what is there, in the same order, and they come first. */
  readonly keys: Int32Array;
  readonly packed: readonly Uint8Array[];
}

/** Sums to be changed: of each CHANGE_NUMBERS numbers, see `Change`. */
export type Changes = Float64Array;

export type ToSumming =
  /** Lines that lie in shared memory. */
  | {
      readonly kind: 'lines';
      readonly memory: SharedArrayBuffer;
      readonly length: number;
      /** Of shapes that are new to the thread: the shape, and the host of its clients. */
      readonly hosts: Int32Array;
      readonly blocks: NewBlocks;
      /** Rows of these lines, whose segments are answered, order by order, before anything else is done. */
      readonly orders: readonly RowsToPack[];
    }
  /** Changes come before what was summed up is answered. */
  | { readonly kind: 'write'; readonly changes: Changes; readonly blocks: NewBlocks }
  /** Nothing of what was added counts, and nothing is known of blocks. */
  | { readonly kind: 'forget' }
  | { readonly kind: 'close' };

/** Pieces of bytes, one behind the other, each with two numbers that say what it is. */
export interface Pieces {
  readonly keys: Int32Array;
  /** Where each ends. */
  readonly ends: Int32Array;
  readonly bytes: Uint8Array;
}

/** What there is to be written. */
export interface SummedUp {
  /** Which flows changed: see `flowKey`. */
  readonly flows: Float64Array;
  /** Chunks of `measure`, each with its hour, and 0. */
  readonly chunks: Pieces;
  /** Blocks of `flow`, each with its hour and its number, in the order of the table. */
  readonly blocks: Pieces;
  readonly calls: readonly PackedCalls[];
  /** Calls that were not packed: see `ClientGatherer.list`. */
  readonly list: Uint8Array;
}
