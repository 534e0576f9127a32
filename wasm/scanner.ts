/**
 * The express lane's inner loop: reads lines that are made of known stretches straight from their bytes, many at a call. Written in
 * AssemblyScript, which looks like TypeScript and is compiled to WebAssembly (`npm run wasm`); `src/parse/scanner.ts` is its other
 * side, and says what each of these functions is for.
 *
 * Memory, from 0 on: what this file names, then tables that grow by being copied behind all that is there.
 */

const NEWLINE: u32 = 0x0a;
const CARRIAGE_RETURN: u32 = 0x0d;
const SPACE: u32 = 0x20;
const QUOTE: u32 = 0x22;
const DASH: u32 = 0x2d;
const ZERO: u32 = 0x30;
const COLON: u32 = 0x3a;
const BACKSLASH: u32 = 0x5c;
const COMMA: u32 = 0x2c;
const OPENING: u32 = 0x7b;
const CLOSING: u32 = 0x7d;
const LETTER_N: u32 = 0x6e;

/** Lines with more words or bytes are not for this lane. */
const WORDS_MAX: i32 = 48;
const LINE_BYTES_MAX: i32 = 2_048;
const STRETCHES_MAX: i32 = 13;
/** Stretches of a line, and its layout. */
const KEY: i32 = STRETCHES_MAX + 1;
const LAYOUTS_MAX: i32 = 1_000;
/** Stretches or rows that may lie on the way to another one; past it, what somebody chose for its hash is not taken in. */
const PROBES_MAX: i32 = 64;
const NONE: i32 = -1;
const NOT_READ: f64 = -2;
const ABSENT: f64 = -1;
const SERVICE_TIME_MAX: f64 = 2147483647;

/** In a layout: numbers of 32 bits. */
const NEXT: usize = 0;
const CLOCK: usize = 4;
const COUNTS: usize = 8;
const UPSTREAM: usize = 12;
const DOWNSTREAM: usize = 16;
const IS_REQUEST: usize = 20;
const PATH: usize = 24;
const ID: usize = 28;
const IS_WRAPPED: usize = 32;
const STRETCHES: usize = 36;
const MET: usize = 40;
/** Of an object: how many slots it has, and they themselves. A line of text has none. */
const SLOTS: usize = 44;
const FIRST_SLOT: usize = 48;
const SLOTS_MAX: i32 = STRETCHES_MAX - 1;
/** The word it stands in, the bytes of that before it and behind it, and what it is. */
const SLOT_WORD: usize = 0;
const SLOT_HEAD: usize = 4;
const SLOT_TAIL: usize = 8;
const SLOT_KIND: usize = 12;
const LAYOUT_SLOT_BYTES: usize = 16;
const LAYOUT_BYTES: usize = FIRST_SLOT + LAYOUT_SLOT_BYTES * <usize>SLOTS_MAX;

// What a slot is. Those from START to SERVICE_TIME stand among the NUMBERS in this order.
const KIND_UPSTREAM: i32 = 4;
const KIND_DOWNSTREAM: i32 = 5;
const KIND_SERVICE_TIME: i32 = 6;
const KIND_PATH: i32 = 7;
const KIND_ID: i32 = 8;
/** Nothing stands there: two stretches meet before the word. */
const KIND_SPLIT: i32 = 9;
/** The same behind the first brace of the line. */
const KIND_BRACE: i32 = 10;

/** In `[2020-07-23T14:26:27.081Z]`, and the space behind it. */
const CLOCK_BYTES: i32 = 27;

// Places of what has a fixed size.
const BYTES_MAX: usize = 65_536;
/** Bytes around those of the lines may be looked at, and mean nothing. */
const BYTES: usize = 1_024;
const WORDS: usize = BYTES + BYTES_MAX + 1_024;
const CUTS: usize = WORDS + 4 * (<usize>WORDS_MAX + 2);
const LINE: usize = CUTS + 8 * <usize>STRETCHES_MAX + 8;
const NUMBERS: usize = (LINE + 4 * <usize>KEY + 7) & ~7;
const HEADS: usize = NUMBERS + 64;
/** The same of objects, whose words are what stands between commas. */
const OBJECT_HEADS: usize = HEADS + 4 * (<usize>WORDS_MAX + 2);
const LAYOUTS: usize = OBJECT_HEADS + 4 * (<usize>WORDS_MAX + 2);
/** Lines of one call: their columns. */
const LINES_MAX: i32 = 1_024;
const STARTS: usize = (LAYOUTS + LAYOUT_BYTES * <usize>LAYOUTS_MAX + 7) & ~7;
const DURATIONS: usize = STARTS + 8 * <usize>LINES_MAX;
const RECEIVED: usize = DURATIONS + 8 * <usize>LINES_MAX;
const SENT: usize = RECEIVED + 8 * <usize>LINES_MAX;
const TEMPLATES: usize = SENT + 8 * <usize>LINES_MAX;
const UPSTREAM_PORTS: usize = TEMPLATES + 4 * <usize>LINES_MAX;
const DOWNSTREAM_PORTS: usize = UPSTREAM_PORTS + 4 * <usize>LINES_MAX;
const SERVICE_TIMES: usize = DOWNSTREAM_PORTS + 4 * <usize>LINES_MAX;
const TEXT_ENDS: usize = SERVICE_TIMES + 4 * <usize>LINES_MAX;
/** Of each line: its stretches and layout, the hash of these, and where it begins. */
const KEYS: usize = TEXT_ENDS + 4 * <usize>LINES_MAX;
const KEY_BYTES: usize = 4 * (<usize>KEY + 2);
const KEY_HASH: usize = 4 * <usize>KEY;
const KEY_BEGIN: usize = KEY_HASH + 4;
const TEXTS: usize = KEYS + KEY_BYTES * <usize>LINES_MAX;
const FREE: usize = (TEXTS + BYTES_MAX + 63) & ~63;

// Tables: where each begins, and how many places it has, a power of two.
const FIRST_SLOTS: i32 = 4_096;
/** A slot of a stretch: number and one more (0: empty), hash, where its bytes begin, their length. */
const SLOT_BYTES: usize = 16;
/** A slot of a row: number and one more, hash. */
const ROW_SLOT_BYTES: usize = 8;
/** A row: stretches and layout, its value. */
const ROW_BYTES: usize = 4 * (<usize>KEY + 1);
const ROW_VALUE: usize = 4 * <usize>KEY;

let top: usize = FREE;
let hashMask: u32 = 0xffff_ffff;
let stretchSlots: usize = 0;
let stretchPlaces: i32 = 0;
let stretchCount: i32 = 0;
let stretchBytes: usize = 0;
let stretchCapacity: usize = 0;
let stretchLength: usize = 0;
let rowSlots: usize = 0;
let rowPlaces: i32 = 0;
let rows: usize = 0;
let rowCount: i32 = 0;
/** By stretch: number of the writer whose lines begin with it, or NONE. As many as `stretchPlaces`. */
let writers: usize = 0;
/** By writer: 1 for those that the stream has met. */
let met: usize = 0;
let metCapacity: i32 = 0;
let layoutCount: i32 = 0;
let objectLayouts: i32 = 0;
let lineEnd: i32 = 0;
let textEnd: usize = 0;

function take(bytes: usize): usize {
  const at = top;
  top = (top + bytes + 63) & ~63;
  const pages = <i32>((top + 0xffff) >>> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
  return at;
}

/** Forgets all. `mask`: of the bits of a hash that count, for tests of what happens when hashes meet. */
export function reset(mask: u32): void {
  hashMask = mask;
  memory.fill(HEADS, 0, LAYOUTS - HEADS);
  layoutCount = 0;
  objectLayouts = 0;
  top = FREE;
  stretchPlaces = FIRST_SLOTS;
  stretchSlots = take(SLOT_BYTES * <usize>stretchPlaces);
  memory.fill(stretchSlots, 0, SLOT_BYTES * <usize>stretchPlaces);
  stretchCount = 0;
  stretchCapacity = 65_536;
  stretchBytes = take(stretchCapacity);
  stretchLength = 0;
  writers = take(4 * <usize>stretchPlaces);
  memory.fill(writers, 0xff, 4 * <usize>stretchPlaces);
  metCapacity = 1_024;
  met = take(<usize>metCapacity);
  memory.fill(met, 0, <usize>metCapacity);
  rows = 0;
  resetRows();
}

/** Forgets the templates, not the stretches. */
export function resetRows(): void {
  if (rows === 0) {
    rowPlaces = FIRST_SLOTS;
    rowSlots = take(ROW_SLOT_BYTES * <usize>rowPlaces);
    rows = take((ROW_BYTES * <usize>rowPlaces) / 2);
  }
  memory.fill(rowSlots, 0, ROW_SLOT_BYTES * <usize>rowPlaces);
  rowCount = 0;
}

export function bytesAt(): usize {
  return BYTES;
}
export function bytesMax(): usize {
  return BYTES_MAX;
}
export function keyBytes(): usize {
  return KEY_BYTES;
}
export function linesMax(): i32 {
  return LINES_MAX;
}
export function columnsAt(): usize {
  return STARTS;
}
export function keysAt(): usize {
  return KEYS;
}
export function textsAt(): usize {
  return TEXTS;
}
export function textLength(): usize {
  return textEnd - TEXTS;
}
export function lineAt(): usize {
  return LINE;
}
export function cutsAt(): usize {
  return CUTS;
}
export function wordsAt(): usize {
  return WORDS;
}
export function numbersAt(): usize {
  return NUMBERS;
}
export function lastEnd(): i32 {
  return lineEnd;
}
export function stretchesKnown(): i32 {
  return stretchCount;
}
export function stretchesLength(): usize {
  return stretchLength;
}

// Hashes.

// @ts-ignore: decorator
@inline
function product(at: usize, factor: u64): u64 {
  return load<u64>(at) * factor;
}

/** Of the bytes in [from, to): sums of products, none of which waits for another. */
function hashBytes(from: usize, to: usize): u32 {
  const length = to - from;
  let hash: u64 = <u64>length * 0x9e37_79b9_7f4a_7c15;
  if (length < 8) {
    // The last bytes of what stands before it are cut off.
    if (length > 0) hash ^= (load<u64>(to - 8) >> (64 - 8 * <u64>length)) * 0xff51_afd7_ed55_8ccd;
  } else {
    let at = from;
    for (; at + 16 < to; at += 16) {
      hash = (hash ^ (hash >> 29)) * 0x9fb2_1c65_1e98_df25;
      hash += product(at, 0xc2b2_ae3d_27d4_eb4f) + (product(at + 8, 0x1656_67b1_9e37_79f9) ^ 0x85eb_ca77);
    }
    const last = to - at > 8 ? at : to - 8;
    hash = (hash ^ (hash >> 29)) * 0x9fb2_1c65_1e98_df25;
    hash += product(last, 0xc2b2_ae3d_27d4_eb4f) + (product(to - 8, 0x1656_67b1_9e37_79f9) ^ 0x85eb_ca77);
  }
  hash ^= hash >> 32;
  hash *= 0xd6e8_feb8_6659_fd93;
  return <u32>(hash >> 32) & hashMask;
}

/** True when the bytes in [from, to) are those that begin at `at`. */
// @ts-ignore: decorator
@inline
function isSame(at: usize, from: usize, length: usize): bool {
  if (length >= 16) {
    let i: usize = 0;
    for (; i + 16 < length; i += 16) {
      if (v128.any_true(v128.xor(v128.load(at + i), v128.load(from + i)))) return false;
    }
    const last = length - 16;
    return !v128.any_true(v128.xor(v128.load(at + last), v128.load(from + last)));
  }
  if (length >= 8) {
    const last = length - 8;
    return ((load<u64>(at) ^ load<u64>(from)) | (load<u64>(at + last) ^ load<u64>(from + last))) === 0;
  }
  if (length === 0) return true;
  return (load<u64>(at) ^ load<u64>(from)) << (64 - 8 * <u64>length) === 0;
}

// Stretches.

/** Number of the stretch in [from, to), or NONE. */
export function findStretch(from: usize, to: usize): i32 {
  const hash = hashBytes(from, to);
  const mask = stretchPlaces - 1;
  const length = to - from;
  let place = <i32>hash & mask;
  for (let probes = 0; probes < PROBES_MAX; probes++) {
    const slot = stretchSlots + SLOT_BYTES * <usize>place;
    const number = load<i32>(slot);
    if (number === 0) return NONE;
    const isLike = load<u32>(slot, 4) === hash && load<u32>(slot, 12) === <u32>length;
    if (isLike && isSame(<usize>load<u32>(slot, 8) + stretchBytes, from, length)) return number - 1;
    place = (place + 1) & mask;
  }
  return NONE;
}

/** Adds a stretch that is not there and answers its number; NONE: it is not taken. */
export function addStretch(from: usize, to: usize): i32 {
  if (2 * (stretchCount + 1) > stretchPlaces) widenStretches();
  const length = to - from;
  while (stretchLength + length + 8 > stretchCapacity) {
    const wider = take(2 * stretchCapacity);
    memory.copy(wider, stretchBytes, stretchLength);
    stretchBytes = wider;
    stretchCapacity *= 2;
  }
  if (!placeStretch(stretchSlots, stretchPlaces, stretchCount, hashBytes(from, to), <u32>stretchLength, <u32>length)) return NONE;
  memory.copy(stretchBytes + stretchLength, from, length);
  stretchLength += length;
  return stretchCount++;
}

function placeStretch(slots: usize, places: i32, number: i32, hash: u32, begin: u32, length: u32): bool {
  const mask = places - 1;
  let place = <i32>hash & mask;
  for (let probes = 0; probes < PROBES_MAX; probes++) {
    const slot = slots + SLOT_BYTES * <usize>place;
    if (load<i32>(slot) === 0) {
      store<i32>(slot, number + 1);
      store<u32>(slot, hash, 4);
      store<u32>(slot, begin, 8);
      store<u32>(slot, length, 12);
      return true;
    }
    place = (place + 1) & mask;
  }
  return false;
}

/** One that finds no place any more is not found any more; it is learned again under another number. */
function widenStretches(): void {
  const places = 2 * stretchPlaces;
  const slots = take(SLOT_BYTES * <usize>places);
  memory.fill(slots, 0, SLOT_BYTES * <usize>places);
  for (let i = 0; i < stretchPlaces; i++) {
    const slot = stretchSlots + SLOT_BYTES * <usize>i;
    const number = load<i32>(slot);
    if (number > 0)
      placeStretch(slots, places, number - 1, load<u32>(slot, 4), load<u32>(slot, 8), load<u32>(slot, 12));
  }
  const wider = take(4 * <usize>places);
  memory.fill(wider, 0xff, 4 * <usize>places);
  memory.copy(wider, writers, 4 * <usize>stretchCount);
  writers = wider;
  stretchSlots = slots;
  stretchPlaces = places;
}

/** Says who wrote lines that begin with a stretch. */
export function setWriter(stretch: i32, writer: i32): void {
  store<i32>(writers + 4 * <usize>stretch, writer);
}

/** Makes room for so many writers, and answers where what is met of them stands. */
export function metAt(count: i32): usize {
  while (count > metCapacity) {
    const wider = take(2 * <usize>metCapacity);
    memory.fill(wider, 0, 2 * <usize>metCapacity);
    memory.copy(wider, met, <usize>metCapacity);
    met = wider;
    metCapacity *= 2;
  }
  return met;
}

// Rows: stretches and layout of a line, with the number of its template.

function hashRow(at: usize): u32 {
  let hash: u64 = 0;
  for (let i: usize = 0; i < 4 * <usize>KEY; i += 8) {
    hash = (hash ^ (hash >> 31)) * 0x9fb2_1c65_1e98_df25 + load<u64>(at + i) * 0xc2b2_ae3d_27d4_eb4f;
  }
  hash ^= hash >> 32;
  hash *= 0xd6e8_feb8_6659_fd93;
  return <u32>(hash >> 32) & hashMask;
}

/** Value of the row at a place, or NONE. */
export function findRow(at: usize): i32 {
  return findHashed(at, hashRow(at));
}

function findHashed(at: usize, hash: u32): i32 {
  const mask = rowPlaces - 1;
  let place = <i32>hash & mask;
  for (let probes = 0; probes < PROBES_MAX; probes++) {
    const slot = rowSlots + ROW_SLOT_BYTES * <usize>place;
    const number = load<i32>(slot);
    if (number === 0) return NONE;
    if (load<u32>(slot, 4) === hash) {
      const row = rows + ROW_BYTES * <usize>(number - 1);
      if (isSame(row, at, 4 * <usize>KEY)) return load<i32>(row, ROW_VALUE);
    }
    place = (place + 1) & mask;
  }
  return NONE;
}

/** Adds a row that is not there; false: it is not taken. */
export function addRow(at: usize, value: i32): bool {
  if (2 * (rowCount + 1) > rowPlaces) widenRows();
  if (!placeRow(rowSlots, rowPlaces, rowCount, hashRow(at))) return false;
  const row = rows + ROW_BYTES * <usize>(rowCount++);
  memory.copy(row, at, 4 * <usize>KEY);
  store<i32>(row, value, ROW_VALUE);
  return true;
}

function placeRow(slots: usize, places: i32, number: i32, hash: u32): bool {
  const mask = places - 1;
  let place = <i32>hash & mask;
  for (let probes = 0; probes < PROBES_MAX; probes++) {
    const slot = slots + ROW_SLOT_BYTES * <usize>place;
    if (load<i32>(slot) === 0) {
      store<i32>(slot, number + 1);
      store<u32>(slot, hash, 4);
      return true;
    }
    place = (place + 1) & mask;
  }
  return false;
}

/** One that finds no place any more is not found any more, and is learned again. */
function widenRows(): void {
  const places = 2 * rowPlaces;
  const slots = take(ROW_SLOT_BYTES * <usize>places);
  memory.fill(slots, 0, ROW_SLOT_BYTES * <usize>places);
  for (let i = 0; i < rowPlaces; i++) {
    const slot = rowSlots + ROW_SLOT_BYTES * <usize>i;
    if (load<i32>(slot) > 0) placeRow(slots, places, load<i32>(slot) - 1, load<u32>(slot, 4));
  }
  const wider = take((ROW_BYTES * <usize>places) / 2);
  memory.copy(wider, rows, ROW_BYTES * <usize>rowCount);
  rows = wider;
  rowSlots = slots;
  rowPlaces = places;
}

// Layouts.

/** Adds a layout of lines with so many words. Those that were added first are tried first. Answers its number. */
export function addLayout(
  words: i32,
  clock: i32,
  counts: i32,
  upstream: i32,
  downstream: i32,
  path: i32,
  id: i32,
  isWrapped: bool,
  stretches: i32,
): i32 {
  if (layoutCount === LAYOUTS_MAX) return NONE;
  const layout = LAYOUTS + LAYOUT_BYTES * <usize>layoutCount;
  store<i32>(layout, 0, NEXT);
  store<i32>(layout, clock, CLOCK);
  store<i32>(layout, counts, COUNTS);
  store<i32>(layout, upstream, UPSTREAM);
  store<i32>(layout, downstream, DOWNSTREAM);
  store<i32>(layout, path >= 0 ? 1 : 0, IS_REQUEST);
  store<i32>(layout, path, PATH);
  store<i32>(layout, id, ID);
  store<i32>(layout, isWrapped ? 1 : 0, IS_WRAPPED);
  store<i32>(layout, stretches, STRETCHES);
  store<i32>(layout, 0, MET);
  store<i32>(layout, 0, SLOTS);
  append(HEADS + 4 * <usize>words, layout);
  return layoutCount++;
}

/** The same for an object of so many members, whose slots are added one by one, in their order. */
export function addObjectLayout(words: i32): i32 {
  if (layoutCount === LAYOUTS_MAX) return NONE;
  const layout = LAYOUTS + LAYOUT_BYTES * <usize>layoutCount;
  memory.fill(layout, 0, LAYOUT_BYTES);
  store<i32>(layout, 1, STRETCHES);
  append(OBJECT_HEADS + 4 * <usize>words, layout);
  objectLayouts++;
  return layoutCount++;
}

export function addSlot(number: i32, word: i32, head: i32, tail: i32, kind: i32): void {
  const layout = LAYOUTS + LAYOUT_BYTES * <usize>number;
  const slots = load<i32>(layout, SLOTS);
  const slot = layout + FIRST_SLOT + LAYOUT_SLOT_BYTES * <usize>slots;
  store<i32>(slot, word, SLOT_WORD);
  store<i32>(slot, head, SLOT_HEAD);
  store<i32>(slot, tail, SLOT_TAIL);
  store<i32>(slot, kind, SLOT_KIND);
  store<i32>(layout, slots + 1, SLOTS);
  store<i32>(layout, slots + 2, STRETCHES);
}

/** Puts a layout behind those of lines with as many words. */
function append(head: usize, layout: usize): void {
  let at = head;
  while (load<u32>(at) !== 0) at = <usize>load<u32>(at);
  store<u32>(at, <u32>layout);
}

/** Takes the layout back that was added last; its lines have so many words. */
export function dropLayout(words: i32): void {
  const layout = LAYOUTS + LAYOUT_BYTES * <usize>(--layoutCount);
  const isObject = load<i32>(layout, SLOTS) > 0;
  if (isObject) objectLayouts--;
  let at = (isObject ? OBJECT_HEADS : HEADS) + 4 * <usize>words;
  while (<usize>load<u32>(at) !== layout) at = <usize>load<u32>(at);
  store<u32>(at, 0);
}

/** Lines that were read by a layout. */
export function layoutMet(number: i32): i32 {
  return load<i32>(LAYOUTS + LAYOUT_BYTES * <usize>number, MET);
}

// One line.

/** Notes where the words of the line at `from` begin, and where it ends. Answers their number; 0: not for this lane. */
export function split(from: usize, to: usize): i32 {
  const limit = min(to, from + <usize>LINE_BYTES_MAX);
  const space = i8x16.splat(<i8>SPACE);
  store<i32>(WORDS, <i32>from);
  let count = 1;
  for (let at = from; at < limit; at += 32) {
    let marks =
      <u32>i8x16.bitmask(i8x16.le_u(v128.load(at), space)) |
      (<u32>i8x16.bitmask(i8x16.le_u(v128.load(at, 16), space)) << 16);
    while (marks !== 0) {
      const place = at + <usize>ctz(marks);
      if (place >= limit) break;
      if (load<u8>(place) !== SPACE) return endLine(place, to, count);
      if (count === WORDS_MAX) return 0;
      store<i32>(WORDS + 4 * <usize>(count++), <i32>place + 1);
      marks &= marks - 1;
    }
  }
  return limit === to ? endLine(to, to, count) : 0;
}

/** The same for an object in [from, to), whose words are what stands between its commas, wherever these are. */
export function splitMembers(from: usize, to: usize): i32 {
  if (to - from > <usize>LINE_BYTES_MAX) return 0;
  const comma = i8x16.splat(<i8>COMMA);
  store<i32>(WORDS, <i32>from);
  let count = 1;
  for (let at = from; at < to; at += 32) {
    let marks =
      <u32>i8x16.bitmask(i8x16.eq(v128.load(at), comma)) |
      (<u32>i8x16.bitmask(i8x16.eq(v128.load(at, 16), comma)) << 16);
    while (marks !== 0) {
      const place = at + <usize>ctz(marks);
      if (place >= to) break;
      if (count === WORDS_MAX) return 0;
      store<i32>(WORDS + 4 * <usize>(count++), <i32>place + 1);
      marks &= marks - 1;
    }
  }
  lineEnd = <i32>to;
  store<i32>(WORDS + 4 * <usize>count, <i32>to + 1);
  return count;
}

/** The line ends at this place, if that is the end or a newline. */
function endLine(place: usize, to: usize, count: i32): i32 {
  if (place < to && load<u8>(place) !== NEWLINE) {
    const isEnding = load<u8>(place) === CARRIAGE_RETURN && (place + 1 === to || load<u8>(place, 1) === NEWLINE);
    if (!isEnding) return 0;
  }
  lineEnd = <i32>place;
  store<i32>(WORDS + 4 * <usize>count, <i32>place + 1);
  return count;
}

// @ts-ignore: decorator
@inline
function word(number: i32): usize {
  return <usize>load<i32>(WORDS + 4 * <usize>number);
}

// @ts-ignore: decorator
@inline
function putCut(at: i32, place: usize): void {
  store<i32>(CUTS + 4 * <usize>at, <i32>place);
}

// @ts-ignore: decorator
@inline
function cutAt(at: i32): usize {
  return <usize>load<i32>(CUTS + 4 * <usize>at);
}

export function cutBy(number: i32): bool {
  return cut(LAYOUTS + LAYOUT_BYTES * <usize>number);
}

/** Notes where each stretch of the line that was split begins and ends; false: the line is not of this layout. */
function cut(layout: usize): bool {
  if (load<i32>(layout, SLOTS) > 0) return cutObject(layout);
  const clockWord = load<i32>(layout, CLOCK);
  const clock = <i32>word(clockWord + 1) - CLOCK_BYTES;
  if (clock < <i32>word(clockWord)) return false;
  const isRequest = load<i32>(layout, IS_REQUEST) !== 0;
  const isWrapped = load<i32>(layout, IS_WRAPPED) !== 0;
  const counts = load<i32>(layout, COUNTS);
  putCut(0, word(0));
  putCut(1, <usize>clock);
  putCut(2, <usize>(clock + CLOCK_BYTES - 1));
  let at = 3;
  if (isRequest) {
    const path = load<i32>(layout, PATH);
    putCut(at++, word(path));
    putCut(at++, word(path + 1) - 1);
  }
  putCut(at++, word(counts));
  if (!isRequest) putCut(at++, word(counts + 3) - 1);
  else {
    const idWord = load<i32>(layout, ID);
    const id = word(idWord);
    const idEnd = word(idWord + 1) - 1;
    const quote: usize = isWrapped ? 2 : 1;
    if (idEnd - id <= 2 * quote || load<u8>(id + quote - 1) !== QUOTE || load<u8>(idEnd - 1) !== QUOTE) return false;
    if (isWrapped && (load<u8>(id) !== BACKSLASH || load<u8>(idEnd - 2) !== BACKSLASH)) return false;
    putCut(at++, word(counts + 4) - 1);
    putCut(at++, id + quote);
    putCut(at++, idEnd - quote);
  }
  const upstreamWord = load<i32>(layout, UPSTREAM);
  const downstreamWord = load<i32>(layout, DOWNSTREAM);
  const upstream = word(upstreamWord);
  const upstreamEnd = word(upstreamWord + 1) - 1;
  const downstream = word(downstreamWord);
  const downstreamEnd = word(downstreamWord + 1) - 1;
  putCut(at, upstream);
  putCut(at + 1, upstream);
  putCut(at + 2, portBegin(upstream, upstreamEnd));
  putCut(at + 3, upstreamEnd);
  putCut(at + 4, downstream);
  putCut(at + 5, downstream);
  putCut(at + 6, portBegin(downstream, downstreamEnd));
  putCut(at + 7, downstreamEnd);
  if (!isWrapped) {
    putCut(at + 8, <usize>lineEnd);
    return true;
  }
  const end = messageEnd(downstreamEnd, <usize>lineEnd);
  putCut(at + 8, <usize>end);
  putCut(at + 9, <usize>end);
  putCut(at + 10, <usize>lineEnd);
  return end >= 0;
}

/** The same for an object that was split into members. */
function cutObject(layout: usize): bool {
  const slots = load<i32>(layout, SLOTS);
  let last = word(0);
  putCut(0, last);
  for (let i = 0; i < slots; i++) {
    const slot = layout + FIRST_SLOT + LAYOUT_SLOT_BYTES * <usize>i;
    const kind = load<i32>(slot, SLOT_KIND);
    const at = load<i32>(slot, SLOT_WORD);
    let from = word(at) + <usize>load<i32>(slot, SLOT_HEAD);
    let to = word(at + 1) - 1 - <usize>load<i32>(slot, SLOT_TAIL);
    if (kind === KIND_BRACE) {
      from = word(0);
      while (load<u8>(from) !== OPENING) if (++from >= <usize>lineEnd) return false;
      to = ++from;
    } else if (kind === KIND_SPLIT) to = from;
    if (from < last || from > to) return false;
    if (kind === KIND_UPSTREAM || kind === KIND_DOWNSTREAM) from = portBegin(from, to);
    putCut(2 * i + 1, from);
    putCut(2 * i + 2, to);
    last = to;
  }
  putCut(2 * slots + 1, <usize>lineEnd);
  return true;
}

/**
 * Where the string of a message ends: at the first quote without a backslash, or at the newline before it. Below 0: a backslash
 * stands before anything else.
 */
function messageEnd(from: usize, to: usize): i32 {
  for (let at = from; at < to; at++) {
    const byte = load<u8>(at);
    if (byte === QUOTE) return <i32>at;
    if (byte !== BACKSLASH) continue;
    if (load<u8>(at, 1) === LETTER_N && load<u8>(at, 2) === QUOTE) return <i32>at;
    if (load<u8>(++at) !== QUOTE) return -1;
  }
  return -1;
}

/** Where the digits of a port begin in the word [start, end); its end when it has none (`-`). */
function portBegin(start: usize, end: usize): usize {
  if (end - start === 1 && load<u8>(start) === DASH) return end;
  let at = end - 1;
  while (at > start && load<u8>(at) !== COLON) at--;
  return load<u8>(at) === COLON ? at + 1 : end;
}

// Numbers. Written in any but the plain way they are NOT_READ.

/** The last `length` of the eight digits that end at a place; below 0: one is none. */
// @ts-ignore: decorator
@inline
function readEight(end: usize, length: u64): i64 {
  // The first digit is in the lowest byte; those before the number are made zeros.
  const digits = (load<u64>(end - 8) ^ 0x3030_3030_3030_3030) & (u64.MAX_VALUE << (64 - 8 * length));
  if (((digits + 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080) return -1;
  const pairs = digits * 10 + (digits >> 8);
  return <i64>(
    (((pairs & 0x0000_00ff_0000_00ff) * 0x000f_4240_0000_0064 +
      ((pairs >> 16) & 0x0000_00ff_0000_00ff) * 0x0000_2710_0000_0001) >>
      32)
  );
}

/** A count without leading zeros in [from, to), of at most 15 digits: all of them are kept exactly. */
function readCount(from: usize, to: usize): f64 {
  const length = <i32>(to - from);
  if (length < 1 || length > 15 || (length > 1 && load<u8>(from) === ZERO)) return NOT_READ;
  if (length <= 8) {
    const value = readEight(to, <u64>length);
    return value < 0 ? NOT_READ : <f64>value;
  }
  const high = readEight(to - 8, <u64>(length - 8));
  const low = readEight(to, 8);
  return high < 0 || low < 0 ? NOT_READ : <f64>(high * 100_000_000 + low);
}

/** A port in [from, to); absent when there is nothing, and no colon that promises one. */
function readPort(from: usize, to: usize): f64 {
  if (from === to) return load<u8>(from - 1) === COLON ? NOT_READ : ABSENT;
  const port = readCount(from, to);
  return port <= 65_535 ? port : NOT_READ;
}

// @ts-ignore: decorator
@inline
function twoDigits(at: usize): i32 {
  const high = <u32>load<u8>(at) - ZERO;
  const low = <u32>load<u8>(at + 1) - ZERO;
  return high <= 9 && low <= 9 ? <i32>(high * 10 + low) : NONE;
}

/** The bytes of the day that was read last, and when it begins: the next line mostly has the same. */
let dayHead: u64 = 0;
let dayTail: u16 = 0;
let dayStart: f64 = NOT_READ;
const FIRST_YEAR: i32 = 2_000;
const DAY_MS: f64 = 86_400_000;
/** 2000-01-01, in ms since the epoch. */
const FIRST_DAY: f64 = 946_684_800_000;

function learnDay(at: usize): void {
  dayHead = load<u64>(at);
  dayTail = load<u16>(at, 8);
  dayStart = NOT_READ;
  const century = twoDigits(at);
  const years = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  // 2000 to 2099, which start times have to be in.
  if (load<u8>(at, 4) !== DASH || load<u8>(at, 7) !== DASH || century !== 20 || years < 0) return;
  if (month < 1 || month > 12 || day < 1) return;
  const isLeap = (years & 3) === 0;
  let days = 365 * years + ((years + 3) >> 2);
  for (let m = 1; m < month; m++) days += daysOf(m, isLeap);
  if (day > daysOf(month, isLeap)) return;
  dayStart = FIRST_DAY + DAY_MS * <f64>(days + day - 1);
}

function daysOf(month: i32, isLeap: bool): i32 {
  if (month === 2) return isLeap ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);
}

/** Reads `2020-07-23T14:26:27.081Z` in brackets; `at` is behind the first of them. */
// @ts-ignore: decorator
@inline
function readClock(at: usize): f64 {
  return load<u8>(at - 1) === 0x5b && load<u8>(at, 24) === 0x5d ? readTime(at) : NOT_READ;
}

/** Reads the same without brackets. */
function readTime(at: usize): f64 {
  if (load<u64>(at) !== dayHead || load<u16>(at, 8) !== dayTail) learnDay(at);
  const hour = twoDigits(at + 11);
  const minute = twoDigits(at + 14);
  const second = twoDigits(at + 17);
  const tenths = twoDigits(at + 20);
  const last = <u32>load<u8>(at, 22) - ZERO;
  const isPlain =
    dayStart !== NOT_READ &&
    load<u8>(at, 10) === 0x54 &&
    load<u8>(at, 13) === COLON &&
    load<u8>(at, 16) === COLON &&
    load<u8>(at, 19) === 0x2e &&
    load<u8>(at, 23) === 0x5a &&
    <u32>hour < 24 &&
    <u32>minute < 60 &&
    <u32>second < 60 &&
    tenths >= 0 &&
    last <= 9;
  if (!isPlain) return NOT_READ;
  return dayStart + <f64>(((hour * 60 + minute) * 60 + second) * 1_000 + tenths * 10 + <i32>last);
}

export function numbersBy(number: i32): bool {
  return readNumbers(LAYOUTS + LAYOUT_BYTES * <usize>number);
}

/** Reads the numbers of the line that was cut into NUMBERS; false where one is written in no plain way. */
function readNumbers(layout: usize): bool {
  if (load<i32>(layout, SLOTS) > 0) return readSlots(layout);
  const counts = load<i32>(layout, COUNTS);
  const isRequest = load<i32>(layout, IS_REQUEST) !== 0;
  const first = word(counts);
  const second = word(counts + 1);
  const third = word(counts + 2);
  const fourth = word(counts + 3);
  // The cuts of a request have two more stretches before the ports.
  const ports = isRequest ? 11 : 7;
  const time = readClock(cutAt(1) + 1);
  const received = readCount(first, second - 1);
  const sent = readCount(second, third - 1);
  const duration = readCount(third, fourth - 1);
  const upstream = readPort(cutAt(ports), cutAt(ports + 1));
  const downstream = readPort(cutAt(ports + 4), cutAt(ports + 5));
  const service = isRequest ? readServiceTime(fourth, word(counts + 4) - 1) : ABSENT;
  store<f64>(NUMBERS, time);
  store<f64>(NUMBERS, received, 8);
  store<f64>(NUMBERS, sent, 16);
  store<f64>(NUMBERS, duration, 24);
  store<f64>(NUMBERS, upstream, 32);
  store<f64>(NUMBERS, downstream, 40);
  store<f64>(NUMBERS, service, 48);
  return (
    time !== NOT_READ &&
    received !== NOT_READ &&
    sent !== NOT_READ &&
    duration !== NOT_READ &&
    upstream !== NOT_READ &&
    downstream !== NOT_READ &&
    service !== NOT_READ
  );
}

const TIME_BYTES: usize = 24;

/** The same for an object. What it has no slot for is absent. */
function readSlots(layout: usize): bool {
  const slots = load<i32>(layout, SLOTS);
  for (let i: usize = 0; i < 7; i++) store<f64>(NUMBERS + 8 * i, ABSENT);
  for (let i = 0; i < slots; i++) {
    const kind = load<i32>(layout + FIRST_SLOT + LAYOUT_SLOT_BYTES * <usize>i, SLOT_KIND);
    if (kind > KIND_SERVICE_TIME) continue;
    const from = cutAt(2 * i + 1);
    const to = cutAt(2 * i + 2);
    let value = NOT_READ;
    if (kind === 0) {
      if (to - from === TIME_BYTES) value = readTime(from);
    } else if (kind === KIND_UPSTREAM || kind === KIND_DOWNSTREAM) value = readPort(from, to);
    else value = readCount(from, to);
    if (value === NOT_READ || (kind === KIND_SERVICE_TIME && value > SERVICE_TIME_MAX)) return false;
    store<f64>(NUMBERS + 8 * <usize>kind, value);
  }
  return true;
}

function readServiceTime(from: usize, to: usize): f64 {
  if (to - from === 1 && load<u8>(from) === DASH) return ABSENT;
  const time = readCount(from, to);
  return time <= SERVICE_TIME_MAX ? time : NOT_READ;
}

/** Takes the path and the id of a request; false where one has a byte that could mean something. */
function takeTexts(layout: usize): bool {
  const quote: usize = load<i32>(layout, IS_WRAPPED) !== 0 ? 2 : 1;
  const path = load<i32>(layout, PATH);
  const id = load<i32>(layout, ID);
  const middle = takeText(word(path), word(path + 1) - 1, textEnd);
  if (middle === 0) return false;
  store<u8>(middle, <u8>NEWLINE);
  const end = takeText(word(id) + quote, word(id + 1) - 1 - quote, middle + 1);
  if (end === 0) return false;
  textEnd = end;
  return true;
}

/** The same of an object that has them. A dash would be a value, not the want of one. */
function takeSlotTexts(layout: usize): bool {
  const path = cutOf(layout, KIND_PATH);
  const id = cutOf(layout, KIND_ID);
  if (path === 0 && id === 0) return true;
  const middle = path === 0 ? textEnd : takeText(cutAt(path), cutAt(path + 1), textEnd);
  if (middle === 0 || (path !== 0 && middle === textEnd)) return false;
  store<u8>(middle, <u8>NEWLINE);
  const end = id === 0 ? middle + 1 : takeText(cutAt(id), cutAt(id + 1), middle + 1);
  if (end === 0 || (id !== 0 && end === middle + 1)) return false;
  textEnd = end;
  return true;
}

/** The cut at which a slot of a kind begins; 0: the layout has none. */
function cutOf(layout: usize, kind: i32): i32 {
  const slots = load<i32>(layout, SLOTS);
  for (let i = 0; i < slots; i++) {
    if (load<i32>(layout + FIRST_SLOT + LAYOUT_SLOT_BYTES * <usize>i, SLOT_KIND) === kind) return 2 * i + 1;
  }
  return 0;
}

/** Copies a text to a place, and answers where it ends there; nothing for `-`. 0: it is empty, or could mean something. */
function takeText(from: usize, to: usize, into: usize): usize {
  if (to <= from) return 0;
  if (to - from === 1 && load<u8>(from) === DASH) return into;
  let end = into;
  for (let at = from; at < to; at++) {
    const byte = load<u8>(at);
    if (byte === QUOTE || byte === BACKSLASH || byte > 0x7e) return 0;
    store<u8>(end++, <u8>byte);
  }
  return end;
}

// Many lines.

/** Where the first line begins that `scan` did not take. */
let scanEnd: usize = 0;
export function scanned(): usize {
  return scanEnd;
}

/**
 * Reads lines in [from, to), each with its newline behind it or `to`, while all of their stretches are known. Answers how many, up to
 * `capacity`. The template of a line whose stretches were not met together is NONE.
 */
export function scan(from: usize, to: usize, capacity: i32): i32 {
  let lines = 0;
  textEnd = TEXTS;
  scanEnd = from;
  while (scanEnd < to && lines < capacity) {
    const count = split(scanEnd, to);
    if (count === 0) break;
    if (!takeLine(<usize>load<u32>(HEADS + 4 * <usize>count), lines) && !takeObject(lines)) break;
    store<i32>(KEYS + KEY_BYTES * <usize>lines, <i32>scanEnd, KEY_BEGIN);
    lines++;
    scanEnd = <usize>lineEnd;
    if (scanEnd < to && load<u8>(scanEnd) === CARRIAGE_RETURN) scanEnd++;
    if (scanEnd < to) scanEnd++;
  }
  // In a loop of its own: a processor that waits for one row asks for the next.
  for (let i = 0; i < lines; i++) {
    const key = KEYS + KEY_BYTES * <usize>i;
    store<i32>(TEMPLATES + 4 * <usize>i, findHashed(key, load<u32>(key, KEY_HASH)));
  }
  return lines;
}

/** Takes the line that was split as one that ends with an object. */
function takeObject(index: i32): bool {
  if (objectLayouts === 0 || load<u8>(<usize>lineEnd - 1) !== CLOSING) return false;
  const count = splitMembers(scanEnd, <usize>lineEnd);
  return count > 0 && takeLine(<usize>load<u32>(OBJECT_HEADS + 4 * <usize>count), index);
}

/** Takes the line that was split, by the first layout that fits. */
function takeLine(first: usize, index: i32): bool {
  for (let layout = first; layout !== 0; layout = <usize>load<u32>(layout)) {
    const key = KEYS + KEY_BYTES * <usize>index;
    if (!cut(layout) || !findStretches(layout, key)) continue;
    const writer = writerOf(layout, key);
    if (writer < 0 || writer >= metCapacity || load<u8>(met + <usize>writer) !== 1) return false;
    if (!readNumbers(layout)) continue;
    if (load<i32>(layout, SLOTS) > 0) {
      if (!takeSlotTexts(layout)) continue;
    } else if (load<i32>(layout, IS_REQUEST) !== 0 && !takeTexts(layout)) continue;
    store<u32>(key, hashRow(key), KEY_HASH);
    const wide = <usize>(8 * index);
    const narrow = <usize>(4 * index);
    store<f64>(STARTS + wide, load<f64>(NUMBERS));
    store<f64>(RECEIVED + wide, load<f64>(NUMBERS, 8));
    store<f64>(SENT + wide, load<f64>(NUMBERS, 16));
    store<f64>(DURATIONS + wide, load<f64>(NUMBERS, 24));
    store<i32>(UPSTREAM_PORTS + narrow, <i32>load<f64>(NUMBERS, 32));
    store<i32>(DOWNSTREAM_PORTS + narrow, <i32>load<f64>(NUMBERS, 40));
    store<i32>(SERVICE_TIMES + narrow, <i32>load<f64>(NUMBERS, 48));
    store<i32>(TEXT_ENDS + narrow, <i32>(textEnd - TEXTS));
    store<i32>(layout, load<i32>(layout, MET) + 1, MET);
    return true;
  }
  return false;
}

/** Looks up the stretches of the line that was cut; false: one is not known. */
function findStretches(layout: usize, key: usize): bool {
  const count = load<i32>(layout, STRETCHES);
  let i = 0;
  for (; i < count; i++) {
    const number = findStretch(cutAt(2 * i), cutAt(2 * i + 1));
    if (number === NONE) return false;
    store<i32>(key + 4 * <usize>i, number);
  }
  for (; i < STRETCHES_MAX; i++) store<i32>(key + 4 * <usize>i, NONE);
  store<i32>(key, <i32>((layout - LAYOUTS) / LAYOUT_BYTES), 4 * <usize>STRETCHES_MAX);
  return true;
}

/** In the place of a layout: the row says who writes lines that begin and end so. */
const WRITER_ROW: i32 = -2;

function writerOf(layout: usize, key: usize): i32 {
  if (load<i32>(layout, IS_WRAPPED) === 0) return load<i32>(writers + 4 * <usize>load<i32>(key));
  const last = load<i32>(key + 4 * <usize>(load<i32>(layout, STRETCHES) - 1));
  memory.fill(LINE, 0xff, 4 * <usize>KEY);
  store<i32>(LINE, load<i32>(key));
  store<i32>(LINE, last, 4);
  store<i32>(LINE, WRITER_ROW, 4 * <usize>STRETCHES_MAX);
  return findRow(LINE);
}
