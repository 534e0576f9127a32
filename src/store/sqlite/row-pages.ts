/** Rows of connections made in WebAssembly (`wasm/batch/`), with the same columns as `rows.ts` fills one by one. */
import type { BatchLines } from './batch-lines.ts';
import type { NewRows } from './new-rows.ts';
import { IMAGE_PAGE_BYTES, type TableImage } from './table-image.ts';

/** Adds rows to an image that is empty. `lines` has taken the batch over, and what lines have beside their numbers if any has. */
export function addRowsToImage(image: TableImage, lines: BatchLines, rows: NewRows): void {
  lines.takeRows(rows);
  const pages = lines.code.writeRows(rows.size, rows.hasRest ? 1 : 0);
  const at = lines.code.pagesAt();
  const last = new Float64Array(lines.code.memory.buffer, lines.code.lastRowsAt(), pages);
  image.addPages(lines.bytes.subarray(at, at + pages * IMAGE_PAGE_BYTES), last);
}
