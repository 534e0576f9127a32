/**
 * The window of the pairing: puts lines into it, as the ends of connections that they are, and settles those that take numbers alone.
 * Written in AssemblyScript (see `scanner/main.ts`); `src/store/sqlite/pairing/pairing-window.ts` is its other side, has the same
 * memory, and says what a window is.
 */
import { reach } from '../memory';
import {
  ALL,
  BUCKETS,
  CAPACITY,
  COMPLETE_AFTER,
  HEADS,
  IS_LOOSE,
  LINES_MAX,
  LOOSE_HEADS,
  PENDINGS,
  RECORDS,
  RESTS,
  SHAPE_CODES,
  STARTS,
} from './layout';

export { chain, firstLike, firstOf, following } from './chains';
export { findFates } from './fates';
export { changeLoose, listChanged, listNear } from './loose';
export { firstHalf, firstStart, halvesNoted, keysNoted, lastEnd, lastHalf, noteRows, othersNoted } from './rows';
export { place, slotInTheWay, stoppedFor } from './place';
export { listedCount, setLimits, settle, surely, tie } from './settle';
export { makeRoom, takeSlot } from './slots';

export function begin(): void {
  reach(ALL);
  memory.fill(HEADS, 0xff, 4 * <usize>BUCKETS);
  memory.fill(LOOSE_HEADS, 0xff, 4 * <usize>CAPACITY);
}

export function stateAt(): usize {
  return COMPLETE_AFTER;
}
export function linesAt(): usize {
  return STARTS;
}
export function linesMax(): usize {
  return LINES_MAX;
}
export function looseAt(): usize {
  return IS_LOOSE;
}
export function codesAt(): usize {
  return SHAPE_CODES;
}
export function recordsAt(): usize {
  return RECORDS;
}
export function restsAt(): usize {
  return RESTS;
}
export function pendingsAt(): usize {
  return PENDINGS;
}
