/**
 * The lines of some neighbouring seconds, as a set: what is asked for together lies together. What is known of each of these seconds
 * is beside it.
 */
import { take } from '../memory';
import { SECOND_MS } from './layout';
import { giveBack, takeTable } from './tables';

export const SPAN_SECONDS: i64 = 16;
/** The next row of a second is not known. */
export const NOT_KNOWN: i32 = -1;

// Of a span: its number (the first second / 16), lines, places of its set and where that is, a bit for each second all of whose lines
// are here; by second, how often its lines were looked for in the table, and the number of its next row, or NOT_KNOWN.
const INDEX: usize = 0;
const LINES: usize = 8;
const PLACES: usize = 12;
const TABLE: usize = 16;
const WHOLE: usize = 20;
export const ASKED: usize = 24;
export const NEXT_ROWS: usize = 40;
const SPAN_BYTES: usize = 128;

/** Of a place: low 32 bits of the hash; its high 16 bits with the place of the second in the span, and TAKEN. */
const PLACE_BYTES: usize = 8;
const TAKEN: u32 = 0x10_0000;
const SECOND_SHIFT: u32 = 16;
const FIRST_PLACES: i32 = 32;

/** Spans by their number, found by hashing: where each is, or 0. */
let slots: usize = 0;
let slotCount: i32 = 0;
let spanCount: i32 = 0;
let lineCount: i32 = 0;
/** The first span that was given back, which begins with the place of the next one. */
let freeSpan: usize = 0;
/** The span that was asked for last: lines come in stretches of one. And the times that it has, in ms; without one, none. */
let last: usize = 0;
let lastBegin: f64 = Infinity;
let lastEnd: f64 = -Infinity;
/** Where `listSpans` lists. */
let list: usize = 0;
let listed: i32 = 0;

export function lines(): i32 {
  return lineCount;
}
export function spans(): i32 {
  return spanCount;
}

// @ts-ignore: decorator
@inline
function firstSlot(index: i64): i32 {
  return <i32>((<u64>index * 0x9e37_79b9_7f4a_7c15) >> 40) & (slotCount - 1);
}

/** 0: there is none. */
function findSpan(index: i64): usize {
  if (slotCount === 0) return 0;
  for (let slot = firstSlot(index); ; slot = (slot + 1) & (slotCount - 1)) {
    const span = <usize>load<u32>(slots + 4 * <usize>slot);
    if (span !== 0 && load<i64>(span, INDEX) !== index) continue;
    return span;
  }
}

/** The span of a second, made when it is new. */
export function spanOf(second: i64): usize {
  const index = second >> 4;
  if (last !== 0 && load<i64>(last, INDEX) === index) return last;
  let span = findSpan(index);
  if (span === 0) span = makeSpan(index);
  last = span;
  lastBegin = <f64>(index * SPAN_SECONDS) * SECOND_MS;
  lastEnd = lastBegin + <f64>SPAN_SECONDS * SECOND_MS;
  return span;
}

/** Has the span of a time be the one that was asked for last, and answers the place of its second there. */
// @ts-ignore: decorator
@inline
export function enter(time: f64): i32 {
  if (time < lastBegin || time >= lastEnd) spanOf(secondOf(time));
  return placeInLast(time);
}

// @ts-ignore: decorator
@inline
function placeInLast(time: f64): i32 {
  return <i32>(<u32>(time - lastBegin) / <u32>SECOND_MS);
}

export function entered(): usize {
  return last;
}

function leave(): void {
  last = 0;
  lastBegin = Infinity;
  lastEnd = -Infinity;
}

function makeSpan(index: i64): usize {
  if (4 * (spanCount + 1) > 3 * slotCount) widenSlots();
  // As many as a moment before, if it is a stream.
  const before = findSpan(index - 1);
  const expected = before === 0 ? 0 : load<i32>(before, LINES);
  let places = FIRST_PLACES;
  while (places * 3 < expected * 4) places *= 2;
  let span = freeSpan;
  if (span !== 0) freeSpan = <usize>load<u32>(span);
  else span = take(SPAN_BYTES);
  memory.fill(span, 0, NEXT_ROWS);
  memory.fill(span + NEXT_ROWS, 0xff, 4 * <usize>SPAN_SECONDS);
  store<i64>(span, index, INDEX);
  store<i32>(span, places, PLACES);
  store<u32>(span, <u32>takeTable(<u32>PLACE_BYTES * places), TABLE);
  putSlot(span);
  spanCount++;
  return span;
}

function putSlot(span: usize): void {
  let slot = firstSlot(load<i64>(span, INDEX));
  while (load<u32>(slots + 4 * <usize>slot) !== 0) slot = (slot + 1) & (slotCount - 1);
  store<u32>(slots + 4 * <usize>slot, <u32>span);
}

function widenSlots(): void {
  const old = slots;
  const count = slotCount;
  slotCount = max(64, 2 * count);
  slots = takeTable(<u32>(4 * slotCount));
  for (let slot = 0; slot < count; slot++) {
    const span = <usize>load<u32>(old + 4 * <usize>slot);
    if (span !== 0) putSlot(span);
  }
  if (count > 0) giveBack(old, <u32>(4 * count));
}

// @ts-ignore: decorator
@inline
export function placeOf(second: i64): i32 {
  return <i32>(second & (SPAN_SECONDS - 1));
}

// @ts-ignore: decorator
@inline
export function isWhole(span: usize, place: i32): bool {
  return (load<u32>(span, WHOLE) & (1 << place)) !== 0;
}

// @ts-ignore: decorator
@inline
export function setWhole(span: usize, place: i32): void {
  store<u32>(span, load<u32>(span, WHOLE) | (1 << place), WHOLE);
}

/** A line as its place holds it: a hash of 48 bits, and the second. */
// @ts-ignore: decorator
@inline
function entryOf(place: i32, hash: u64): u64 {
  return (<u64>(TAKEN | (<u32>place << SECOND_SHIFT)) << 32) | hash;
}

// @ts-ignore: decorator
@inline
function firstPlace(span: usize, entry: u64): i32 {
  const second = <u32>(entry >> (32 + SECOND_SHIFT));
  return <i32>(<u32>entry ^ (second * 0x9e37_79b1)) & (load<i32>(span, PLACES) - 1);
}

export function has(span: usize, place: i32, hash: u64): bool {
  const entry = entryOf(place, hash);
  const table = <usize>load<u32>(span, TABLE);
  const mask = load<i32>(span, PLACES) - 1;
  for (let at = firstPlace(span, entry); ; at = (at + 1) & mask) {
    const there = load<u64>(table + PLACE_BYTES * <usize>at);
    if (there !== entry && there !== 0) continue;
    return there === entry;
  }
}

/** What is first looked at for a line in the span that was asked for last; 0: it is of another one. */
// @ts-ignore: decorator
@inline
export function lookedAt(start: f64, hash: u64): i32 {
  if (start < lastBegin || start >= lastEnd) return 0;
  const at = firstPlace(last, entryOf(placeInLast(start), hash));
  return load<i32>(<usize>load<u32>(last, TABLE) + PLACE_BYTES * <usize>at);
}

/** Adds a line; false: it was there. */
export function add(span: usize, place: i32, hash: u64): bool {
  const entry = entryOf(place, hash);
  if (!putEntry(span, entry)) return false;
  lineCount++;
  const size = load<i32>(span, LINES) + 1;
  store<i32>(span, size, LINES);
  // A quarter of the places stays free, so that a search is short.
  if (size * 4 > load<i32>(span, PLACES) * 3) widen(span);
  return true;
}

// @ts-ignore: decorator
@inline
function putEntry(span: usize, entry: u64): bool {
  const table = <usize>load<u32>(span, TABLE);
  const mask = load<i32>(span, PLACES) - 1;
  for (let at = firstPlace(span, entry); ; at = (at + 1) & mask) {
    const held = table + PLACE_BYTES * <usize>at;
    const there = load<u64>(held);
    if (there === entry) return false;
    if (there !== 0) continue;
    store<u64>(held, entry);
    return true;
  }
}

function widen(span: usize): void {
  const old = <usize>load<u32>(span, TABLE);
  const places = load<i32>(span, PLACES);
  store<i32>(span, 2 * places, PLACES);
  store<u32>(span, <u32>takeTable(2 * <u32>PLACE_BYTES * places), TABLE);
  for (let at = 0; at < places; at++) {
    const entry = load<u64>(old + PLACE_BYTES * <usize>at);
    if (entry !== 0) putEntry(span, entry);
  }
  giveBack(old, <u32>PLACE_BYTES * places);
}

/** Lists all spans, and answers where: two doubles each, its number and its lines. */
export function listSpans(): usize {
  if (spanCount > listed) {
    listed = 1 << (32 - clz(spanCount));
    list = take(16 * <usize>listed);
  }
  let at = list;
  for (let slot = 0; slot < slotCount; slot++) {
    const span = <usize>load<u32>(slots + 4 * <usize>slot);
    if (span === 0) continue;
    store<f64>(at, <f64>load<i64>(span, INDEX));
    store<f64>(at, <f64>load<i32>(span, LINES), 8);
    at += 16;
  }
  return list;
}

/** Forgets all spans up to a number. */
export function dropTo(most: i64): void {
  if (spanCount === 0) return;
  leave();
  const old = slots;
  slots = takeTable(<u32>(4 * slotCount));
  for (let slot = 0; slot < slotCount; slot++) {
    const span = <usize>load<u32>(old + 4 * <usize>slot);
    if (span === 0) continue;
    if (load<i64>(span, INDEX) > most) putSlot(span);
    else drop(span);
  }
  giveBack(old, <u32>(4 * slotCount));
}

function drop(span: usize): void {
  lineCount -= load<i32>(span, LINES);
  spanCount--;
  giveBack(<usize>load<u32>(span, TABLE), <u32>PLACE_BYTES * load<i32>(span, PLACES));
  store<u32>(span, <u32>freeSpan);
  freeSpan = span;
}

/** Forgets all of them. */
export function clear(): void {
  dropTo(i64.MAX_VALUE);
}

/** The second of a time in ms since the epoch. */
// @ts-ignore: decorator
@inline
export function secondOf(time: f64): i64 {
  return <i64>Math.floor(time / SECOND_MS);
}
