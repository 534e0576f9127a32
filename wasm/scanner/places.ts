/** Where everything of a fixed size is in memory, from 0 on: tables that grow are copied behind all that is there. And how a layout is laid out. */

/** Lines with more words or bytes are not for this lane. */
export const WORDS_MAX: i32 = 48;
export const LINE_BYTES_MAX: i32 = 2_048;
export const STRETCHES_MAX: i32 = 13;
/** Stretches of a line, and its layout. */
export const KEY: i32 = STRETCHES_MAX + 1;
export const LAYOUTS_MAX: i32 = 1_000;
/** Stretches or rows that may lie on the way to another one; past it, what somebody chose for its hash is not taken in. */
export const PROBES_MAX: i32 = 64;
export const NONE: i32 = -1;
export const NOT_READ: i64 = -2;
export const ABSENT: i64 = -1;

/** In a layout: numbers of 32 bits. */
export const NEXT: usize = 0;
export const CLOCK: usize = 4;
export const COUNTS: usize = 8;
export const UPSTREAM: usize = 12;
export const DOWNSTREAM: usize = 16;
export const IS_REQUEST: usize = 20;
export const PATH: usize = 24;
export const ID: usize = 28;
export const IS_WRAPPED: usize = 32;
export const STRETCHES: usize = 36;
export const MET: usize = 40;
/** Of an object: how many slots it has, and they themselves. A line of text has none. */
export const SLOTS: usize = 44;
export const FIRST_SLOT: usize = 48;
const SLOTS_MAX: i32 = STRETCHES_MAX - 1;
/** The word it stands in, the bytes of that before it and behind it, and what it is. */
export const SLOT_WORD: usize = 0;
export const SLOT_HEAD: usize = 4;
export const SLOT_TAIL: usize = 8;
export const SLOT_KIND: usize = 12;
export const LAYOUT_SLOT_BYTES: usize = 16;
export const LAYOUT_BYTES: usize = FIRST_SLOT + LAYOUT_SLOT_BYTES * <usize>SLOTS_MAX;

// What a slot is. Those from START to SERVICE_TIME stand among the NUMBERS in this order.
export const KIND_UPSTREAM: i32 = 4;
export const KIND_DOWNSTREAM: i32 = 5;
export const KIND_SERVICE_TIME: i32 = 6;
export const KIND_PATH: i32 = 7;
export const KIND_ID: i32 = 8;
/** Nothing stands there: two stretches meet before the word. */
export const KIND_SPLIT: i32 = 9;
/** The same behind the first brace of the line. */
export const KIND_BRACE: i32 = 10;

const BYTES_MAX: usize = 65_536;
/** For hashes: see `gistOf`. */
export const PRIMES: usize = 1_024;
/** Bytes around those of the lines may be looked at, and mean nothing. */
const BYTES: usize = 2_048;
export const WORDS: usize = BYTES + BYTES_MAX + 1_024;
/** Words are noted so many at a time. */
export const NOTED_TOGETHER: usize = 8;
/** Bytes whose lines are split at once: their words stay in the nearest memory. */
export const SPLIT_BYTES: usize = 16_384;
/** Where the words of lines end that were split. */
export const ENDS: usize = WORDS + 4 * (SPLIT_BYTES + 64 + NOTED_TOGETHER);
export const MEMBERS: usize = ENDS + 4 * (SPLIT_BYTES + 64);
/** Where the stretches of a line begin and end. */
export const CUTS_BYTES: usize = 8 * <usize>STRETCHES_MAX + 8;
export const CUTS: usize = MEMBERS + 4 * (<usize>WORDS_MAX + 1);
export const LINE: usize = CUTS + CUTS_BYTES;
export const NUMBERS: usize = (LINE + 4 * <usize>KEY + 7) & ~7;
export const HEADS: usize = NUMBERS + 64;
/** The same of objects, whose words are what stands between commas. */
export const OBJECT_HEADS: usize = HEADS + 4 * (<usize>WORDS_MAX + 2);
export const LAYOUTS: usize = OBJECT_HEADS + 4 * (<usize>WORDS_MAX + 2);
/** Lines of one call: their columns. */
const LINES_MAX: i32 = 1_024;
export const STARTS: usize = (LAYOUTS + LAYOUT_BYTES * <usize>LAYOUTS_MAX + 7) & ~7;
export const DURATIONS: usize = STARTS + 8 * <usize>LINES_MAX;
export const RECEIVED: usize = DURATIONS + 8 * <usize>LINES_MAX;
export const SENT: usize = RECEIVED + 8 * <usize>LINES_MAX;
export const TEMPLATES: usize = SENT + 8 * <usize>LINES_MAX;
export const UPSTREAM_PORTS: usize = TEMPLATES + 4 * <usize>LINES_MAX;
export const DOWNSTREAM_PORTS: usize = UPSTREAM_PORTS + 4 * <usize>LINES_MAX;
export const SERVICE_TIMES: usize = DOWNSTREAM_PORTS + 4 * <usize>LINES_MAX;
export const TEXT_ENDS: usize = SERVICE_TIMES + 4 * <usize>LINES_MAX;
/** Of each line: its stretches and layout where it has no template, and where it begins. */
export const KEYS: usize = TEXT_ENDS + 4 * <usize>LINES_MAX;
export const KEY_BYTES: usize = 4 * (<usize>KEY + 2);
export const KEY_BEGIN: usize = 4 * <usize>KEY;
/** Lines that are looked at together, before any of them is taken. */
export const AHEAD_MAX: i32 = 128;
/** Of each: hash of its stretches and layout, this (0: none), where its words are, how many, and its cuts. */
export const AHEAD: usize = KEYS + KEY_BYTES * <usize>LINES_MAX;
export const AHEAD_HASH: usize = 0;
export const AHEAD_LAYOUT: usize = 4;
export const AHEAD_WORDS: usize = 8;
export const AHEAD_COUNT: usize = 12;
export const AHEAD_CUTS: usize = 16;
export const AHEAD_BYTES: usize = AHEAD_CUTS + CUTS_BYTES;
export const TEXTS: usize = AHEAD + AHEAD_BYTES * <usize>AHEAD_MAX;
export const FREE: usize = (TEXTS + BYTES_MAX + 63) & ~63;

/** Places of a table at first: a power of two, as they stay. */
export const FIRST_SLOTS: i32 = 4_096;

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
