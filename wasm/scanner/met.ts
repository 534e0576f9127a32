/** Whose lines the stream has met. */
import { take } from '../memory';

/** By writer: 1 for those that the stream has met. */
export let met: usize = 0;
export let metCapacity: i32 = 0;

export function resetMet(): void {
  metCapacity = 1_024;
  met = take(<usize>metCapacity);
  memory.fill(met, 0, <usize>metCapacity);
}

/** Makes room for so many writers, and answers where what is met of them stands. */
export function metAt(count: i32): usize {
  while (count > metCapacity) {
    const wider = take(2 * <usize>metCapacity);
    memory.fill(wider, 0, 2 * <usize>metCapacity);
    memory.copy(wider, met, <usize>metCapacity);
    met = wider;
    metCapacity *= 2;
  }
  return met;
}
