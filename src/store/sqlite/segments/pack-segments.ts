/** Packs segments of the rows of a batch, in WebAssembly (`wasm/batch/`): here, or in a thread that has its lines as well. */
import type { BatchLines } from '../batch-lines.ts';
import type { NewRows, RowColumns } from '../new-rows.ts';
import { type CutSegment, cutSegments } from './cut-segments.ts';
import type { Sides } from './levels.ts';
import type { OrderedSegments } from './ordered-segments.ts';
import type { PackedSegment, SegmentTable } from './segment-table.ts';

/** Rows without anything beside their numbers, and where they were cut: of each segment from and to, as places of the sorted rows. */
export interface RowsToPack extends RowColumns {
  readonly cuts: Int32Array;
}

const NO_MARKS = new Int32Array(0);

/** Packs segments in a thread beside this one. */
export interface SegmentPacker {
  /**
   * Has rows of the next batch packed, once its lines are there. Answers what waits for the columns of their segments: to be called in the
   * order of what was ordered. Errors of that: `interrupted` when the thread failed.
   */
  order(rows: RowsToPack): () => readonly Buffer[];
}

/** Cuts and packs rows as `cutSegments` does, and adds what comes of it to the table. Answers the rows that are left. */
export function packSegments(
  lines: BatchLines,
  rows: { readonly rows: NewRows; readonly sides: Sides },
  { hasPlace, add }: Pick<SegmentTable, 'hasPlace' | 'add'>,
): readonly number[] {
  const { segments, left } = cutSegments(lines, rows, hasPlace);
  for (const segment of segments) add({ ...segment, ...packCut(lines, segment, rows.rows.hasRest) });
  return left;
}

/** Has a packer do what `packSegments` does; the table waits for it when it has to. No row has anything beside its numbers. */
export function orderSegments(
  lines: BatchLines,
  { rows, sides }: { readonly rows: NewRows; readonly sides: Sides },
  { hasPlace, order }: Pick<OrderedSegments, 'hasPlace' | 'order'>,
  packer: SegmentPacker,
): readonly number[] {
  const { segments, left } = cutSegments(lines, { rows, sides }, hasPlace);
  if (segments.length > 0) {
    const { size } = rows;
    const take = packer.order({
      rows: rows.rows.slice(0, size),
      clients: rows.clients.slice(0, size),
      servers: rows.servers.slice(0, size),
      cuts: Int32Array.from(segments.flatMap(({ from, to }) => [from, to])),
    });
    order(segments, take);
  }
  return left;
}

/** Packs rows in another thread, whose lines were taken over there. The bytes of a segment hold until the next one is packed. */
export function packRows(
  lines: BatchLines,
  { rows, clients, servers, cuts }: RowsToPack,
  packed: (columns: Buffer) => void,
): void {
  const size = rows.length;
  lines.takeRows({ size, rows, clients, servers, hasRest: false, marks: NO_MARKS });
  lines.code.sortRows(size);
  for (let i = 0; i < cuts.length; i += 2)
    packed(packCut(lines, { from: cuts[i] as number, to: cuts[i + 1] as number }, false).columns);
}

function packCut(
  lines: BatchLines,
  { from, to }: Pick<CutSegment, 'from' | 'to'>,
  hasRest: boolean,
): Pick<PackedSegment, 'columns' | 'texts'> {
  const { code } = lines;
  const size = code.packSegment(from, to - from, hasRest ? 1 : 0);
  const [at, textsAt, textBytes] = [code.segmentAt(), code.segmentTextsAt(), code.segmentTextBytes()];
  const { bytes } = lines;
  return {
    columns: bytes.subarray(at, at + size),
    texts: textBytes === 0 ? null : bytes.subarray(textsAt, textsAt + textBytes),
  };
}
