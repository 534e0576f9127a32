/** Rows: stretches and layout of a line, with the number of its template. */
import { asked, take } from '../memory';
import { hashGist, isSame, withGist } from './bytes';
import { AHEAD, AHEAD_BYTES, AHEAD_HASH, FIRST_SLOTS, KEY, NONE, PROBES_MAX, STRETCHES_MAX } from './places';
import { gistOfStretch } from './stretches';

/** A slot of a row: number and one more, hash. */
const ROW_SLOT_BYTES: usize = 8;
/** A row: stretches and layout, its value. As many bytes as a processor fetches at once. */
const ROW_BYTES: usize = 64;
const ROW_VALUE: usize = 4 * <usize>KEY;
let rowSlots: usize = 0;
let rowPlaces: i32 = 0;
let rows: usize = 0;
let rowCount: i32 = 0;

/** Forgets the rows, and where they are. */
export function dropTable(): void {
  rows = 0;
  resetRows();
}

/** Forgets the templates, not the stretches. */
export function resetRows(): void {
  if (rows === 0) {
    rowPlaces = FIRST_SLOTS;
    rowSlots = take(ROW_SLOT_BYTES * <usize>rowPlaces);
    rows = take((ROW_BYTES * <usize>rowPlaces) / 2);
  }
  memory.fill(rowSlots, 0, ROW_SLOT_BYTES * <usize>rowPlaces);
  rowCount = 0;
}

function hashRow(at: usize): u32 {
  let gist = i64x2.splat(0);
  for (let i: usize = 0; i < <usize>STRETCHES_MAX; i++) {
    const stretch = load<i32>(at + 4 * i);
    if (stretch !== NONE) gist = withGist(gist, gistOfStretch(stretch));
  }
  return hashGist(gist, load<i32>(at, 4 * <usize>STRETCHES_MAX));
}

/** Asks for the rows of so many lines that were looked at. */
export function askForRows(lines: i32): void {
  const mask = rowPlaces - 1;
  const end = AHEAD + AHEAD_BYTES * <usize>lines;
  let sum = 0;
  for (let at = AHEAD; at < end; at += AHEAD_BYTES)
    sum ^= load<i32>(rowSlots + ROW_SLOT_BYTES * <usize>(load<i32>(at, AHEAD_HASH) & mask));
  for (let at = AHEAD; at < end; at += AHEAD_BYTES) {
    const number = load<i32>(rowSlots + ROW_SLOT_BYTES * <usize>(load<i32>(at, AHEAD_HASH) & mask));
    sum ^= load<i32>(rows + ROW_BYTES * <usize>max(0, number - 1));
  }
  asked(sum);
}

/** Value of the row at a place, or NONE. */
export function findRow(at: usize): i32 {
  const hash = hashRow(at);
  for (let probes = 0; probes < PROBES_MAX; probes++) {
    const slot = slotAt(hash, probes);
    if (load<i32>(slot) === 0) return NONE;
    if (load<u32>(slot, 4) === hash && isSame(rowOf(slot), at, 4 * <usize>KEY)) return valueOf(rowOf(slot));
  }
  return NONE;
}

/** Where a row may be found by its hash: number and one more (0: none is), hash. */
// @ts-ignore: decorator
@inline
export function slotAt(hash: u32, probes: i32): usize {
  return rowSlots + ROW_SLOT_BYTES * <usize>((<i32>hash + probes) & (rowPlaces - 1));
}

// @ts-ignore: decorator
@inline
export function rowOf(slot: usize): usize {
  return rows + ROW_BYTES * <usize>(load<i32>(slot) - 1);
}

// @ts-ignore: decorator
@inline
export function valueOf(row: usize): i32 {
  return load<i32>(row, ROW_VALUE);
}

/** Adds a row that is not there; false: it is not taken. */
export function addRow(at: usize, value: i32): bool {
  if (2 * (rowCount + 1) > rowPlaces) widenRows();
  if (!placeRow(rowSlots, rowPlaces, rowCount, hashRow(at))) return false;
  const row = rows + ROW_BYTES * <usize>(rowCount++);
  memory.copy(row, at, 4 * <usize>KEY);
  store<i32>(row, value, ROW_VALUE);
  return true;
}

function placeRow(slots: usize, places: i32, number: i32, hash: u32): bool {
  const mask = places - 1;
  let place = <i32>hash & mask;
  for (let probes = 0; probes < PROBES_MAX; probes++) {
    const slot = slots + ROW_SLOT_BYTES * <usize>place;
    if (load<i32>(slot) === 0) {
      store<i32>(slot, number + 1);
      store<u32>(slot, hash, 4);
      return true;
    }
    place = (place + 1) & mask;
  }
  return false;
}

/** One that finds no place any more is not found any more, and is learned again. */
function widenRows(): void {
  const places = 2 * rowPlaces;
  const slots = take(ROW_SLOT_BYTES * <usize>places);
  memory.fill(slots, 0, ROW_SLOT_BYTES * <usize>places);
  for (let i = 0; i < rowPlaces; i++) {
    const slot = rowSlots + ROW_SLOT_BYTES * <usize>i;
    if (load<i32>(slot) > 0) placeRow(slots, places, load<i32>(slot) - 1, load<u32>(slot, 4));
  }
  const wider = take((ROW_BYTES * <usize>places) / 2);
  memory.copy(wider, rows, ROW_BYTES * <usize>rowCount);
  rows = wider;
  rowSlots = slots;
  rowPlaces = places;
}
