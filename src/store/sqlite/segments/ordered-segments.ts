/** The table `segment`, while another thread packs some that are to be added: whoever asks for one of their rows waits for that. */
import { firstWhere } from '../first-where.ts';
import type { NewSegment, SegmentTable } from './segment-table.ts';

export interface OrderedSegments extends SegmentTable {
  /**
   * Adds some later, when `take` has answered the columns of each of them; they have no texts. Who waits for some that were ordered waits for
   * those that were before, and for no more. Errors, from whatever waits: those of `take`.
   */
  order(segments: readonly NewSegment[], take: () => readonly Buffer[]): void;
  /** Waits for all that was ordered: call before there is more of the same rows, and before a transaction ends. */
  settle(): void;
}

interface Order {
  readonly segments: readonly NewSegment[];
  readonly take: () => readonly Buffer[];
}

export function createOrderedSegments(table: SegmentTable): OrderedSegments {
  /** In the order in which they are answered. */
  let orders: Order[] = [];

  const settleFirst = (count: number): void => {
    for (const { segments, take } of orders.splice(0, count)) {
      const columns = take();
      for (const [i, segment] of segments.entries())
        table.add({ ...segment, columns: columns[i] as Buffer, texts: null });
    }
  };

  const settle = (): void => settleFirst(orders.length);

  const settleThose = (isAsked: (segment: NewSegment) => boolean): void =>
    settleFirst(1 + orders.findLastIndex(({ segments }) => segments.some(isAsked)));

  const settleIn = (from: number, to: number): void =>
    settleThose(({ first, last }) => first < to && last >= from);

  const settleFor = (rows: readonly number[]): void => {
    if (orders.length > 0) settleThose((segment) => rows.some((row) => isIn(segment, row)));
  };

  return {
    order(segments, take) {
      orders.push({ segments, take });
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
      orders = [];
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

function isIn({ first, last, rowsLess }: NewSegment, row: number): boolean {
  if (row < first || row > last) return false;
  const less = row - first;
  const at = firstWhere(0, rowsLess.length, (place) => (rowsLess[place] as number) >= less);
  return rowsLess[at] === less;
}
