/** Gives the lines of a batch their rows, in WebAssembly: `wasm/intake/`. */

import type { LineBatch } from '../line-batch.ts';
import type { RowColumns } from '../new-rows.ts';
import type { IntakeCode } from './intake-memory.ts';
import type { Seconds } from './seconds.ts';

/** Rows with lines of a batch. They hold until rows are given again. */
export interface GivenRows {
  /** Rows with two lines. */
  readonly pairs: RowColumns;
  /** Rows with one line, which lacks the other. */
  readonly singles: RowColumns;
  /** By line. */
  readonly rowOf: Float64Array;
  /** Lines that lie in the row of another second than their own, and these rows. */
  readonly moved: Int32Array;
  readonly movedRows: Float64Array;
}

/** Columns, by the numbers that the code has for them. */
const COLUMN = {
  ...{ start: 0, mate: 1, isServer: 2, pairRow: 3, pairClient: 4, pairServer: 5, moved: 6, movedRow: 7 },
  ...{ singleRow: 8, singleClient: 9, singleServer: 10, rowOf: 11 },
} as const;

/** `mates`: the line that each line is tied to, or NONE; both share a row. */
export function giveRows(
  { length, start, isServer }: Pick<LineBatch, 'length' | 'start' | 'isServer'>,
  mates: Int32Array,
  code: IntakeCode,
  seconds: Seconds,
): GivenRows {
  code.beginRows(length);
  const at = (column: keyof typeof COLUMN) => code.rowColumnAt(COLUMN[column]);
  const doubles = (column: keyof typeof COLUMN, size: number) =>
    new Float64Array(code.memory.buffer, at(column), size);
  const ints = (column: keyof typeof COLUMN, size: number) =>
    new Int32Array(code.memory.buffer, at(column), size);
  doubles('start', length).set(start.subarray(0, length));
  ints('mate', length).set(mates.subarray(0, length));
  new Uint8Array(code.memory.buffer, at('isServer'), length).set(isServer.subarray(0, length));
  for (let from = code.giveRows(0, length); from < length; from = code.giveRows(from, length))
    seconds.learnNextRow();
  const [pairs, singles, moved] = [code.givenPairs(), code.givenSingles(), code.movedLines()];
  return {
    pairs: {
      rows: doubles('pairRow', pairs),
      clients: ints('pairClient', pairs),
      servers: ints('pairServer', pairs),
    },
    singles: {
      rows: doubles('singleRow', singles),
      clients: ints('singleClient', singles),
      servers: ints('singleServer', singles),
    },
    rowOf: doubles('rowOf', length),
    moved: ints('moved', moved),
    movedRows: doubles('movedRow', moved),
  };
}
