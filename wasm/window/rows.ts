/** What is noted of the ends of lines that lie in rows now, for the lists by which they are found again: see `address-lists.ts`. */
import { hashOfKey } from './chains';
import { bucketOf, hashOfHalf, isByName, isPlain } from './halves';
import {
  ANCHOR,
  AS_CLIENT,
  AS_HOP,
  CLIENT,
  CLIENT_PORT,
  END,
  FLAGS,
  HALF_HASHES,
  HALF_ROWS,
  HOPS,
  KEY_HASHES,
  KEY_ROWS,
  LISTED,
  MATE,
  NONE,
  REQUEST,
  ROW,
  ROWS_OF,
  SHAPE,
  SLOTS,
  STANDING,
  START,
  WAITING,
  pendingOf,
  recordOf,
  restOf,
  slotAt,
} from './layout';

/** How many were noted of each kind; the earliest start and the latest end of those with a key; the same ends of those with half a one. */
let keys: i32 = 0;
let halves: i32 = 0;
let others: i32 = 0;
let startsFirst: f64 = Infinity;
let endsLast: f64 = -Infinity;
let halvesFirst: f64 = Infinity;
let halvesLast: f64 = -Infinity;

export function keysNoted(): i32 {
  return keys;
}
export function halvesNoted(): i32 {
  return halves;
}
export function othersNoted(): i32 {
  return others;
}
export function firstStart(): f64 {
  return startsFirst;
}
export function lastEnd(): f64 {
  return endsLast;
}
export function firstHalf(): f64 {
  return halvesFirst;
}
export function lastHalf(): f64 {
  return halvesLast;
}

/**
 * Says of the ends of `count` lines that they lie in the rows in ROWS_OF, and notes them: KEY_HASHES and KEY_ROWS, HALF_HASHES and
 * HALF_ROWS. Lists those that may be loose and have a half key of another kind: twice the line, and one more for its hop.
 */
export function noteRows(count: i32): void {
  keys = 0;
  halves = 0;
  others = 0;
  startsFirst = Infinity;
  endsLast = -Infinity;
  halvesFirst = Infinity;
  halvesLast = -Infinity;
  for (let i = 0; i < count; i++) {
    const slot = slotAt(SLOTS, i);
    const hop = slotAt(HOPS, i);
    const isAlone = slot === NONE || load<i32>(recordOf(slot), MATE) === NONE;
    if (slot !== NONE) noteEnd(2 * i, slot, isAlone);
    if (hop !== NONE) noteEnd(2 * i + 1, hop, isAlone);
  }
}

function noteEnd(at: i32, slot: i32, isAlone: bool): void {
  const record = recordOf(slot);
  const row = load<f64>(ROWS_OF + 8 * <usize>(at >> 1));
  const rest = restOf(slot);
  store<f64>(rest, row, ROW);
  store<i32>(pendingOf(slot), NONE);
  const flags = load<i32>(record, FLAGS) & ~WAITING;
  store<i32>(record, flags, FLAGS);
  if (load<i32>(record, CLIENT) !== 0) {
    startsFirst = min(startsFirst, load<f64>(record, START));
    endsLast = max(endsLast, load<f64>(record, END));
    // Both ends of a pair have one key.
    if (isAlone || (flags & (AS_CLIENT | AS_HOP)) !== 0) noteKey(record, row);
  }
  const mayBeLoose = load<i32>(rest, ANCHOR) !== 0 && (isAlone || (flags & AS_HOP) !== 0) && (flags & STANDING) === 0;
  if (!mayBeLoose) return;
  const shape = load<i32>(rest, SHAPE);
  if (isPlain(flags, shape)) {
    noteHalf(record, load<i32>(rest, ANCHOR), row, isByName(shape));
    return;
  }
  store<i32>(LISTED + 4 * <usize>others, at);
  others++;
}

// @ts-ignore: decorator
@inline
function noteKey(record: usize, row: f64): void {
  const hash = hashOfKey(load<i32>(record, CLIENT), load<i32>(record, CLIENT_PORT), load<i32>(record, REQUEST));
  store<u32>(KEY_HASHES + 4 * <usize>keys, hash);
  store<f64>(KEY_ROWS + 8 * <usize>keys, row);
  keys++;
}

// @ts-ignore: decorator
@inline
function noteHalf(record: usize, anchor: i32, row: f64, byName: bool): void {
  const end = load<f64>(record, END);
  const hash = hashOfHalf(record, anchor, byName, bucketOf(end));
  store<u32>(HALF_HASHES + 4 * <usize>halves, hash);
  store<f64>(HALF_ROWS + 8 * <usize>halves, row);
  halves++;
  halvesFirst = min(halvesFirst, end);
  halvesLast = max(halvesLast, end);
}
