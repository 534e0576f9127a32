import { type Io, print } from './io.ts';

/** Characters written at once. */
const PIECE = 65_536;

/** Prints rows piece by piece, until there are no more or it is interrupted. */
export async function printRows<T>(rows: Iterable<T>, format: (row: T) => string, io: Io): Promise<void> {
  let piece = '';
  for (const row of rows) {
    piece += format(row);
    if (piece.length < PIECE) continue;
    await print(io, piece);
    piece = '';
    if (io.interrupted.aborted) return;
  }
  await print(io, piece);
}
