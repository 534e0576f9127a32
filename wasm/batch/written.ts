/**
 * What a transaction writes of flows: which of them were added to, and their blocks, packed in the order of the table. All of it lies behind
 * everything else in memory, and holds until the next call of anything here.
 */
import { free, reach } from '../memory';
import { BITS, bucketAt, differsAt, findPlaces, takePlace } from '../radix';
import { blockAt, find, held } from './blocks';
import { BLOCK, BLOCK_SHIFT, FIRST, HOUR, LAST, OPENED, PRESENT } from './layout';
import { pack } from './packing';
import { COUNTS, PACKED_BYTES_MAX } from './places';
import { flowAt } from './rooms';

/** Turned in what blocks are sorted by: hours before the epoch are negative, and come first. */
const SIGN: u64 = 1 << 63;
/** Shapes of an hour: see `flowKey` in `journal.ts`. */
const HOUR_KEYS: f64 = 4_294_967_296;

/** Blocks that were added to, and their flows that were. */
let blocks: i32 = 0;
let flows: i32 = 0;
/** By hour and number, those blocks. */
let keys: usize = 0;
let otherKeys: usize = 0;
/** Of each flow that changed hour and shape, as one double; of each packed block its hour and number, and where it ends among their bytes. */
let flowKeys: usize = 0;
let pieceKeys: usize = 0;
let pieceEnds: usize = 0;
let pieceBytes: usize = 0;

export function changedFlows(): i32 {
  return flows;
}
export function flowKeysAt(): usize {
  return flowKeys;
}
export function pieceKeysAt(): usize {
  return pieceKeys;
}
export function pieceEndsAt(): usize {
  return pieceEnds;
}
export function pieceBytesAt(): usize {
  return pieceBytes;
}

/** Packs all blocks that were added to since the last time, and answers how many: those that no flow is left in are not among them. */
export function packOpened(): i32 {
  findOpened();
  sortKeys();
  pieceKeys = otherKeys;
  let changed = flowKeys;
  let count = 0;
  let at = pieceBytes;
  for (let i = 0; i < blocks; i++) {
    const key = load<u64>(keys + 8 * <usize>i) ^ SIGN;
    const hour = <i32>(key >> 32);
    const number = <i32>key;
    const block = find(hour, number);
    changed = settle(block, changed);
    reach(at + PACKED_BYTES_MAX);
    const end = pack(block, at);
    if (end === at) continue;
    at = end;
    store<i32>(pieceKeys + 8 * <usize>count, hour);
    store<i32>(pieceKeys + 8 * <usize>count, number, 4);
    store<i32>(pieceEnds + 4 * <usize>count, <i32>(at - pieceBytes));
    count++;
  }
  return count;
}

/** Notes the blocks that were added to, and makes room for all but their bytes. */
function findOpened(): void {
  keys = free();
  blocks = 0;
  flows = 0;
  const all = held();
  for (let i = 0; i < all; i++) {
    const block = blockAt(i);
    const opened = load<u32>(block, OPENED);
    if (opened === 0) continue;
    flows += <i32>popcnt(opened);
    const at = keys + 8 * <usize>(blocks++);
    reach(at + 8);
    store<u64>(at, ((<u64>load<u32>(block, HOUR) << 32) | <u64>load<u32>(block, BLOCK)) ^ SIGN);
  }
  otherKeys = keys + 8 * <usize>blocks;
  flowKeys = otherKeys + 8 * <usize>blocks;
  pieceEnds = flowKeys + 8 * <usize>flows;
  pieceBytes = pieceEnds + 4 * <usize>blocks;
  reach(pieceBytes);
}

function sortKeys(): void {
  let differing: u64 = 0;
  for (let i = 1; i < blocks; i++) differing |= load<u64>(keys + 8 * <usize>i) ^ load<u64>(keys);
  for (let shift: u64 = 0; shift < 64; shift += BITS) if (differsAt(differing, shift)) sortBy(shift);
}

function sortBy(shift: u64): void {
  findPlaces(COUNTS, keys, blocks, shift);
  for (let i = 0; i < blocks; i++) {
    const key = load<u64>(keys + 8 * <usize>i);
    store<u64>(otherKeys + 8 * takePlace(bucketAt(COUNTS, key, shift)), key);
  }
  const sorted = otherKeys;
  otherKeys = keys;
  keys = sorted;
}

/**
 * Notes the flows of a block that were added to, and answers where the next ones go. What was added to those that no line is of is forgotten:
 * it belongs to a flow that is gone.
 */
function settle(block: usize, to: usize): usize {
  const first = <f64>load<i32>(block, HOUR) * HOUR_KEYS + <f64>(load<u32>(block, BLOCK) << BLOCK_SHIFT);
  let present = load<u32>(block, PRESENT);
  let at = to;
  for (let bits = load<u32>(block, OPENED); bits !== 0; bits &= bits - 1) {
    const bit = bits & (~bits + 1);
    store<f64>(at, first + <f64>ctz(bits));
    at += 8;
    const flow = flowAt(block, bit);
    if (load<i32>(flow, LAST) < load<i32>(flow, FIRST)) present &= ~bit;
  }
  store<u32>(block, present, PRESENT);
  store<u32>(block, 0, OPENED);
  return at;
}
