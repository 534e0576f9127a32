/**
 * What lines of requests have beside shape and numbers, as JSON: what `encodeExtra` and `extraContent` of `extra.ts` make of strings. Of
 * each template it is told once what its lines share.
 */
import { take } from '../memory';
import { TEXT_ENDS } from './layout';

/** As in `extra.ts` and `line-hash.ts`. */
const REQUEST_SEED_A: i32 = 1;
const REQUEST_SEED_B: i32 = 2;
const P1: i32 = 0x9e37_79b1;
const P2: i32 = 0x5f35_6495;

const ABSENT: i32 = -1;
const QUOTE: u8 = 0x22;
const COMMA: u8 = 0x2c;
const ZERO: u8 = 0x30;
const OPENING: u8 = 0x5b;
/** `null`, as the bytes of a number. */
const NULL: u32 = 0x6c6c_756e;

/** Bytes beside the texts and what is shared: a number, quotes and commas. */
const NUMBERS_BYTES: i32 = 80;
/** What is copied in pieces of 16 bytes may go beyond its end. */
const BEYOND: i32 = 16;

// Of what the lines of a template share: bytes of each part; 1 where there is nothing of it all. Behind it the parts: who it was forwarded
// for; agent, authority and the end of the array, as the hash has them; the same with numbers in place of texts, as they are kept.
const FORWARDED: usize = 0;
const SAID: usize = 4;
const KEPT: usize = 8;
const IS_EMPTY: usize = 12;
const PARTS: usize = 16;
/** In place of a template's parts: not known; not to be put together here. */
const NOT_KNOWN: i32 = 0;
const UNFIT: i32 = -1;

/** By template: where its parts are, less `parts`. */
let partsOf: usize = 0;
let templates: i32 = 0;
let parts: usize = 0;
let partsEnd: i32 = 0;
let partsCapacity: i32 = 0;
/** The texts in hand, and where they begin for TEXT_ENDS. */
let texts: usize = 0;
let textsCapacity: i32 = 0;
let textsFirst: i32 = 0;
/** What is made of them, one after the other. */
let made: usize = 0;
let madeEnd: i32 = 0;
let madeCapacity: i32 = 0;
/** True when any of the lines in hand has a text. */
let any: bool = false;

let hashA: i32 = 0;
let hashB: i32 = 0;
let request: i32 = 0;
let begin: i32 = 0;

// @ts-ignore: decorator
@inline
export function areThere(): bool {
  return any;
}
/** Of the text that was made last: its hash with that of the content, the hash of its request's id (0: none), and where it begins. */
// @ts-ignore: decorator
@inline
export function madeA(): i32 {
  return hashA;
}
// @ts-ignore: decorator
@inline
export function madeB(): i32 {
  return hashB;
}
// @ts-ignore: decorator
@inline
export function madeRequest(): i32 {
  return request;
}
// @ts-ignore: decorator
@inline
export function madeBegin(): i32 {
  return begin;
}
/** Where what was made begins in memory. */
export function madeAt(): usize {
  return made;
}

/** Makes room for the texts of the lines in hand, in place of those before, and for what so many templates share. Answers where to put them. */
export function beginTexts(bytes: i32, templateCount: i32): usize {
  any = bytes > 0;
  madeEnd = 0;
  textsFirst = load<i32>(TEXT_ENDS - 4);
  if (bytes + BEYOND > textsCapacity) {
    textsCapacity = 2 * bytes + BEYOND;
    texts = take(textsCapacity);
  }
  if (any && templateCount > templates) {
    const wide = max(4_096, 1 << (32 - clz(templateCount - 1)));
    const wider = take(4 * <usize>wide);
    memory.copy(wider, partsOf, 4 * <usize>templates);
    memory.fill(wider + 4 * <usize>templates, 0, 4 * <usize>(wide - templates));
    partsOf = wider;
    templates = wide;
  }
  return texts;
}

/** Nothing is known of any template. */
export function forgetTexts(): void {
  memory.fill(partsOf, 0, 4 * <usize>templates);
  partsEnd = 0;
}

/** Takes parts that lines share, of so many bytes, and answers their number, for `shareParts`; `partsAt` says where to put them. */
export function addParts(forwarded: i32, said: i32, kept: i32, isEmpty: bool): i32 {
  // 0 is no place of any.
  const at = max(<i32>PARTS, partsEnd);
  const end = at + <i32>PARTS + forwarded + said + kept;
  if (end + BEYOND > partsCapacity) {
    partsCapacity = 2 * end + 4_096;
    const wider = take(partsCapacity);
    memory.copy(wider, parts, partsEnd);
    parts = wider;
  }
  partsEnd = (end + 3) & ~3;
  const there = parts + <usize>at;
  store<i32>(there, forwarded, FORWARDED);
  store<i32>(there, said, SAID);
  store<i32>(there, kept, KEPT);
  store<i32>(there, <i32>isEmpty, IS_EMPTY);
  return at;
}

/** Where the bytes of parts are, one part behind the other. */
export function partsAt(number: i32): usize {
  return parts + <usize>number + PARTS;
}

/** Says which parts the lines of a template have; `UNFIT`: such that are not put together here. */
export function shareParts(template: i32, number: i32): void {
  store<i32>(partsOf + 4 * <usize>template, number);
}

/** True when line `i` of those in hand has a text. */
// @ts-ignore: decorator
@inline
export function hasText(i: i32): bool {
  const end = TEXT_ENDS + 4 * <usize>i;
  return any && load<i32>(end) !== load<i32>(end - 4);
}

/** How `make` ended: what was made has so many bytes; nothing is known of the template; the text is left to others. */
export const UNKNOWN: i32 = -3;
export const LEFT: i32 = -2;

/**
 * Puts together what line `i` of a template has; `seedA`, `seedB`: hash of its content. It is left to others where a character has to be
 * escaped or is beyond ASCII, or where there is nothing at all.
 */
export function make(i: i32, template: i32, time: i32, seedA: i32, seedB: i32): i32 {
  const number = load<i32>(partsOf + 4 * <usize>template);
  if (number === NOT_KNOWN) return UNKNOWN;
  if (number === UNFIT) return LEFT;
  const from = texts + <usize>(load<i32>(TEXT_ENDS + 4 * <usize>i - 4) - textsFirst);
  const to = texts + <usize>(load<i32>(TEXT_ENDS + 4 * <usize>i) - textsFirst);
  const newline = firstOdd(from, to);
  const shared = parts + <usize>number;
  const isNothing = load<i32>(shared, IS_EMPTY) !== 0 && to - from === 1 && time === ABSENT;
  if (newline === to || load<u8>(newline) !== 0x0a || firstOdd(newline + 1, to) !== to || isNothing) return LEFT;
  const forwarded = load<i32>(shared, FORWARDED);
  const said = load<i32>(shared, SAID);
  const kept = load<i32>(shared, KEPT);
  reserveMade(<i32>(to - from) + forwarded + max(said, kept) + NUMBERS_BYTES);
  begin = madeEnd;
  const first = made + <usize>begin;
  store<u8>(first, OPENING);
  let at = putText(first + 1, from, newline);
  store<u8>(at, COMMA);
  const id = at + 1;
  at = putText(id, newline + 1, to);
  request = 0;
  if (newline + 1 !== to) {
    addToHash(REQUEST_SEED_A, REQUEST_SEED_B, id + 1, at - 1);
    request = hashA;
  }
  store<u8>(at, COMMA);
  copy(at + 1, shared + PARTS, forwarded);
  at += 1 + <usize>forwarded;
  store<u8>(at, COMMA);
  at = putNumber(at + 1, time);
  store<u8>(at, COMMA);
  at++;
  const ends = shared + PARTS + <usize>forwarded;
  copy(at, ends, said);
  addToHash(seedA, seedB, first, at + <usize>said);
  copy(at, ends + <usize>said, kept);
  madeEnd = <i32>(at - made) + kept;
  return madeEnd - begin;
}

function reserveMade(bytes: i32): void {
  const needed = madeEnd + bytes + BEYOND;
  if (needed <= madeCapacity) return;
  madeCapacity = max(65_536, 2 * needed);
  const wider = take(madeCapacity);
  memory.copy(wider, made, madeEnd);
  made = wider;
}

/** The first byte that JSON escapes, or that is beyond ASCII; `to` without any. */
function firstOdd(from: usize, to: usize): usize {
  for (let at = from; at < to; at += 16) {
    const bytes = v128.load(at);
    // As numbers with a sign those beyond ASCII are below the space.
    const odd = v128.or(
      v128.or(i8x16.lt_s(bytes, i8x16.splat(0x20)), i8x16.eq(bytes, i8x16.splat(0x7f))),
      v128.or(i8x16.eq(bytes, i8x16.splat(0x22)), i8x16.eq(bytes, i8x16.splat(0x5c))),
    );
    const mask = i8x16.bitmask(odd);
    if (mask !== 0) return min(to, at + <usize>ctz(mask));
  }
  return to;
}

/** Puts a text in quotes, `null` for an empty one, and answers where it ends. */
// @ts-ignore: decorator
@inline
function putText(at: usize, from: usize, to: usize): usize {
  if (from === to) return putNull(at);
  store<u8>(at, QUOTE);
  copy(at + 1, from, <i32>(to - from));
  const end = at + 1 + (to - from);
  store<u8>(end, QUOTE);
  return end + 1;
}

// @ts-ignore: decorator
@inline
function putNull(at: usize): usize {
  store<u32>(at, NULL);
  return at + 4;
}

/** `null` where it is absent. */
function putNumber(at: usize, value: i32): usize {
  if (value === ABSENT) return putNull(at);
  let end = at + 1;
  for (let rest = value / 10; rest > 0; rest /= 10) end++;
  let rest = value;
  for (let to = end - 1; to >= at; to--) {
    store<u8>(to, ZERO + <u8>(rest % 10));
    rest /= 10;
  }
  return end;
}

/** What stands behind may be written over. */
// @ts-ignore: decorator
@inline
function copy(to: usize, from: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length; i += 16) v128.store(to + i, v128.load(from + i));
}

/** Adds ASCII in [from, to) to a hash, as `textHash` of `line-hash.ts` does: into `hashA` and `hashB`. */
function addToHash(seedA: i32, seedB: i32, from: usize, to: usize): void {
  let a = seedA;
  let b = seedB;
  const length = <i32>(to - from);
  const whole = from + <usize>(length & ~3);
  for (let at = from; at < whole; at += 4) {
    const four = load<u32>(at);
    a = (a ^ twoOf(four)) * P1;
    b = (b ^ twoOf(four >>> 16)) * P2;
    a ^= b >>> 15;
    b ^= a >>> 17;
  }
  for (let at = whole; at < to; at++) {
    a = (a ^ <i32>load<u8>(at)) * P1;
    b = (b ^ a) * P2;
  }
  hashA = (a ^ length) * P1;
  hashB = (b ^ (a >>> 16)) * P2;
}

/** The last two bytes, with 16 bits for each. */
// @ts-ignore: decorator
@inline
function twoOf(bytes: u32): i32 {
  return <i32>((bytes & 0xff) | ((bytes & 0xff00) << 8));
}
