/**
 * Who called: of each line the second of its start and a hash of its client, gathered over a transaction, and packed as stretches of
 * time with a Bloom filter each. Written in AssemblyScript (see `scanner/main.ts`); its other side is
 * `src/store/sqlite/clients/client-code.ts`, and `client-filter.ts` there says what is made of it.
 */
import { asked, free, reach, startAt, take } from './memory';
import { BITS, BUCKETS, bucketAt, differsAt, findPlaces, takePlace } from './radix';

const NONE: i32 = -1;
const NO_PORT: i32 = -1;
const SECOND_MS: f64 = 1_000;

/** Lines of a stretch, at most: its filter is full then. */
const STRETCH_LINES_MAX: i32 = 2_730;
/** A stretch of so many lines or more is no longer than so many seconds, and none is longer than an hour. */
const STRETCH_LINES_MIN: i32 = 32;
const STRETCH_SECONDS: u32 = 64;
const STRETCH_SECONDS_MAX: u32 = 3_600;
const BITS_PER_LINE: i32 = 12;
const PROBES: i32 = 5;
const HEAD_BYTES: usize = 12;

const COUNTS: usize = 1_024;
/** Hosts by shape: id of the shape and of the host. Each shape has one place: the last of those that share it is known. */
const HOSTS: usize = COUNTS + 4 * <usize>BUCKETS;
const HOST_PLACES: i32 = 262_144;
const FREE: usize = HOSTS + 8 * <usize>HOST_PLACES;

startAt(FREE);

/** Columns of lines. */
let capacity: i32 = 0;
let starts: usize = 0;
let shapes: usize = 0;
let ports: usize = 0;
let mates: usize = 0;
let servers: usize = 0;
/** What was gathered: hash (low) and second (high) of each. */
let keys: usize = 0;
let sorted: usize = 0;
let keyCapacity: i32 = 0;
let size: i32 = 0;

/** Makes room for the columns of so many lines: `columnAt` tells where each begins. */
export function reserve(count: i32): void {
  if (count <= capacity) return;
  capacity = max(1_024, 1 << (32 - clz(count - 1)));
  starts = take(8 * <usize>capacity);
  shapes = take(4 * <usize>capacity);
  ports = take(4 * <usize>capacity);
  mates = take(4 * <usize>capacity);
  servers = take(<usize>capacity);
}

/** Of lines: start, shape, port of the client, the line it is tied to, whether it is a server's. */
export function columnAt(column: i32): usize {
  switch (column) {
    case 0:
      return starts;
    case 1:
      return shapes;
    case 2:
      return ports;
    case 3:
      return mates;
    default:
      return servers;
  }
}

/** Makes room for so many keys more, and answers where they begin; `put` tells how many came. */
export function keysAt(more: i32): usize {
  if (size + more > keyCapacity) {
    keyCapacity = max(4_096, 1 << (32 - clz(size + more - 1)));
    const wider = take(8 * <usize>keyCapacity);
    memory.copy(wider, keys, 8 * <usize>size);
    keys = wider;
    sorted = take(8 * <usize>keyCapacity);
  }
  return keys + 8 * <usize>size;
}

export function put(count: i32): void {
  size += count;
}

export function gathered(): i32 {
  return size;
}

export function clear(): void {
  size = 0;
}

export function forgetHosts(): void {
  memory.fill(HOSTS, 0, 8 * <usize>HOST_PLACES);
}

/** `host`: id of the address of the clients of a shape; 0: they have none. */
export function putHost(shape: i32, host: i32): void {
  const at = hostsOf(shape);
  store<i32>(at, shape);
  store<i32>(at, host, 4);
}

/** Lines whose hosts are asked for together. */
const ASKED_TOGETHER: i32 = 64;

function askForHosts(from: i32, to: i32): void {
  let sum = 0;
  for (let i = from; i < to; i++) sum ^= load<i32>(hostsOf(load<i32>(shapes + 4 * <usize>i)));
  asked(sum);
}

// @ts-ignore: decorator
@inline
function hostsOf(shape: i32): usize {
  return HOSTS + 8 * <usize>(shape & (HOST_PLACES - 1));
}

/** Gathers the lines from one on, of so many. Answers the first one whose shape has to be told by `putHost`; then goes on there. */
export function gather(from: i32, count: i32): i32 {
  keysAt(2 * (count - from));
  for (let i = from; i < count; i++) {
    if (i === from || (i & (ASKED_TOGETHER - 1)) === 0) askForHosts(i, min(count, (i | (ASKED_TOGETHER - 1)) + 1));
    const port = load<i32>(ports + 4 * <usize>i);
    if (port === NO_PORT) continue;
    const shape = load<i32>(shapes + 4 * <usize>i);
    const known = hostsOf(shape);
    if (load<i32>(known) !== shape) return i;
    const host = load<i32>(known, 4);
    if (host === 0) continue;
    const hash = hashOf(host, port);
    const second = secondOf(i);
    add(second, hash);
    if (load<u8>(servers + <usize>i) === 0) continue;
    const mate = load<i32>(mates + 4 * <usize>i);
    // Pairs are looked for where their client's line started.
    if (mate !== NONE && secondOf(mate) !== second) add(secondOf(mate), hash);
  }
  return count;
}

function secondOf(i: i32): u32 {
  return <u32>(load<f64>(starts + 8 * <usize>i) / SECOND_MS);
}

function add(second: u32, hash: u32): void {
  store<u64>(keys + 8 * <usize>size, (<u64>second << 32) | <u64>hash);
  size++;
}

function hashOf(host: i32, port: i32): u32 {
  let hash = <u32>(host * 0x9e37_79b1) ^ <u32>((port + 1) * 0x85eb_ca6b);
  hash = (hash ^ (hash >>> 15)) * 0x2c1b_3c6d;
  hash = (hash ^ (hash >>> 12)) * 0x297a_2d39;
  return hash ^ (hash >>> 15);
}

/** Packs what was gathered, behind everything else, and answers where that ends: it begins at `packedAt`. */
export function pack(): usize {
  sort();
  let at = free();
  for (let from = 0, to = 0; from < size; from = to) {
    to = endOf(from);
    at = packStretch(at, from, to);
  }
  return at;
}

export function packedAt(): usize {
  return free();
}

/** By their second, those that differ in it. */
function sort(): void {
  if (size === 0) return;
  let differing: u64 = 0;
  const first = load<u64>(keys);
  for (let i = 1; i < size; i++) differing |= load<u64>(keys + 8 * <usize>i) ^ first;
  for (let shift: u64 = 32; shift < 64; shift += BITS)
    if (differsAt(differing, shift)) sortBy(shift);
}

function sortBy(shift: u64): void {
  findPlaces(COUNTS, keys, size, shift);
  for (let i = 0; i < size; i++) {
    const key = load<u64>(keys + 8 * <usize>i);
    store<u64>(sorted + 8 * takePlace(bucketAt(COUNTS, key, shift)), key);
  }
  const held = keys;
  keys = sorted;
  sorted = held;
}

// @ts-ignore: decorator
@inline
function sortedSecond(i: i32): u32 {
  return load<u32>(keys + 8 * <usize>i, 4);
}

/** Place behind the last line of the stretch that begins with one. */
function endOf(from: i32): i32 {
  const first = sortedSecond(from);
  const most = min(size, from + STRETCH_LINES_MAX);
  let to = from + 1;
  for (; to < most; to++) {
    const length = sortedSecond(to) - first;
    if (length > STRETCH_SECONDS && (to - from >= STRETCH_LINES_MIN || length > STRETCH_SECONDS_MAX)) break;
  }
  return to;
}

/** First and last second, number of words of the filter, and these. */
function packStretch(at: usize, from: i32, to: i32): usize {
  // A power of two, so that bits are found without a division.
  let words = 1;
  while (32 * words < BITS_PER_LINE * (to - from)) words <<= 1;
  const bits = at + HEAD_BYTES;
  const end = bits + 4 * <usize>words;
  reach(end);
  store<u32>(at, sortedSecond(from));
  store<u32>(at, sortedSecond(to - 1), 4);
  store<i32>(at, words, 8);
  memory.fill(bits, 0, 4 * <usize>words);
  const mask = <u32>(32 * words - 1);
  for (let i = from; i < to; i++) {
    const hash = load<u32>(keys + 8 * <usize>i);
    const step = (hash >>> 16) | 1;
    let bit = hash;
    for (let probe = 0; probe < PROBES; probe++, bit += step) {
      const word = bits + 4 * <usize>((bit & mask) >>> 5);
      store<u32>(word, load<u32>(word) | (<u32>1 << (bit & 31)));
    }
  }
  return end;
}
