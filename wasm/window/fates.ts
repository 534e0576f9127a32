/** Says of the lines in SLOTS and HOPS what became of their ends. */
import {
  ANCHOR,
  CAPACITY,
  CLIENT,
  FLAGS,
  FOUR_BITS,
  HOPS,
  IS_LOOSE,
  LINKED_SHIFT,
  LISTED,
  MATE,
  MATES,
  NONE,
  PENDING,
  SLOTS,
  STANDING,
  STANDINGS,
  STANDING_SHIFT,
  recordOf,
  restOf,
  slotAt,
} from './layout';

/** As in `links.ts`. */
const FIRST_LOOSE_KIND: i32 = 2;

/** As `isLoose` in `links.ts`: no full address and no client's address says where the other end is. */
function isLoose(slot: i32): bool {
  const record = recordOf(slot);
  const flags = load<i32>(record, FLAGS);
  if ((flags & STANDING) !== 0 || load<i32>(record, MATE) !== NONE || load<i32>(restOf(slot), ANCHOR) === 0) return false;
  const linked = (flags >> LINKED_SHIFT) & FOUR_BITS;
  return load<i32>(record, CLIENT) === 0 || linked === 0 || linked > FIRST_LOOSE_KIND;
}

/** Lists the ends of `count` lines that became loose, or are so no longer. Answers how many these are. */
export function listChanged(count: i32): i32 {
  let listed = 0;
  for (let at = 0; at < 2 * count; at++) {
    const slot = slotAt((at & 1) === 0 ? SLOTS : HOPS, at >> 1);
    if (slot === NONE || isLoose(slot) === (load<u8>(IS_LOOSE + <usize>slot) !== 0)) continue;
    store<i32>(LISTED + 4 * <usize>listed, slot);
    listed++;
  }
  return listed;
}

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
