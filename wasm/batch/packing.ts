/** Blocks of flows as the table has them: see `flow-block.ts`. */
import { bitsOf } from '../whole';
import {
  AMBIGUOUS,
  CONNECTIONS,
  END,
  FIRST,
  HOUR,
  LAST,
  LONGEST,
  PAIRED,
  PLACED,
  PRESENT,
  RECEIVED,
  SENT,
  SHORTEST,
} from './layout';
import { HOUR_MS, PACKED } from './places';
import { flowAt, widenRoom } from './rooms';

/** What `bitsOf` takes is less. */
const BITS_END: f64 = 4_503_599_627_370_496;

/** Puts a whole number that is not negative, and answers where it ends. */
// @ts-ignore: decorator
@inline
export function putVarint(at: usize, number: f64): usize {
  return putWhole(at, number < BITS_END ? bitsOf(number) : <u64>number);
}

// @ts-ignore: decorator
@inline
function putWhole(at: usize, number: u64): usize {
  let value = number;
  let end = at;
  while (value >= 0x80) {
    store<u8>(end++, <u8>(0x80 | (value & 0x7f)));
    value >>= 7;
  }
  store<u8>(end, <u8>value);
  return end + 1;
}

/** Puts a number of a flow: 0 where it is less, as what is dropped while lines come in can leave no more than that. */
// @ts-ignore: decorator
@inline
function putCount(at: usize, number: i64): usize {
  return putWhole(at, number > 0 ? number : 0);
}

/** The same of a double. */
// @ts-ignore: decorator
@inline
function putSum(at: usize, number: f64): usize {
  return putVarint(at, number > 0 ? number : 0);
}

/** Packs a block to a place and answers where it ends; where it begins: it has no flow. */
export function pack(block: usize, to: usize): usize {
  const present = load<u32>(block, PRESENT);
  if (present === 0) return to;
  const begin = HOUR_MS * <f64>load<i32>(block, HOUR);
  store<u32>(to, present);
  let at = to + 4;
  for (let bits = present; bits !== 0; bits &= bits - 1) {
    const flow = flowAt(block, bits & (~bits + 1));
    const first = load<i32>(flow, FIRST);
    const last = load<i32>(flow, LAST);
    const shortest = load<f64>(flow, SHORTEST);
    at = putCount(at, load<i32>(flow, CONNECTIONS));
    at = putSum(at, load<f64>(flow, RECEIVED));
    at = putSum(at, load<f64>(flow, SENT));
    at = putCount(at, first);
    at = putCount(at, <i64>last - <i64>first);
    at = putSum(at, load<f64>(flow, END) - begin - <f64>last);
    at = putSum(at, shortest);
    at = putSum(at, load<f64>(flow, LONGEST) - shortest);
    at = putCount(at, load<i32>(flow, PAIRED));
    at = putCount(at, load<i32>(flow, AMBIGUOUS));
  }
  return at;
}

let readAt: usize = 0;

function readVarint(): f64 {
  let byte = load<u8>(readAt++);
  let value = <u64>(byte & 0x7f);
  for (let shift: u64 = 7; byte >= 0x80; shift += 7) {
    byte = load<u8>(readAt++);
    value |= <u64>(byte & 0x7f) << shift;
  }
  return <f64>value;
}

export function unpack(block: usize): void {
  const present = load<u32>(PACKED);
  if (present !== 0) widenRoom(block, <i32>popcnt(present));
  store<u32>(block, present, PRESENT);
  store<u32>(block, present, PLACED);
  const begin = HOUR_MS * <f64>load<i32>(block, HOUR);
  readAt = PACKED + 4;
  for (let bits = present; bits !== 0; bits &= bits - 1) {
    const flow = flowAt(block, bits & (~bits + 1));
    store<i32>(flow, <i32>readVarint(), CONNECTIONS);
    store<f64>(flow, readVarint(), RECEIVED);
    store<f64>(flow, readVarint(), SENT);
    const first = readVarint();
    const last = first + readVarint();
    store<i32>(flow, <i32>first, FIRST);
    store<i32>(flow, <i32>last, LAST);
    store<f64>(flow, begin + last + readVarint(), END);
    const shortest = readVarint();
    store<f64>(flow, shortest, SHORTEST);
    store<f64>(flow, shortest + readVarint(), LONGEST);
    store<i32>(flow, <i32>readVarint(), PAIRED);
    store<i32>(flow, <i32>readVarint(), AMBIGUOUS);
  }
}
