/** How the memory of the pairing window is laid out. Records and their flags: as in `end-records.ts`. */

export const RECORD_BYTES: usize = 64;
// Doubles of a record.
export const START: usize = 0;
export const END: usize = 8;
export const RECEIVED: usize = 16;
export const SENT: usize = 24;
// Its numbers of 32 bits.
export const CLIENT: usize = 32;
export const CLIENT_PORT: usize = 36;
export const REQUEST: usize = 40;
export const SERVER: usize = 44;
export const NEXT: usize = 48;
export const MATE: usize = 52;
export const FLAGS: usize = 56;
export const RIVAL: usize = 60;

export const REST_BYTES: usize = 32;
// Doubles of the other record of an end.
export const ROW: usize = 0;
export const HASH: usize = 8;
// Its numbers of 32 bits.
export const SHAPE: usize = 16;
export const OWN: usize = 20;
export const ANCHOR: usize = 24;

export const AS_CLIENT: i32 = 1;
export const AS_HOP: i32 = 2;
export const OF_HTTP: i32 = 4;
export const UNORDERED: i32 = 8;
export const USED: i32 = 16;
export const MET: i32 = 32;
export const FOLLOWED: i32 = 64;
export const SETTLED: i32 = 128;
export const STANDING_SHIFT: i32 = 8;
export const FOUR_BITS: i32 = 15;
export const STANDING: i32 = FOUR_BITS << STANDING_SHIFT;
export const LINKED_SHIFT: i32 = 12;
export const LINKED: i32 = FOUR_BITS << LINKED_SHIFT;
export const WAITING: i32 = 65_536;

export const NONE: i32 = -1;
export const CAPACITY: i32 = 131_072;
export const BUCKETS: i32 = 1_048_576;
/** Shapes whose codes are here, each by its id; beyond so many, the last of those that share a place. */
export const CODES: i32 = 262_144;
/** Of a shape: its flags, and above them what tells it from others that share its place; server, client, anchor. */
export const CODE_BYTES: usize = 16;
const FLAG_BITS: i32 = 12;
const CODE_BITS: i32 = 18;
/** Among the flags of a code: as in `shape-codes.ts`. */
export const BY_NAME: i32 = 128;
/** Lines of a batch that are worked at by one call. */
export const LINES_MAX: usize = 8_192;

/** When the window is whole (a double), position of the next end, ends added. */
export const COMPLETE_AFTER: usize = 1_024;
export const NEXT_POSITION: usize = COMPLETE_AFTER + 8;
export const ADDED: usize = COMPLETE_AFTER + 12;

/** Ends of so many lines are chained together: what is asked for beforehand stays in the nearest memory. */
export const CHAINED_TOGETHER: i32 = 256;
/** Where the chains of these lines begin. */
export const BEGINS: usize = COMPLETE_AFTER + 64;

/** Columns of lines: what is placed, */
export const STARTS: usize = BEGINS + 4 * <usize>CHAINED_TOGETHER;
export const DURATIONS: usize = STARTS + 8 * LINES_MAX;
export const ALL_RECEIVED: usize = DURATIONS + 8 * LINES_MAX;
export const ALL_SENT: usize = ALL_RECEIVED + 8 * LINES_MAX;
export const HASHES: usize = ALL_SENT + 8 * LINES_MAX;
export const SHAPES: usize = HASHES + 8 * LINES_MAX;
export const UPSTREAM_PORTS: usize = SHAPES + 4 * LINES_MAX;
export const DOWNSTREAM_PORTS: usize = UPSTREAM_PORTS + 4 * LINES_MAX;
/** where it was placed, */
export const SLOTS: usize = DOWNSTREAM_PORTS + 4 * LINES_MAX;
export const HOPS: usize = SLOTS + 4 * LINES_MAX;
/** the lines that they are tied to, how they stand, and what is known of their other ends; */
export const MATES: usize = HOPS + 4 * LINES_MAX;
export const STANDINGS: usize = MATES + 4 * LINES_MAX;
export const ENDS: usize = STANDINGS + LINES_MAX;
/** a list of slots: room for both of each line. */
export const LISTED: usize = ENDS + LINES_MAX;

/** The row of each line (a double); what is noted of the ends in it, up to two of each line: hashes of keys, of half keys, and their rows. */
export const ROWS_OF: usize = LISTED + 8 * LINES_MAX;
export const KEY_ROWS: usize = ROWS_OF + 8 * LINES_MAX;
export const HALF_ROWS: usize = KEY_ROWS + 16 * LINES_MAX;
export const KEY_HASHES: usize = HALF_ROWS + 16 * LINES_MAX;
export const HALF_HASHES: usize = KEY_HASHES + 8 * LINES_MAX;

/** Loose ends, as in `loose-ends.ts`. A byte for each slot: 1 for those among them; */
export const IS_LOOSE: usize = HALF_HASHES + 8 * LINES_MAX;
/** by what their hashes have in common, the slot of the first; of each slot the next one, and its hash. */
export const LOOSE_HEADS: usize = IS_LOOSE + <usize>CAPACITY;
export const LOOSE_NEXT: usize = LOOSE_HEADS + 4 * <usize>CAPACITY;
export const LOOSE_HASHES: usize = LOOSE_NEXT + 4 * <usize>CAPACITY;
/** By what their keys have in common: the position of the latest end. */
export const HEADS: usize = LOOSE_HASHES + 4 * <usize>CAPACITY;
export const SHAPE_CODES: usize = HEADS + 4 * <usize>BUCKETS;
export const RECORDS: usize = SHAPE_CODES + CODE_BYTES * <usize>CODES;
export const RESTS: usize = RECORDS + RECORD_BYTES * <usize>CAPACITY;
/** Of each end, which line of the batch it is: apart, as it is asked of ends that lie anywhere. */
export const PENDINGS: usize = RESTS + REST_BYTES * <usize>CAPACITY;
export const ALL: usize = PENDINGS + 4 * <usize>CAPACITY;

// @ts-ignore: decorator
@inline
export function recordOf(slot: i32): usize {
  return RECORDS + RECORD_BYTES * <usize>slot;
}

// @ts-ignore: decorator
@inline
export function restOf(slot: i32): usize {
  return RESTS + REST_BYTES * <usize>slot;
}

// @ts-ignore: decorator
@inline
export function pendingOf(slot: i32): usize {
  return PENDINGS + 4 * <usize>slot;
}

/** The code of a shape, if its first number says so: see `isOf`. */
// @ts-ignore: decorator
@inline
export function codeOf(shape: i32): usize {
  return SHAPE_CODES + CODE_BYTES * <usize>(shape & (CODES - 1));
}

/** True when this is the first number of the code of a shape, and not of another one in the same place. */
// @ts-ignore: decorator
@inline
export function isOf(shape: i32, flags: i32): bool {
  return flags >>> FLAG_BITS === (shape >>> CODE_BITS) + 1;
}

/** Slot of a line, or of the other side of a gateway's line; NONE. */
// @ts-ignore: decorator
@inline
export function slotAt(column: usize, line: i32): i32 {
  return load<i32>(column + 4 * <usize>line);
}
