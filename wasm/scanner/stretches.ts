/** Stretches of lines that are known, by their bytes, each with the writer of lines that begin with it. */
import { take } from '../memory';
import { gistOf, hashBytes, isSame } from './bytes';
import { FIRST_SLOTS, NONE, PROBES_MAX } from './places';

/** A slot of a stretch: number and one more (0: empty), hash, where its bytes begin, their length. */
const SLOT_BYTES: usize = 16;
let stretchSlots: usize = 0;
let stretchPlaces: i32 = 0;
let stretchCount: i32 = 0;
let stretchBytes: usize = 0;
let stretchCapacity: usize = 0;
let stretchLength: usize = 0;
/** By stretch, as many as `stretchPlaces`: number of the writer whose lines begin with it, or NONE. */
export let writers: usize = 0;
/** Where its bytes begin, and their length. */
let spans: usize = 0;
/** See `gistOf`. */
let gists: usize = 0;

export function resetStretches(): void {
  stretchPlaces = FIRST_SLOTS;
  stretchSlots = take(SLOT_BYTES * <usize>stretchPlaces);
  memory.fill(stretchSlots, 0, SLOT_BYTES * <usize>stretchPlaces);
  stretchCount = 0;
  stretchCapacity = 65_536;
  stretchBytes = take(stretchCapacity);
  stretchLength = 0;
  writers = take(4 * <usize>stretchPlaces);
  memory.fill(writers, 0xff, 4 * <usize>stretchPlaces);
  spans = take(8 * <usize>stretchPlaces);
  gists = take(16 * <usize>stretchPlaces);
}
export function stretchesKnown(): i32 {
  return stretchCount;
}
export function stretchesLength(): usize {
  return stretchLength;
}

/** Number of the stretch in [from, to), or NONE. */
export function findStretch(from: usize, to: usize): i32 {
  return findHashed(from, to, hashBytes(from, to));
}

/** The same, where most are known and stand where their hash says. */
// @ts-ignore: decorator
@inline
export function findSoon(from: usize, to: usize): i32 {
  const hash = hashBytes(from, to);
  const slot = stretchSlots + SLOT_BYTES * <usize>(<i32>hash & (stretchPlaces - 1));
  return isStretch(slot, from, to - from, hash) ? load<i32>(slot) - 1 : findHashed(from, to, hash);
}

/** True when a slot has this stretch. */
// @ts-ignore: decorator
@inline
function isStretch(slot: usize, from: usize, length: usize, hash: u32): bool {
  const isLike = load<u32>(slot, 4) === hash && load<u32>(slot, 12) === <u32>length;
  return isLike && isSame(<usize>load<u32>(slot, 8) + stretchBytes, from, length);
}

function findHashed(from: usize, to: usize, hash: u32): i32 {
  const mask = stretchPlaces - 1;
  let place = <i32>hash & mask;
  for (let probes = 0; probes < PROBES_MAX; probes++) {
    const slot = stretchSlots + SLOT_BYTES * <usize>place;
    const number = load<i32>(slot);
    if (number === 0) return NONE;
    if (isStretch(slot, from, to - from, hash)) return number - 1;
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
  store<u32>(spans + 8 * <usize>stretchCount, <u32>stretchLength);
  store<u32>(spans + 8 * <usize>stretchCount, <u32>length, 4);
  v128.store(gists + 16 * <usize>stretchCount, gistOf(from, to));
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
  spans = widened(spans, 8, places);
  gists = widened(gists, 16, places);
  stretchSlots = slots;
  stretchPlaces = places;
}

/** The same for so many stretches, with as many bytes of each. */
function widened(list: usize, bytes: usize, places: i32): usize {
  const wider = take(bytes * <usize>places);
  memory.copy(wider, list, bytes * <usize>stretchCount);
  return wider;
}

// @ts-ignore: decorator
@inline
export function gistOfStretch(stretch: i32): v128 {
  return v128.load(gists + 16 * <usize>stretch);
}

/** True when the bytes in [from, to) are those of a stretch. */
// @ts-ignore: decorator
@inline
export function isOfStretch(stretch: i32, from: usize, to: usize): bool {
  const span = spans + 8 * <usize>stretch;
  return to - from === <usize>load<u32>(span, 4) && isSame(<usize>load<u32>(span) + stretchBytes, from, to - from);
}

/** Says who wrote lines that begin with a stretch. */
export function setWriter(stretch: i32, writer: i32): void {
  store<i32>(writers + 4 * <usize>stretch, writer);
}
