/** Tells which rows of a batch go into segments, and into which. */
import type { BatchLines } from '../batch-lines.ts';
import { firstWhere } from '../first-where.ts';
import type { NewRows } from '../new-rows.ts';
import { LEVEL_SPANS, type Sides, spanLevelOf } from './levels.ts';
import type { NewSegment, SegmentTable } from './segment-table.ts';

const LARGEST_SPAN = LEVEL_SPANS[LEVEL_SPANS.length - 1] as number;
/** Fewer rows than that are not worth a segment. */
const SEGMENT_ROWS_MIN = 64;
/** Texts of a segment, about. */
const TEXT_BYTES = 65_536;
const TWO_32 = 0x1_0000_0000;

/** Of sorted rows those from a place on and before another one. */
export interface CutSegment extends NewSegment, Cut {}

/**
 * Sorts rows that hold these lines each, and cuts them. `lines` has taken the batch over. `left`: the rows that are not put into a
 * segment, but are better off in `connection`, as their places among those that came. Of a stream these are the few that began long before
 * the others: their segment would lie behind all of these, and whoever looks for one of these would have to look into it.
 */
export function cutSegments(
  lines: BatchLines,
  { rows, sides }: { readonly rows: NewRows; readonly sides: Sides },
  hasPlace: SegmentTable['hasPlace'],
): { readonly segments: readonly CutSegment[]; readonly left: readonly number[] } {
  const { code } = lines;
  const { size, textBytes } = rows;
  lines.takeRows(rows);
  code.sortRows(size);
  const sorted = sortedRows(lines, size);
  const fitting = Math.floor((TEXT_BYTES * size) / textBytes);
  const most = Math.min(code.segmentRowsMax(), Math.max(2 * SEGMENT_ROWS_MIN, fitting));
  // All of about one size.
  const wanted = Math.ceil(size / Math.ceil(size / most));
  const cuts: Cut[] = [];
  const left: number[] = [];
  for (let at = 0; at < size; at = cuts.at(-1)?.to ?? size) {
    const cut = cutSegment(sorted, at, Math.min(size, at + wanted));
    leave(at, cut.from, left, lines);
    cuts.push(cut);
  }
  const ends = cuts.map(({ from, to }) => ({ first: sorted[from] ?? 0, last: sorted[to - 1] ?? 0 }));
  const levels = ends.map(({ first, last }) => spanLevelOf(last - first));
  const usual = usualLevel(cuts, levels);
  const segments: CutSegment[] = [];
  cuts.forEach((cut, i) => {
    const { first, last } = ends[i] as (typeof ends)[number];
    const isWorth = cut.to - cut.from >= SEGMENT_ROWS_MIN && (levels[i] as number) <= usual;
    if (isWorth && hasPlace(sides, first, last))
      segments.push({ ...cut, sides, first, last, rowsLess: rowsLess(sorted, cut) });
    else leave(cut.from, cut.to, left, lines);
  });
  return { segments, left };
}

function leave(from: number, to: number, left: number[], { code }: BatchLines): void {
  for (let at = from; at < to; at++) left.push(code.sortedPlaceAt(at));
}

/** Places of sorted rows; `to` is behind the last one. */
interface Cut {
  readonly from: number;
  readonly to: number;
}

/** The level that at least half of the rows do not lie beyond. */
function usualLevel(cuts: readonly Cut[], levels: readonly number[]): number {
  const counts = LEVEL_SPANS.map(() => 0);
  let rows = 0;
  cuts.forEach(({ from, to }, i) => {
    const level = levels[i] as number;
    counts[level] = (counts[level] as number) + to - from;
    rows += to - from;
  });
  let below = 0;
  return counts.findIndex((count) => {
    below += count;
    return 2 * below >= rows;
  });
}

/** A place for the sorted rows, used again and again. */
let sortedPlace = new Float64Array(0);

function sortedRows({ code }: BatchLines, size: number): Float64Array {
  // Numbers of 64 bits; the memory is this one until something is packed.
  const halves = new Uint32Array(code.memory.buffer, code.sortedRowsAt(), 2 * size);
  if (sortedPlace.length < size) sortedPlace = new Float64Array(2 * size);
  for (let at = 0; at < size; at++)
    sortedPlace[at] = (halves[2 * at] as number) + TWO_32 * (halves[2 * at + 1] as number);
  return sortedPlace;
}

/**
 * The rows of some that belong into one segment. Few that lie far away from the others do not: who looks for anything between them would
 * have to look into it.
 */
function cutSegment(sorted: Float64Array, begin: number, end: number): Cut {
  let from = begin;
  let to = firstPlace(sorted, begin, end, (sorted[begin] as number) + LARGEST_SPAN);
  for (;;) {
    const first = sorted[from] as number;
    const last = sorted[to - 1] as number;
    const level = spanLevelOf(last - first);
    if (level === 0) return { from, to };
    const span = LEVEL_SPANS[level - 1] as number;
    const near = firstPlace(sorted, from, to, last - span + 1);
    const far = firstPlace(sorted, from, to, first + span);
    if (near - from < SEGMENT_ROWS_MIN) from = near;
    else if (to - far < SEGMENT_ROWS_MIN) to = far;
    else return { from, to };
  }
}

/** The first place in [from, to) of a row that is not smaller; `to` where there is none. */
function firstPlace(sorted: Float64Array, from: number, to: number, row: number): number {
  return firstWhere(from, to, (place) => (sorted[place] as number) >= row);
}

/** Sorted rows less the first of them. */
function rowsLess(sorted: Float64Array, { from, to }: Cut): Uint32Array {
  const first = sorted[from] as number;
  const rows = new Uint32Array(to - from);
  for (let at = from; at < to; at++) rows[at - from] = (sorted[at] as number) - first;
  return rows;
}
