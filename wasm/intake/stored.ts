/** What is in the table of rows, as far as it matters whether a line is new, and which row a new one gets. */
import { bitsOf } from '../whole';
import {
  ASKED,
  NEXT_ROWS,
  NOT_KNOWN,
  SPAN_SECONDS,
  add,
  dropTo,
  enter,
  entered,
  has,
  isWhole,
  placeOf,
  secondOf,
  setWhole,
  spanOf,
} from './spans';

export const ROWS_PER_SECOND: i32 = 262_144;
/** Of a second that is not held so many lines are looked for in the table; for more of them it is read as a whole. */
const LOOKED_FOR_MAX: u8 = 4;

/** What is known of a line: it was there; it is new, and noted; it has to be looked for in the table; its whole second has to be read. */
export const KNOWN: i32 = 0;
export const NEW: i32 = 1;
export const LOOK: i32 = 2;
export const READ: i32 = 3;

/** Every line that started later than this second is held; what started before may be in the table alone. */
let wholeAfter: i64 = 0;
/** Second whose next row has to be told by `setNextRow`. */
let asked: i64 = 0;

export function setWholeAfter(second: f64): void {
  wholeAfter = <i64>second;
}

/** Forgets the lines of all spans up to a number: they may be in the table alone from now on. */
export function dropSpans(until: f64): void {
  dropTo(<i64>until);
  wholeAfter = max(wholeAfter, (<i64>until + 1) * SPAN_SECONDS - 1);
}

/** Notes a line by its start and its hash, if what is held tells whether it is new. */
// @ts-ignore: decorator
@inline
export function noteLine(start: f64, hash: u64): i32 {
  const place = enter(start);
  const span = entered();
  if (!isWhole(span, place)) {
    if (secondOf(start) <= wholeAfter) return noteOld(span, place, hash);
    setWhole(span, place);
  }
  return add(span, place, hash) ? NEW : KNOWN;
}

export function note(start: f64, hash: f64): i32 {
  return noteLine(start, bitsOf(hash));
}

/** The same in a second whose lines are not all held. */
function noteOld(span: usize, place: i32, hash: u64): i32 {
  if (has(span, place, hash)) return KNOWN;
  const times = load<u8>(span + <usize>place, ASKED);
  if (times >= LOOKED_FOR_MAX) return READ;
  store<u8>(span + <usize>place, times + 1, ASKED);
  return LOOK;
}

/** Has a line held; false: it was. */
export function hold(start: f64, hash: f64): bool {
  const second = secondOf(start);
  return add(spanOf(second), placeOf(second), bitsOf(hash));
}

/** All lines of a second are held. */
export function holdAll(second: f64): void {
  setWhole(spanOf(<i64>second), placeOf(<i64>second));
}

/** A row that is free, in a second or, when that is full, in one after it. NOT_KNOWN: tell `setNextRow` of `askedSecond`, and ask again. */
export function nextRow(second: f64): f64 {
  for (let at = <i64>second; ; at++) {
    const next = spanOf(at) + NEXT_ROWS + 4 * <usize>placeOf(at);
    let row = load<i32>(next);
    if (row === NOT_KNOWN) {
      if (at <= wholeAfter) {
        asked = at;
        return <f64>NOT_KNOWN;
      }
      row = 0;
    }
    if (row === ROWS_PER_SECOND) continue;
    store<i32>(next, row + 1);
    return <f64>at * <f64>ROWS_PER_SECOND + <f64>row;
  }
}

export function askedSecond(): f64 {
  return <f64>asked;
}

/** `row`: within the second. */
export function setNextRow(second: f64, row: i32): void {
  const at = <i64>second;
  store<i32>(spanOf(at) + NEXT_ROWS + 4 * <usize>placeOf(at), row);
}
