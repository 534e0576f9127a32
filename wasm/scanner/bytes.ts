/** Bytes by their names, and how stretches of bytes are told from each other. */

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

export let hashMask: u32 = 0xffff_ffff;

// @ts-ignore: decorator
@inline
function product(at: usize, factor: u64): u64 {
  return load<u64>(at) * factor;
}

/** For tests of what happens when hashes meet: the bits of a hash that count. */
export function setHashMask(mask: u32): void {
  hashMask = mask;
}

/** Of the bytes in [from, to): sums of products, none of which waits for another. */
export function hashBytes(from: usize, to: usize): u32 {
  const length = to - from;
  let hash: u64 = <u64>length * 0x9e37_79b9_7f4a_7c15;
  if (length < 8) {
    // The last bytes of what stands before it are cut off.
    if (length > 0) hash ^= (load<u64>(to - 8) >> (64 - 8 * <u64>length)) * 0xff51_afd7_ed55_8ccd;
  } else {
    let at = from;
    for (; at + 16 < to; at += 16) {
      hash = (hash ^ (hash >> 29)) * 0x9fb2_1c65_1e98_df25;
      hash += product(at, 0xc2b2_ae3d_27d4_eb4f) + (product(at + 8, 0x1656_67b1_9e37_79f9) ^ 0x85eb_ca77);
    }
    const last = to - at > 8 ? at : to - 8;
    hash = (hash ^ (hash >> 29)) * 0x9fb2_1c65_1e98_df25;
    hash += product(last, 0xc2b2_ae3d_27d4_eb4f) + (product(to - 8, 0x1656_67b1_9e37_79f9) ^ 0x85eb_ca77);
  }
  hash ^= hash >> 32;
  hash *= 0xd6e8_feb8_6659_fd93;
  return <u32>(hash >> 32) & hashMask;
}

/** True when the bytes in [from, to) are those that begin at `at`. */
// @ts-ignore: decorator
@inline
export function isSame(at: usize, from: usize, length: usize): bool {
  if (length >= 16) {
    let i: usize = 0;
    for (; i + 16 < length; i += 16) {
      if (v128.any_true(v128.xor(v128.load(at + i), v128.load(from + i)))) return false;
    }
    const last = length - 16;
    return !v128.any_true(v128.xor(v128.load(at + last), v128.load(from + last)));
  }
  if (length >= 8) {
    const last = length - 8;
    return ((load<u64>(at) ^ load<u64>(from)) | (load<u64>(at + last) ^ load<u64>(from + last))) === 0;
  }
  if (length === 0) return true;
  return (load<u64>(at) ^ load<u64>(from)) << (64 - 8 * <u64>length) === 0;
}
