/** Gives the lines of a batch their rows, in WebAssembly: `wasm/intake/`. */

import type { LineBatch } from '../line-batch.ts';
import type { IntakeCode } from './intake-memory.ts';
import type { Seconds } from './seconds.ts';

/** Rows with lines of a batch: indexes, or NONE. They hold until rows are given again. */
export interface GivenRows {
  readonly size: number;
  /** Rows with two lines. */
  readonly pairs: number;
  readonly rows: Float64Array;
  readonly clients: Int32Array;
  readonly servers: Int32Array;
  /** Lines that lie in the row of another second than their own, and these rows. */
  readonly moved: Int32Array;
  readonly movedRows: Float64Array;
}

/** Columns, by the numbers that the code has for them. */
const [START, MATE, IS_SERVER, ROW, CLIENT, SERVER, MOVED, MOVED_ROW] = [0, 1, 2, 3, 4, 5, 6, 7];

/** `mates`: the line that each line is tied to, or NONE; both share a row. */
export function giveRows(
  { length, start, isServer }: Pick<LineBatch, 'length' | 'start' | 'isServer'>,
  mates: Int32Array,
  code: IntakeCode,
  seconds: Seconds,
): GivenRows {
  code.beginRows(length);
  const doubles = (column: number, size: number) =>
    new Float64Array(code.memory.buffer, code.rowColumnAt(column), size);
  const ints = (column: number, size: number) =>
    new Int32Array(code.memory.buffer, code.rowColumnAt(column), size);
  doubles(START, length).set(start.subarray(0, length));
  ints(MATE, length).set(mates.subarray(0, length));
  new Uint8Array(code.memory.buffer, code.rowColumnAt(IS_SERVER), length).set(isServer.subarray(0, length));
  for (let from = code.giveRows(0, length); from < length; from = code.giveRows(from, length))
    seconds.learnNextRow();
  const size = code.givenRows();
  const moved = code.movedLines();
  return {
    size,
    pairs: code.givenPairs(),
    rows: doubles(ROW, size),
    clients: ints(CLIENT, size),
    servers: ints(SERVER, size),
    moved: ints(MOVED, moved),
    movedRows: doubles(MOVED_ROW, moved),
  };
}
