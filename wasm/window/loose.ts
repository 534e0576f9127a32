/** The loose ends: which are among them, and which have others near to them. */
import { HALF_REACH_MS, bucketOf, hashOfHalf, isByName, isPlain } from './halves';
import {
  ANCHOR,
  AS_CLIENT,
  CAPACITY,
  CLIENT,
  COMPLETE_AFTER,
  END,
  FLAGS,
  FOUR_BITS,
  HOPS,
  IS_LOOSE,
  LINKED,
  LINKED_SHIFT,
  LISTED,
  LOOSE_HASHES,
  LOOSE_HEADS,
  LOOSE_NEXT,
  MATE,
  NONE,
  SHAPE,
  SLOTS,
  STANDING,
  recordOf,
  restOf,
  slotAt,
} from './layout';

/** As in `links.ts`. */
const FIRST_LOOSE_KIND: i32 = 2;

/** As `isLoose` in `links.ts`: no full address and no client's address says where the other end is. */
function isLoose(slot: i32): bool {
  const record = recordOf(slot);
  const flags = load<i32>(record, FLAGS);
  if ((flags & STANDING) !== 0 || load<i32>(record, MATE) !== NONE || load<i32>(restOf(slot), ANCHOR) === 0) return false;
  const linked = (flags >> LINKED_SHIFT) & FOUR_BITS;
  return load<i32>(record, CLIENT) === 0 || linked === 0 || linked > FIRST_LOOSE_KIND;
}

// @ts-ignore: decorator
@inline
function isIn(slot: i32): bool {
  return load<u8>(IS_LOOSE + <usize>slot) !== 0;
}

// @ts-ignore: decorator
@inline
function headOf(hash: u32): usize {
  return LOOSE_HEADS + 4 * <usize>(hash & <u32>(CAPACITY - 1));
}

// @ts-ignore: decorator
@inline
function nextOf(slot: i32): usize {
  return LOOSE_NEXT + 4 * <usize>slot;
}

// @ts-ignore: decorator
@inline
function hashOf(slot: i32): u32 {
  return load<u32>(LOOSE_HASHES + 4 * <usize>slot);
}

function add(slot: i32, hash: u32): void {
  store<u8>(IS_LOOSE + <usize>slot, 1);
  store<u32>(LOOSE_HASHES + 4 * <usize>slot, hash);
  store<i32>(nextOf(slot), load<i32>(headOf(hash)));
  store<i32>(headOf(hash), slot);
}

function remove(slot: i32): void {
  store<u8>(IS_LOOSE + <usize>slot, 0);
  // Where the slot stands that comes before it, or the head.
  let at = headOf(hashOf(slot));
  while (load<i32>(at) !== slot && load<i32>(at) !== NONE) at = nextOf(load<i32>(at));
  if (load<i32>(at) === slot) store<i32>(at, load<i32>(nextOf(slot)));
}

/** Lists the ends of `count` lines that became loose, or are so no longer. Answers how many these are. */
export function listChanged(count: i32): i32 {
  let listed = 0;
  for (let at = 0; at < 2 * count; at++) {
    const slot = slotAt((at & 1) === 0 ? SLOTS : HOPS, at >> 1);
    if (slot !== NONE && isLoose(slot) !== isIn(slot)) listed = list(listed, slot);
  }
  return listed;
}

// @ts-ignore: decorator
@inline
function list(listed: i32, slot: i32): i32 {
  store<i32>(LISTED + 4 * <usize>listed, slot);
  return listed + 1;
}

/**
 * Adds those of the first `count` ends of LISTED to the loose ones that are loose by now, and removes the others. Leaves only those in
 * the list for which that changed something; -2 less the slot of those that are still to be added, since their hash is not known here.
 */
export function changeLoose(count: i32): i32 {
  let listed = 0;
  for (let i = 0; i < count; i++) {
    const slot = slotAt(LISTED, i);
    const loose = isLoose(slot);
    if (loose === isIn(slot)) continue;
    const record = recordOf(slot);
    const shape = load<i32>(restOf(slot), SHAPE);
    if (!loose) remove(slot);
    else if (isPlain(load<i32>(record, FLAGS), shape))
      add(slot, hashOfHalf(record, load<i32>(restOf(slot), ANCHOR), isByName(shape), bucketOf(load<f64>(record, END))));
    else {
      listed = list(listed, -2 - slot);
      continue;
    }
    listed = list(listed, slot);
  }
  return listed;
}

/** Leaves only those of the first `count` ends of LISTED in the list that may have others near to them, or are tied to one. */
export function listNear(count: i32): i32 {
  let listed = 0;
  for (let i = 0; i < count; i++) {
    const slot = slotAt(LISTED, i);
    if (mayBeNear(slot)) listed = list(listed, slot);
  }
  return listed;
}

function mayBeNear(slot: i32): bool {
  const record = recordOf(slot);
  const flags = load<i32>(record, FLAGS);
  const shape = load<i32>(restOf(slot), SHAPE);
  const end = load<f64>(record, END);
  if (!isPlain(flags, shape) || (flags & LINKED) !== 0 || end - HALF_REACH_MS <= load<f64>(COMPLETE_AFTER)) return true;
  const anchor = load<i32>(restOf(slot), ANCHOR);
  const last = bucketOf(end + HALF_REACH_MS);
  for (let bucket = bucketOf(end - HALF_REACH_MS); bucket <= last; bucket++) {
    if (hasOther(hashOfHalf(record, anchor, isByName(shape), bucket), flags)) return true;
  }
  return false;
}

/** True when an end of the other side has this hash. */
function hasOther(hash: u32, flags: i32): bool {
  for (let at = load<i32>(headOf(hash)); at !== NONE; at = load<i32>(nextOf(at))) {
    if (hashOf(at) === hash && ((load<i32>(recordOf(at), FLAGS) ^ flags) & AS_CLIENT) !== 0) return true;
  }
  return false;
}
