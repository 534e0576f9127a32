/** The lines of a batch that are not summed up yet, by minute and shape. */
import { counted, keys, places, shapes, sortAll, starts } from './columns';
import { MINUTES_PER_HOUR } from './places';

const MINUTE_MS: f64 = 60_000;
/** Lines of the batch, and those of them that are summed up, which are sorted. */
let taken: i32 = 0;
export let lines: i32 = 0;

/** Sorts the lines that are not counted yet, of so many, by minute and then by shape. Answers how many these are. */
export function sort(count: i32): i32 {
  taken = count;
  lines = 0;
  let differing: u64 = 0;
  let first: u64 = 0;
  for (let i = 0; i < count; i++) {
    if (load<u8>(counted + <usize>i) !== 0) continue;
    const minute = <u64>(<i64>Math.floor(load<f64>(starts + <usize>(8 * i)) / MINUTE_MS));
    const key = (minute << 32) | <u64>load<u32>(shapes + <usize>(4 * i));
    if (lines === 0) first = key;
    differing |= key ^ first;
    store<u64>(keys + <usize>(8 * lines), key);
    store<i32>(places + <usize>(4 * lines), i);
    lines++;
  }
  sortAll(differing, lines);
  return lines;
}

// @ts-ignore: decorator
@inline
export function minuteAt(i: i32): u32 {
  return load<u32>(keys + 8 * <usize>i, 4);
}

/** Hour of a sorted line, and its shape. */
export function hourAt(i: i32): i32 {
  return <i32>(minuteAt(i) / MINUTES_PER_HOUR);
}
export function shapeAt(i: i32): u32 {
  return load<u32>(keys + 8 * <usize>i);
}
