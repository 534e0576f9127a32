/** Says of the lines in SLOTS to which they are tied, how they stand, and what is known of their other ends. */
import {
  CAPACITY,
  ENDS,
  FLAGS,
  FOUR_BITS,
  LISTED,
  MATE,
  MATES,
  NONE,
  SLOTS,
  STANDINGS,
  STANDING_SHIFT,
  pendingOf,
  recordOf,
  slotAt,
} from './layout';

/** As in `line-record.ts` and `line-batch.ts`. */
const AMBIGUOUS: u8 = 1;
const SUPERSEDED: u8 = 2;
const IN_PAIR: u8 = 1;
const IN_DOUBT: u8 = 2;

/**
 * Fills MATES with the line of the batch that each line is tied to, or NONE; STANDINGS, where a line is an end: there alone; and ENDS with
 * what is known of the other end of each. Lists the lines that a later one stands for, and answers how many these are.
 */
export function findFates(count: i32): i32 {
  let listed = 0;
  for (let i = 0; i < count; i++) {
    const slot = slotAt(SLOTS, i);
    const record = recordOf(max(0, slot));
    const tied = load<i32>(record, MATE);
    // Asked for in any case, of some end: without a choice on the way, a processor goes on to the next.
    const pending = load<i32>(pendingOf(tied & (CAPACITY - 1)));
    const mate = slot === NONE || tied === NONE ? NONE : pending;
    store<i32>(MATES + 4 * <usize>i, mate);
    const own = <u8>((load<i32>(record, FLAGS) >> STANDING_SHIFT) & FOUR_BITS);
    const standing = slot === NONE ? load<u8>(STANDINGS + <usize>i) : own;
    store<u8>(STANDINGS + <usize>i, standing);
    const alone: u8 = standing === AMBIGUOUS ? IN_DOUBT : 0;
    store<u8>(ENDS + <usize>i, mate === NONE ? alone : IN_PAIR);
    if (mate !== NONE || standing !== SUPERSEDED) continue;
    store<i32>(LISTED + 4 * <usize>listed, i);
    listed++;
  }
  return listed;
}
