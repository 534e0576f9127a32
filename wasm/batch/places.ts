/** Where everything of a fixed size is in memory, and how much time hours and minutes are. */
import { BUCKETS } from '../radix';

export const HOUR_MS: f64 = 3_600_000;
export const MINUTES_PER_HOUR: u32 = 60;
export const BLOCK_SHAPES: i32 = 32;
export const NONE: i32 = -1;

/** A block has room for all numbers of its flows, ten bytes each. */
export const VARINT_BYTES_MAX: usize = 10;
export const PACKED_BYTES_MAX: usize = 4 + <usize>BLOCK_SHAPES * 10 * VARINT_BYTES_MAX;
/** Lines of one chunk. */
export const CHUNK_LINES_MAX: i32 = 32_768;
/** At most three numbers a line of eight bytes, and one byte. */
const CHUNK_BYTES_MAX: usize = 25 * <usize>CHUNK_LINES_MAX + 1_024;

/** A block as the table has it, to be unpacked. */
export const PACKED: usize = 1_024;
/** Blocks of some lines. */
export const FOUND: usize = (PACKED + PACKED_BYTES_MAX + 63) & ~63;
export const COUNTS: usize = FOUND + 256;
/** Sizes of the two columns whose size is told before them. */
export const CHUNK: usize = (COUNTS + 4 * <usize>BUCKETS + 63) & ~63;
/** Where a column is packed before its size is known. */
export const ASIDE: usize = CHUNK + CHUNK_BYTES_MAX;
export const FREE: usize = (ASIDE + 8 * <usize>CHUNK_LINES_MAX + 63) & ~63;

export function packedAt(): usize {
  return PACKED;
}
