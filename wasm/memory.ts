/** The memory of a module, given out from a place on and never given back: tables that grow are copied behind all that is there. */

let top: usize = 0;

/** Nothing else is there. */
const ASKED: usize = 64;

/**
 * Says that what a loop has summed up is needed, which asked for what the next loop will look at, and did no more: a processor waits for many
 * places of its memory at once, if no choice depends on any of them.
 */
// @ts-ignore: decorator
@inline
export function asked(sum: i32): void {
  store<i32>(ASKED, sum);
}

/** Says where the memory begins that is given out. What was given out before is forgotten. */
export function startAt(place: usize): void {
  top = place;
}

/** Gives out so many bytes, which mean nothing yet; 64 divides their place. */
export function take(bytes: usize): usize {
  const at = top;
  top = (top + bytes + 63) & ~63;
  reach(top);
  return at;
}

/** Where the next bytes will be given out. */
export function free(): usize {
  return top;
}

/** Makes the memory reach up to a place. */
export function reach(end: usize): void {
  const pages = <i32>((end + 0xffff) >>> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
}
