/** Places for sets, in sizes that are powers of two, which are given back and given out again. */
import { take } from '../memory';
import { HEADS } from './layout';

/** The smallest has so many bytes; each next one twice as many. */
const SMALLEST_SHIFT: u32 = 8;
/** By size: the first table that was given back, which begins with the place of the next one. */
function headOf(bytes: u32): usize {
  return HEADS + 4 * <usize>(ctz(bytes) - SMALLEST_SHIFT);
}

/** `bytes`: 256 times a power of two. All is 0. */
export function takeTable(bytes: u32): usize {
  const head = headOf(bytes);
  let at = <usize>load<u32>(head);
  if (at !== 0) store<u32>(head, load<u32>(at));
  else at = take(bytes);
  memory.fill(at, 0, bytes);
  return at;
}

export function giveBack(at: usize, bytes: u32): void {
  const head = headOf(bytes);
  store<u32>(at, load<u32>(head));
  store<u32>(head, <u32>at);
}
