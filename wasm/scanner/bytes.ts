/** Bytes by their names, and how stretches of bytes are told from each other. */
import { PRIMES } from './places';

export const NEWLINE: u32 = 0x0a;
export const CARRIAGE_RETURN: u32 = 0x0d;
export const SPACE: u32 = 0x20;
export const QUOTE: u32 = 0x22;
export const DASH: u32 = 0x2d;
export const ZERO: u32 = 0x30;
export const COLON: u32 = 0x3a;
export const BACKSLASH: u32 = 0x5c;
export const COMMA: u32 = 0x2c;
export const OPENING: u32 = 0x7b;
export const CLOSING: u32 = 0x7d;
export const LETTER_N: u32 = 0x6e;
export const LETTER_T: u32 = 0x54;

export let hashMask: u32 = 0xffff_ffff;

/** For tests of what happens when hashes meet: the bits of a hash that count. */
export function setHashMask(mask: u32): void {
  hashMask = mask;
}

// Thirty-two bytes are taken at a time, half of them from the beginning and half from the end: where these meet, some are taken
// twice. So there is one choice for each 32 bytes, and none for what is left.

/** Products of sixteen bytes at each of two places, none of which waits for another. */
// @ts-ignore: decorator
@inline
function products(first: usize, last: usize): u64 {
  const one = load<u64>(first) * 0xc2b2_ae3d_27d4_eb4f + load<u64>(first, 8) * 0x1656_67b1_9e37_79f9;
  const other = load<u64>(last) * 0x9fb2_1c65_1e98_df25 + load<u64>(last, 8) * 0xff51_afd7_ed55_8ccd;
  return one ^ rotl(other, 32);
}

/** Of the bytes in [from, to). */
// @ts-ignore: decorator
@inline
export function hashBytes(from: usize, to: usize): u32 {
  const length = to - from;
  let hash: u64 = <u64>length * 0x9e37_79b9_7f4a_7c15;
  if (length >= 16) {
    hash += products(from, to - 16);
    for (let at: usize = 16; at + at < length; at += 16) {
      hash = (hash ^ (hash >> 29)) * 0x9e37_79b9_7f4a_7c15 + products(from + at, to - at - 16);
    }
  } else if (length >= 8) {
    hash += (load<u64>(from) * 0xc2b2_ae3d_27d4_eb4f) ^ rotl(load<u64>(to - 8) * 0x9fb2_1c65_1e98_df25, 32);
  } else if (length > 0) {
    // The last bytes of what stands before it are cut off.
    hash ^= (load<u64>(to - 8) >> (64 - 8 * <u64>length)) * 0xff51_afd7_ed55_8ccd;
  }
  hash ^= hash >> 32;
  hash *= 0xd6e8_feb8_6659_fd93;
  return <u32>(hash >> 32) & hashMask;
}

// Primes beyond what two characters are: no other two of them in their place have the same sum of products. They are read from
// memory, which takes less than to make them each time.

export function resetPrimes(): void {
  v128.store(PRIMES, i16x8(32_749, 32_719, 32_717, 32_713, 32_707, 32_693, 32_687, 32_653));
  v128.store(PRIMES, i16x8(32_647, 32_693, 32_707, 32_749, 32_687, 32_719, 32_713, 32_717), 16);
}

/** Sums of products of the sixteen bytes at a place. */
// @ts-ignore: decorator
@inline
function firstSums(at: usize): v128 {
  return i32x4.dot_i16x8_s(v128.load(at), v128.load(PRIMES));
}

/** The same with other primes. */
// @ts-ignore: decorator
@inline
function lastSums(at: usize): v128 {
  return i32x4.dot_i16x8_s(v128.load(at), v128.load(PRIMES, 16));
}

/** What a line's hash takes of the bytes in [from, to): less work than a hash of their own. */
// @ts-ignore: decorator
@inline
export function gistOf(from: usize, to: usize): v128 {
  const length = to - from;
  if (length >= 16) {
    let gist = i32x4.add(firstSums(from), lastSums(to - 16));
    let last = to - 32;
    for (let first = from + 16; first < last + 16; first += 16, last -= 16)
      gist = i32x4.add(times31(gist), i32x4.add(firstSums(first), lastSums(last)));
    return gist;
  }
  if (length >= 8) {
    const both = i64x2.replace_lane(v128.load64_zero(from), 1, load<i64>(to - 8));
    return i32x4.dot_i16x8_s(both, v128.load(PRIMES));
  }
  if (length === 0) return i64x2.splat(0);
  const bytes = load<u64>(to - 8) >> (64 - 8 * <u64>length);
  return i32x4.dot_i16x8_s(i64x2.replace_lane(i64x2.splat(0), 0, <i64>bytes), v128.load(PRIMES));
}

// @ts-ignore: decorator
@inline
function times31(gist: v128): v128 {
  return i32x4.sub(i32x4.shl(gist, 5), gist);
}

/** The gist of stretches with one more. */
// @ts-ignore: decorator
@inline
export function withGist(before: v128, gist: v128): v128 {
  return i32x4.add(times31(before), gist);
}

/** The hash of a line, of the gist of its stretches and its layout. */
// @ts-ignore: decorator
@inline
export function hashGist(gist: v128, layout: i32): u32 {
  let hash =
    <u64>i64x2.extract_lane(gist, 0) * 0xc2b2_ae3d_27d4_eb4f +
    <u64>i64x2.extract_lane(gist, 1) * 0x9fb2_1c65_1e98_df25 +
    <u64>layout * 0x1656_67b1_9e37_79f9;
  hash ^= hash >> 32;
  hash *= 0xd6e8_feb8_6659_fd93;
  return <u32>(hash >> 32) & hashMask;
}

// @ts-ignore: decorator
@inline
function differing(at: usize, from: usize): v128 {
  return v128.xor(v128.load(at), v128.load(from));
}

/** True when the bytes in [from, from + length) are those that begin at `at`. */
// @ts-ignore: decorator
@inline
export function isSame(at: usize, from: usize, length: usize): bool {
  if (length >= 16) {
    let found = v128.or(differing(at, from), differing(at + length - 16, from + length - 16));
    const apart = from - at;
    let last = at + length - 32;
    for (let first = at + 16; first < last + 16; first += 16, last -= 16)
      found = v128.or(found, v128.or(differing(first, first + apart), differing(last, last + apart)));
    return !v128.any_true(found);
  }
  if (length >= 8) {
    const last = length - 8;
    return ((load<u64>(at) ^ load<u64>(from)) | (load<u64>(at + last) ^ load<u64>(from + last))) === 0;
  }
  if (length === 0) return true;
  return (load<u64>(at) ^ load<u64>(from)) << (64 - 8 * <u64>length) === 0;
}
