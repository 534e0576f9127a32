/** Says of the lines in SLOTS to which they are tied, and how they stand. */
import {
  CAPACITY,
  FLAGS,
  FOUR_BITS,
  MATE,
  MATES,
  NONE,
  PENDING,
  SLOTS,
  STANDINGS,
  STANDING_SHIFT,
  recordOf,
  restOf,
  slotAt,
} from './layout';

/** Fills MATES with the line of the batch that each line is tied to, or NONE; and STANDINGS, where a line is an end: there alone. */
export function findMates(count: i32): void {
  for (let i = 0; i < count; i++) {
    const slot = slotAt(SLOTS, i);
    const record = recordOf(max(0, slot));
    const mate = load<i32>(record, MATE);
    // Asked for in any case, of some end: without a choice on the way, a processor goes on to the next.
    const pending = load<i32>(restOf(mate & (CAPACITY - 1)), PENDING);
    store<i32>(MATES + 4 * <usize>i, slot === NONE || mate === NONE ? NONE : pending);
    const standing = STANDINGS + <usize>i;
    const own = <u8>((load<i32>(record, FLAGS) >> STANDING_SHIFT) & FOUR_BITS);
    store<u8>(standing, slot === NONE ? load<u8>(standing) : own);
  }
}
