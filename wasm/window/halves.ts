/** Half keys of plain ends, which are no requests and of no gateway's server side: as in `half-pairs.ts` and `loose-ends.ts`. */
import { AS_HOP, BY_NAME, NONE, OF_HTTP, RECEIVED, REQUEST, SENT, codeOf, isOf } from './layout';

export const HALF_REACH_MS: f64 = 70;
const BUCKET_MS: f64 = 256;

/** True of an end whose half key can be told here: what its shape says is known. */
// @ts-ignore: decorator
@inline
export function isPlain(flags: i32, shape: i32): bool {
  return (flags & (AS_HOP | OF_HTTP)) === 0 && isOf(shape, load<i32>(codeOf(shape)));
}

/** Of a shape that is known. True: a gateway may count other bytes than its client. */
// @ts-ignore: decorator
@inline
export function isByName(shape: i32): bool {
  return (load<i32>(codeOf(shape)) & BY_NAME) !== 0;
}

// @ts-ignore: decorator
@inline
export function bucketOf(end: f64): i64 {
  return <i64>Math.floor(end / BUCKET_MS);
}

/** Hash of the half key of an end and a stretch of time. */
export function hashOfHalf(record: usize, anchor: i32, byName: bool, bucket: i64): u32 {
  const received = byName ? NONE : wrapped(load<f64>(record, RECEIVED));
  const sent = byName ? NONE : wrapped(load<f64>(record, SENT));
  let h = (<u32>anchor * 0x9e37_79b1) ^ load<u32>(record, REQUEST);
  h = (h ^ (h >>> 15) ^ <u32>received) * 0x85eb_ca6b;
  h = (h ^ (h >>> 13) ^ <u32>sent) * 0xc2b2_ae35;
  h = (h ^ (h >>> 16) ^ <u32>(bucket % 0x7fff_ffff)) * 0x27d4_eb2f;
  return h ^ (h >>> 15);
}

/** A number as JavaScript has it for its operators on bits. */
// @ts-ignore: decorator
@inline
function wrapped(value: f64): i32 {
  return <i32>(<i64>value);
}
