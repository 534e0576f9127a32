/**
 * Columns of a segment: see `segments/segment.ts` in `src/store/sqlite/`. Of each column the number of bytes is chosen that takes least
 * place: values that do not fit are listed behind it.
 */
import { take } from '../memory';
import { bitsOf } from '../whole';

export const SEGMENT_ROWS_MAX: i32 = 1_024;
/** Rows and columns (two bytes each). */
const HEAD_BYTES: usize = 4;
/** Of each column: bytes of a value, exceptions, and what values are less (a double). */
const COLUMN_HEAD_BYTES: usize = 11;
/** An exception: its place and its value. */
const EXCEPTION_BYTES: i32 = 10;
const COLUMNS_MAX: usize = 20;
const COLUMN_BYTES_MAX: usize = COLUMN_HEAD_BYTES + (6 + <usize>EXCEPTION_BYTES) * <usize>SEGMENT_ROWS_MAX;

/** The values of the column that is next: NaN for none. Room for all columns. */
export let values: usize = 0;
let begin: usize = 0;
/** Where the head of the next column goes, and its values. */
let headAt: usize = 0;
let at: usize = 0;

export function columnsAt(): usize {
  return begin;
}

/** Begins a segment with so many rows and columns. */
export function beginColumns(rows: i32, columns: i32): void {
  if (begin === 0) {
    values = take(8 * (<usize>SEGMENT_ROWS_MAX + 1));
    // A value may be written with bytes behind it that mean nothing.
    begin = take(HEAD_BYTES + COLUMNS_MAX * COLUMN_BYTES_MAX + 8);
  }
  store<u16>(begin, <u16>rows);
  store<u16>(begin, <u16>columns, 2);
  headAt = begin + HEAD_BYTES;
  at = headAt + COLUMN_HEAD_BYTES * <usize>columns;
}

/** Answers how many bytes the segment has. */
export function endColumns(): i32 {
  return <i32>(at - begin);
}

/** Values that a width can tell, one after the other: the lowest code is for none, the highest for an exception. */
// @ts-ignore: decorator
@inline
function reachOf(width: i32): f64 {
  return <f64>((<u64>1 << <u64>(8 * width)) - 2);
}

function widthFor(reach: f64): i32 {
  for (let width = 1; width <= 4; width++) if (reach < reachOf(width)) return width;
  return 6;
}

/** How many values do not lie in [base, base + reach), or more than `limit`. Two at once: none is neither, and stands behind an odd number. */
function countBeyond(count: i32, base: f64, reach: f64, limit: i32): i32 {
  const bases = f64x2.splat(base);
  const reaches = f64x2.splat(reach);
  const zeros = f64x2.splat(0);
  let beyond = 0;
  for (let k = 0; k < count && beyond <= limit; k += 2) {
    const less = f64x2.sub(v128.load(values + 8 * <usize>k), bases);
    beyond += popcnt(i64x2.bitmask(v128.or(f64x2.lt(less, zeros), f64x2.ge(less, reaches))));
  }
  return beyond;
}

/** One of three values that is neither the largest nor the smallest; NaN: one of them is none. */
function middle(count: i32): f64 {
  const a = load<f64>(values);
  const b = load<f64>(values + 8 * <usize>(count >> 1));
  const c = load<f64>(values + 8 * <usize>(count - 1));
  return max(min(a, b), min(max(a, b), c));
}

/** Packs the values behind the columns that are there. */
export function putColumn(count: i32, mayHaveExceptions: bool): void {
  store<f64>(values + 8 * <usize>count, NaN);
  let lows = f64x2.splat(Infinity);
  let highs = f64x2.splat(-Infinity);
  let present = 0;
  for (let k = 0; k < count; k += 2) {
    const two = v128.load(values + 8 * <usize>k);
    // None is neither less nor more.
    lows = f64x2.pmin(lows, two);
    highs = f64x2.pmax(highs, two);
    present += popcnt(i64x2.bitmask(f64x2.eq(two, two)));
  }
  const low = min(f64x2.extract_lane(lows, 0), f64x2.extract_lane(lows, 1));
  const high = max(f64x2.extract_lane(highs, 0), f64x2.extract_lane(highs, 1));
  if (present === 0 || (low === high && present === count)) {
    putHead(0, 0, present === 0 ? NaN : low);
    return;
  }
  let width = widthFor(high - low);
  let base = low;
  let least = width * count + (high - low < reachOf(width) ? 0 : EXCEPTION_BYTES * countBeyond(count, low, reachOf(width), count));
  if (mayHaveExceptions) {
    const around = middle(count);
    for (let narrow = min(4, width - 1); narrow >= 1; narrow--) {
      const reach = reachOf(narrow);
      for (let i = 0; i < 2; i++) {
        const from = i === 0 ? low : Math.floor(max(low, around - reach / 2));
        if (i === 1 && !(from > low)) continue;
        const limit = (least - narrow * count) / EXCEPTION_BYTES;
        const beyond = countBeyond(count, from, reach, limit);
        if (beyond > limit) continue;
        const bytes = narrow * count + EXCEPTION_BYTES * beyond;
        if (bytes >= least) continue;
        least = bytes;
        width = narrow;
        base = from;
      }
    }
  }
  putValues(count, width, base);
}

/** Columns in which no row has a value. */
export function putAbsent(columns: i32): void {
  for (let i = 0; i < columns; i++) putHead(0, 0, NaN);
}

function putHead(width: i32, exceptions: i32, base: f64): void {
  store<u8>(headAt, <u8>width);
  store<u16>(headAt, <u16>exceptions, 1);
  store<f64>(headAt, base, 3);
  headAt += COLUMN_HEAD_BYTES;
}

function putValues(count: i32, width: i32, base: f64): void {
  const reach = reachOf(width);
  const exception = <u64>reach + 1;
  let exceptions = 0;
  for (let k = 0; k < count; k++) {
    const value = load<f64>(values + 8 * <usize>k);
    const less = value - base;
    let code: u64 = 0;
    if (less >= 0 && less < reach) code = bitsOf(less) + 1;
    else if (value === value) {
      code = exception;
      exceptions++;
    }
    store<u64>(at, code);
    at += <usize>width;
  }
  if (exceptions > 0) {
    for (let k = 0; k < count; k++) {
      const value = load<f64>(values + 8 * <usize>k);
      const less = value - base;
      if ((less >= 0 && less < reach) || value !== value) continue;
      store<u16>(at, <u16>k);
      store<f64>(at, value, 2);
      at += <usize>EXCEPTION_BYTES;
    }
  }
  putHead(width, exceptions, base);
}
