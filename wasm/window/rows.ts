/** What is noted of the ends of lines that lie in rows now, for the lists by which they are found again: see `address-lists.ts`. */
import { hashOfKey } from './chains';
import {
  ANCHOR,
  AS_CLIENT,
  AS_HOP,
  BY_NAME,
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
  OF_HTTP,
  PENDING,
  RECEIVED,
  REQUEST,
  ROW,
  ROWS_OF,
  SENT,
  SHAPE,
  SLOTS,
  STANDING,
  START,
  WAITING,
  codeOf,
  recordOf,
  restOf,
  slotAt,
} from './layout';

/** As in `loose-ends.ts`; ms. */
const BUCKET_MS: f64 = 256;

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
  store<i32>(rest, NONE, PENDING);
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
  const code = codeOf(shape);
  if ((flags & (AS_HOP | OF_HTTP)) === 0 && load<i32>(code) === shape) {
    noteHalf(record, load<i32>(rest, ANCHOR), row, (load<i32>(code, 4) & BY_NAME) !== 0);
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
function noteHalf(record: usize, anchor: i32, row: f64, isByName: bool): void {
  const end = load<f64>(record, END);
  const received = isByName ? NONE : wrapped(load<f64>(record, RECEIVED));
  const sent = isByName ? NONE : wrapped(load<f64>(record, SENT));
  const hash = hashOfHalf(anchor, load<i32>(record, REQUEST), received, sent, end);
  store<u32>(HALF_HASHES + 4 * <usize>halves, hash);
  store<f64>(HALF_ROWS + 8 * <usize>halves, row);
  halves++;
  halvesFirst = min(halvesFirst, end);
  halvesLast = max(halvesLast, end);
}

/** A number as JavaScript has it for its operators on bits. */
// @ts-ignore: decorator
@inline
function wrapped(value: f64): i32 {
  return <i32>(<i64>value);
}

/** As `halfKeyHash` in `loose-ends.ts`, of what is no request. */
function hashOfHalf(anchor: i32, request: i32, received: i32, sent: i32, end: f64): u32 {
  const bucket = <u32>(<i64>Math.floor(end / BUCKET_MS) % 0x7fff_ffff);
  let h = (<u32>anchor * 0x9e37_79b1) ^ <u32>request;
  h = (h ^ (h >>> 15) ^ <u32>received) * 0x85eb_ca6b;
  h = (h ^ (h >>> 13) ^ <u32>sent) * 0xc2b2_ae35;
  h = (h ^ (h >>> 16) ^ bucket) * 0x27d4_eb2f;
  return h ^ (h >>> 15);
}
