/** The table `segment`, while another thread packs some that are to be added: whoever asks for one of their rows waits for that. */
import { firstWhere } from '../first-where.ts';
import type { NewSegment, SegmentTable } from './segment-table.ts';

export interface OrderedSegments extends SegmentTable {
  /**
   * Adds some later, when `take` has answered the columns of each of them, which have no texts. They count for `hasPlace` from then on. What is
   * ordered before anything else is asked has one `take`. Errors, from whatever waits: those of `take`.
   */
  order(segments: readonly NewSegment[], take: () => readonly Buffer[]): void;
  /** Waits for what was ordered: call before more is, and before a transaction ends. */
  settle(): void;
}

export function createOrderedSegments(table: SegmentTable): OrderedSegments {
  let ordered: readonly NewSegment[] = [];
  let takeColumns: () => readonly Buffer[] = () => [];

  const settle = (): void => {
    if (ordered.length === 0) return;
    const added = ordered;
    ordered = [];
    const columns = takeColumns();
    for (const [i, segment] of added.entries())
      table.add({ ...segment, columns: columns[i] as Buffer, texts: null });
  };

  const settleIn = (from: number, to: number): void => {
    if (ordered.some(({ first, last }) => first < to && last >= from)) settle();
  };

  const isOrdered = (row: number): boolean =>
    ordered.some(({ first, last, rowsLess }) => {
      if (row < first || row > last) return false;
      const less = row - first;
      const at = firstWhere(0, rowsLess.length, (place) => (rowsLess[place] as number) >= less);
      return rowsLess[at] === less;
    });

  const settleFor = (rows: readonly number[]): void => {
    if (ordered.length > 0 && rows.some(isOrdered)) settle();
  };

  return {
    order(segments, take) {
      ordered = ordered.concat(segments);
      takeColumns = take;
    },
    settle,
    hasPlace: table.hasPlace,
    add: table.add,
    find(from, to, sides) {
      settleIn(from, to);
      return table.find(from, to, sides);
    },
    eachIn: table.eachIn,
    each(from, to, visit, sides) {
      settleIn(from, to);
      table.each(from, to, visit, sides);
    },
    eachOf(rows, visit, sides) {
      settleFor(rows);
      table.eachOf(rows, visit, sides);
    },
    remove(row) {
      settleFor([row]);
      return table.remove(row);
    },
    removeFrom: table.removeFrom,
    reset() {
      ordered = [];
      table.reset();
    },
    drop: table.drop,
    firstFrom(row) {
      settle();
      return table.firstFrom(row);
    },
    lastBefore(row) {
      settle();
      return table.lastBefore(row);
    },
    lastIn(from, to) {
      settleIn(from, to);
      return table.lastIn(from, to);
    },
  };
}
