/** Gives out the places of ends, the oldest one's first. */
import { chain } from './chains';
import {
  ADDED,
  CAPACITY,
  COMPLETE_AFTER,
  END,
  FLAGS,
  IS_LOOSE,
  MATE,
  MET,
  NEXT_POSITION,
  NONE,
  USED,
  WAITING,
  recordOf,
} from './layout';

/**
 * The slot of the oldest end whose line is written. Below NONE: it is among the loose ends, and has to be taken out of them, before
 * this is asked again: -2 less the slot. NONE: there is none.
 */
export function takeSlot(): i32 {
  for (let tries = 0; tries < CAPACITY; tries++) {
    const position = load<i32>(NEXT_POSITION);
    const slot = position & (CAPACITY - 1);
    const record = recordOf(slot);
    const flags = load<i32>(record, FLAGS);
    const isUsed = (flags & USED) !== 0;
    const isWaiting = isUsed && (flags & WAITING) !== 0;
    if (isUsed && !isWaiting && load<u8>(IS_LOOSE + <usize>slot) !== 0) return -2 - slot;
    // After all numbers the first ones come again.
    store<i32>(NEXT_POSITION, (position + 1) & 0x7fff_ffff);
    store<i32>(ADDED, load<i32>(ADDED) + 1);
    if (isWaiting) {
      // It stays, as if it had come now.
      chain(slot);
      store<i32>(record, load<i32>(record, FLAGS) | MET, FLAGS);
      continue;
    }
    if (isUsed) makeRoom(slot);
    return slot;
  }
  return NONE;
}

/** What goes with an end that makes room. */
export function makeRoom(slot: i32): void {
  const record = recordOf(slot);
  store<f64>(COMPLETE_AFTER, max(load<f64>(COMPLETE_AFTER), load<f64>(record, END)));
  const mate = load<i32>(record, MATE);
  if (mate !== NONE) store<i32>(recordOf(mate), NONE, MATE);
}
