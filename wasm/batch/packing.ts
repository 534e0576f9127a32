/** Blocks of flows as the table has them: see `flow-block.ts`. */
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

// @ts-ignore: decorator
@inline
export function putVarint(at: usize, number: f64): usize {
  let value = <u64>number;
  let end = at;
  while (value >= 0x80) {
    store<u8>(end++, <u8>(0x80 | (value & 0x7f)));
    value >>= 7;
  }
  store<u8>(end, <u8>value);
  return end + 1;
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
    const first = <f64>load<i32>(flow, FIRST);
    const last = <f64>load<i32>(flow, LAST);
    const shortest = load<f64>(flow, SHORTEST);
    at = putVarint(at, <f64>max(0, load<i32>(flow, CONNECTIONS)));
    at = putVarint(at, max<f64>(0, load<f64>(flow, RECEIVED)));
    at = putVarint(at, max<f64>(0, load<f64>(flow, SENT)));
    at = putVarint(at, max<f64>(0, first));
    at = putVarint(at, max<f64>(0, last - first));
    at = putVarint(at, max<f64>(0, load<f64>(flow, END) - begin - last));
    at = putVarint(at, max<f64>(0, shortest));
    at = putVarint(at, max<f64>(0, load<f64>(flow, LONGEST) - shortest));
    at = putVarint(at, <f64>max(0, load<i32>(flow, PAIRED)));
    at = putVarint(at, <f64>max(0, load<i32>(flow, AMBIGUOUS)));
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
