/**
 * Lists of pairs of a hash and a row, as they are stored: sorted and encoded, read back, and with a filter of their hashes. Written in
 * AssemblyScript (see `scanner/main.ts`); its other side is `src/store/sqlite/pairing/list-maker.ts`, and `address-lists.ts` there says
 * what the lists are for. Shape of a list: base of its rows (a double); its hashes; its rows less the base, in 32 bits each where all are
 * that near, else as doubles.
 */
import { startAt, take } from './memory';
import { BITS, BUCKETS, bucketAt, differsAt, findPlaces, takePlace } from './radix';

const HASH_BITS: u64 = 32;
const HEAD_BYTES: usize = 8;
const TWO_32: f64 = 4_294_967_296;

const COUNTS: usize = 1_024;
startAt(COUNTS + 4 * <usize>BUCKETS);

let capacity: i32 = 0;
let hashes: usize = 0;
let rows: usize = 0;
/** Hash (high) and place of each, sorted step by step. */
let keys: usize = 0;
let sorted: usize = 0;
let list: usize = 0;
let bits: usize = 0;
let bitCapacity: usize = 0;

/** Makes room for so many pairs: what was there is lost. */
export function reserve(count: i32): void {
  if (count <= capacity) return;
  capacity = max(4_096, 1 << (32 - clz(count - 1)));
  hashes = take(4 * <usize>capacity);
  rows = take(8 * <usize>capacity);
  keys = take(8 * <usize>capacity);
  sorted = take(8 * <usize>capacity);
  list = take(HEAD_BYTES + 12 * <usize>capacity);
}

export function hashesAt(): usize {
  return hashes;
}
export function rowsAt(): usize {
  return rows;
}
export function listAt(): usize {
  return list;
}
export function bitsAt(): usize {
  return bits;
}

/** Makes a list of the first `count` pairs: equal hashes stay in their order. Answers its bytes. */
export function encode(count: i32): usize {
  sort(count);
  let base: f64 = Infinity;
  let last: f64 = 0;
  for (let i = 0; i < count; i++) {
    const row = load<f64>(rows + 8 * <usize>i);
    base = min(base, row);
    last = max(last, row);
  }
  store<f64>(list, base);
  const isNear = last - base < TWO_32;
  const hashesTo = list + HEAD_BYTES;
  const rowsTo = hashesTo + 4 * <usize>count;
  for (let i = 0; i < count; i++) {
    const key = load<u64>(keys + 8 * <usize>i);
    store<u32>(hashesTo + 4 * <usize>i, <u32>(key >> HASH_BITS));
    const row = load<f64>(rows + 8 * <usize>(<u32>key)) - base;
    if (isNear) store<u32>(rowsTo + 4 * <usize>i, <u32>row);
    else store<f64>(rowsTo + 8 * <usize>i, row);
  }
  return rowsTo + (isNear ? 4 : 8) * <usize>count - list;
}

function sort(count: i32): void {
  let differing: u64 = 0;
  const first = <u64>load<u32>(hashes) << HASH_BITS;
  for (let i = 0; i < count; i++) {
    const key = (<u64>load<u32>(hashes + 4 * <usize>i) << HASH_BITS) | <u64>i;
    differing |= key ^ first;
    store<u64>(keys + 8 * <usize>i, key);
  }
  for (let shift = HASH_BITS; shift < 64; shift += BITS) {
    if (differsAt(differing, shift)) sortBy(shift, count);
  }
}

function sortBy(shift: u64, count: i32): void {
  findPlaces(COUNTS, keys, count, shift);
  for (let i = 0; i < count; i++) {
    const key = load<u64>(keys + 8 * <usize>i);
    store<u64>(sorted + 8 * takePlace(bucketAt(COUNTS, key, shift)), key);
  }
  const other = keys;
  keys = sorted;
  sorted = other;
}

/** Reads the list of `count` pairs at `list`, whose bytes are so many, and puts them behind the first `from` pairs. */
export function decode(count: i32, bytes: usize, from: i32): void {
  const hashesFrom = list + HEAD_BYTES;
  const rowsFrom = hashesFrom + 4 * <usize>count;
  const base = load<f64>(list);
  const isNear = bytes === rowsFrom + 4 * <usize>count - list;
  memory.copy(hashes + 4 * <usize>from, hashesFrom, 4 * <usize>count);
  for (let i = 0; i < count; i++) {
    const row = isNear ? <f64>load<u32>(rowsFrom + 4 * <usize>i) : load<f64>(rowsFrom + 8 * <usize>i);
    store<f64>(rows + 8 * <usize>(from + i), base + row);
  }
}

/** Makes the filter of the first `count` hashes with so many bits, a power of two: see `hash-filter.ts`. */
export function filter(count: i32, size: i32): void {
  const bytes = <usize>(size >>> 3);
  if (bytes > bitCapacity) {
    bits = take(bytes);
    bitCapacity = bytes;
  }
  memory.fill(bits, 0, bytes);
  const mask = <u32>(size - 1);
  for (let i = 0; i < count; i++) {
    const hash = load<u32>(hashes + 4 * <usize>i);
    const step = ((hash * 0x9e37_79b1) >>> 8) | 1;
    setBit(hash & mask);
    setBit((hash + step) & mask);
    setBit((hash + 2 * step) & mask);
  }
}

// @ts-ignore: decorator
@inline
function setBit(place: u32): void {
  const word = bits + 4 * <usize>(place >>> 5);
  store<u32>(word, load<u32>(word) | (1 << (place & 31)));
}
