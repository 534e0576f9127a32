/** Rows of connections made in WebAssembly (`wasm/batch/`), with the same columns as `rows.ts` fills one by one. */
import type { BatchLines } from './batch-lines.ts';
import { IMAGE_PAGE_BYTES, type TableImage } from './table-image.ts';

/** Rows with lines of a batch: indexes, or NONE. */
export interface NewRows {
  readonly size: number;
  readonly rows: Float64Array;
  readonly clients: Int32Array;
  readonly servers: Int32Array;
  /** What `mark` says of each; null: none has anything beside its numbers. */
  readonly marks: Int32Array | null;
}

/** Adds rows to an image that is empty. `lines` has taken the batch over, and what lines have beside their numbers if any has. */
export function addRowsToImage(
  image: TableImage,
  lines: BatchLines,
  { size, marks, ...columns }: NewRows,
): void {
  lines.doubles('rows', size).set(columns.rows.subarray(0, size));
  lines.ints('clients', size).set(columns.clients.subarray(0, size));
  lines.ints('servers', size).set(columns.servers.subarray(0, size));
  if (marks !== null) lines.ints('marks', size).set(marks.subarray(0, size));
  const pages = lines.code.writeRows(size, marks === null ? 0 : 1);
  const at = lines.code.pagesAt();
  const last = new Float64Array(lines.code.memory.buffer, lines.code.lastRowsAt(), pages);
  image.addPages(lines.bytes.subarray(at, at + pages * IMAGE_PAGE_BYTES), last);
}
