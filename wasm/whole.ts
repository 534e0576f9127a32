/** Whole numbers that are doubles, as integers: a fraction of what a processor takes to convert any double. */

/** 2^52, and 2^52 + 2^51: what is added to them is in the lowest bits of the sum. */
const BITS_MAGIC: f64 = 4_503_599_627_370_496;
const MAGIC: f64 = 6_755_399_441_055_744;
const MAGIC_BITS: i64 = 0x4338_0000_0000_0000;
const WHOLE_END: f64 = 2_251_799_813_685_248;

/** Of a number of at most 52 bits, such as a hash. */
// @ts-ignore: decorator
@inline
export function bitsOf(value: f64): u64 {
  return reinterpret<u64>(value + BITS_MAGIC) & 0xf_ffff_ffff_ffff;
}

/** Of any whole number. */
// @ts-ignore: decorator
@inline
export function wholeOf(value: f64): i64 {
  return Math.abs(value) < WHOLE_END ? reinterpret<i64>(value + MAGIC) - MAGIC_BITS : <i64>value;
}
