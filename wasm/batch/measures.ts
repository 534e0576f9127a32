/** What is measured of lines: see `measures/chunk.ts`. */
import { durations, keys, placeAt, received, sent } from './columns';
import { lines, minuteAt } from './lines';
import { putVarint } from './packing';
import { ASIDE, CHUNK, CHUNK_LINES_MAX, MINUTES_PER_HOUR, VARINT_BYTES_MAX } from './places';

const EXACT: f64 = 16;
const CODED_DURATION_MAX: f64 = 2_147_483_647;

/** As `durationCode` of the domain has it. */
function codeOf(duration: f64): u8 {
  if (duration < 0) return 0;
  if (duration < EXACT) return 1 + <u8>duration;
  const ms = <u32>min(duration, CODED_DURATION_MAX);
  const octave = 31 - clz(ms);
  return <u8>(17 + (octave - 4) * 8 + ((ms >>> (octave - 3)) & 7));
}

let chunkBegin: usize = 0;
let chunkSize: i32 = 0;
/** Where the chunk begins that was packed last, and how many bytes it has. */
export function chunkBeginAt(): usize {
  return chunkBegin;
}
export function chunkBytes(): i32 {
  return chunkSize;
}

/** Packs the sorted lines from a place on that are of one hour, up to as many as a chunk has; answers where the next ones begin. */
export function packFrom(from: i32): i32 {
  const hour = minuteAt(from) / MINUTES_PER_HOUR;
  const limit = min(lines, from + CHUNK_LINES_MAX);
  let to = from;
  while (to < limit && minuteAt(to) / MINUTES_PER_HOUR === hour) to++;
  // The length of all comes first, and is known last.
  const begin = CHUNK + VARINT_BYTES_MAX;
  let at = begin;
  store<u8>(at++, 0);
  at = packMinutes(at, from, to);
  let aside = ASIDE;
  let minute: u32 = u32.MAX_VALUE;
  let before: u32 = 0;
  for (let i = from; i < to; i++) {
    if (minuteAt(i) !== minute) {
      minute = minuteAt(i);
      before = 0;
    }
    const shape = load<u32>(keys + 8 * <usize>i);
    aside = putVarint(aside, <f64>(shape - before));
    before = shape;
  }
  at = putAside(at, aside);
  for (let i = from; i < to; i++) store<u8>(at++, codeOf(load<f64>(durations + 8 * placeAt(i))));
  aside = ASIDE;
  for (let i = from; i < to; i++) aside = putVarint(aside, max<f64>(0, load<f64>(received + 8 * placeAt(i))));
  at = putAside(at, aside);
  for (let i = from; i < to; i++) at = putVarint(at, max<f64>(0, load<f64>(sent + 8 * placeAt(i))));
  const size = <f64>(at - begin);
  chunkBegin = begin - (putVarint(CHUNK, size) - CHUNK);
  putVarint(chunkBegin, size);
  chunkSize = <i32>(at - chunkBegin);
  return to;
}

/** Copies the column that was packed aside behind its size. */
function putAside(at: usize, end: usize): usize {
  const size = end - ASIDE;
  const to = putVarint(at, <f64>size);
  memory.copy(to, ASIDE, size);
  return to + size;
}

/** How many minutes there are, and of each its number within the hour and its lines. */
function packMinutes(begin: usize, from: i32, to: i32): usize {
  let at = begin + 1;
  let minutes: u8 = 0;
  for (let i = from; i < to; ) {
    const minute = minuteAt(i);
    let end = i;
    while (end < to && minuteAt(end) === minute) end++;
    minutes++;
    store<u8>(at++, <u8>(minute % MINUTES_PER_HOUR));
    at = putVarint(at, <f64>(end - i));
    i = end;
  }
  store<u8>(begin, minutes);
  return at;
}
