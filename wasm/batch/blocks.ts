/** Blocks of flows that are held unpacked. */
import { take } from '../memory';
import {
  BLOCK,
  BLOCK_BYTES,
  BLOCK_SHIFT,
  END,
  FIRST,
  FLOW_BYTES,
  HOUR,
  LAST,
  OPENED,
  PLACED,
  PRESENT,
  ROOM,
  SHORTEST,
} from './layout';
import { unpack } from './packing';
import { BLOCK_SHAPES } from './places';
import { flowAt, forgetRooms, makePlace } from './rooms';

/** Blocks one after the other, and where each is: number and one more, 0 for none. */
let blocks: usize = 0;
let blockCapacity: i32 = 0;
let blockCount: i32 = 0;
let slots: usize = 0;
let slotCount: i32 = 0;
let lastBlock: usize = 0;

/** Forgets all blocks, also what was not written. */
export function forget(): void {
  blockCount = 0;
  lastBlock = 0;
  forgetRooms();
  if (slotCount > 0) memory.fill(slots, 0, 4 * <usize>slotCount);
}

export function held(): i32 {
  return blockCount;
}

function hashOf(hour: i32, block: i32): i32 {
  let hash = hour * 0x9e37_79b1 + block * 0x85eb_ca6b;
  hash ^= hash >>> 15;
  return hash * 0xc2b2_ae35;
}

export function find(hour: i32, block: i32): usize {
  if (lastBlock !== 0 && load<i32>(lastBlock, BLOCK) === block && load<i32>(lastBlock, HOUR) === hour) return lastBlock;
  if (slotCount === 0) return 0;
  const mask = slotCount - 1;
  for (let slot = (hashOf(hour, block) >>> 8) & mask; ; slot = (slot + 1) & mask) {
    const number = load<i32>(slots + 4 * <usize>slot);
    if (number === 0) return 0;
    const at = blocks + BLOCK_BYTES * <usize>(number - 1);
    if (load<i32>(at, BLOCK) !== block || load<i32>(at, HOUR) !== hour) continue;
    lastBlock = at;
    return at;
  }
}

/** Where a block is; 0: it is not held. */
export function blockOf(hour: i32, shape: u32): usize {
  return find(hour, <i32>(shape >>> BLOCK_SHIFT));
}

/** Takes a block in that is not held, with the flows that are packed in PACKED (`size` 0: none), and answers where it is. */
export function hold(hour: i32, shape: u32, size: i32): usize {
  const block = <i32>(shape >>> BLOCK_SHIFT);
  if (blockCount === blockCapacity) widenBlocks();
  const at = blocks + BLOCK_BYTES * <usize>(blockCount++);
  store<i32>(at, hour, HOUR);
  store<i32>(at, block, BLOCK);
  store<u32>(at, 0, PRESENT);
  store<u32>(at, 0, OPENED);
  store<u32>(at, 0, PLACED);
  store<u32>(at, 0, ROOM);
  putSlot(hour, block, blockCount);
  if (size > 0) unpack(at);
  lastBlock = at;
  return at;
}

function putSlot(hour: i32, block: i32, number: i32): void {
  const mask = slotCount - 1;
  let slot = (hashOf(hour, block) >>> 8) & mask;
  while (load<i32>(slots + 4 * <usize>slot) !== 0) slot = (slot + 1) & mask;
  store<i32>(slots + 4 * <usize>slot, number);
}

function widenBlocks(): void {
  const wide = max(4_096, 2 * blockCapacity);
  const wider = take(BLOCK_BYTES * <usize>wide);
  memory.copy(wider, blocks, BLOCK_BYTES * <usize>blockCount);
  blocks = wider;
  blockCapacity = wide;
  slotCount = 2 * wide;
  slots = take(4 * <usize>slotCount);
  memory.fill(slots, 0, 4 * <usize>slotCount);
  for (let i = 0; i < blockCount; i++) {
    const at = blocks + BLOCK_BYTES * <usize>i;
    putSlot(load<i32>(at, HOUR), load<i32>(at, BLOCK), i + 1);
  }
}

/** Where the flow of a shape is, to be added to. One that was not there has a last start before its first one. */
export function open(block: usize, shape: u32): usize {
  const place = shape & <u32>(BLOCK_SHAPES - 1);
  const bit: u32 = 1 << place;
  store<u32>(block, load<u32>(block, OPENED) | bit, OPENED);
  const present = load<u32>(block, PRESENT);
  if ((present & bit) !== 0) return flowAt(block, bit);
  store<u32>(block, present | bit, PRESENT);
  if ((load<u32>(block, PLACED) & bit) === 0) makePlace(block, bit);
  const flow = flowAt(block, bit);
  memory.fill(flow, 0, FLOW_BYTES);
  store<i32>(flow, i32.MAX_VALUE, FIRST);
  store<i32>(flow, -1, LAST);
  store<f64>(flow, -Infinity, END);
  store<f64>(flow, Infinity, SHORTEST);
  return flow;
}

/** Where the block with a number is, counted from 0 in the order in which they were taken in. */
export function blockAt(number: i32): usize {
  return blocks + BLOCK_BYTES * <usize>number;
}
