/** Where the values of lines stand, by the number of their words. */
import {
  CLOCK,
  COUNTS,
  DOWNSTREAM,
  FIRST_SLOT,
  HEADS,
  ID,
  IS_REQUEST,
  IS_WRAPPED,
  LAYOUTS,
  LAYOUTS_MAX,
  LAYOUT_BYTES,
  LAYOUT_SLOT_BYTES,
  MET,
  NEXT,
  NONE,
  OBJECT_HEADS,
  PATH,
  SLOTS,
  SLOT_HEAD,
  SLOT_KIND,
  SLOT_TAIL,
  SLOT_WORD,
  STRETCHES,
  UPSTREAM,
} from './places';

let layoutCount: i32 = 0;
export let objectLayouts: i32 = 0;

export function resetLayouts(): void {
  memory.fill(HEADS, 0, LAYOUTS - HEADS);
  layoutCount = 0;
  objectLayouts = 0;
}

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
