/** Rows: stretches and layout of a line, with the number of its template. */
import { asked, take } from '../memory';
import { hashMask, isSame } from './bytes';
import { FIRST_SLOTS, KEY, NONE, PROBES_MAX } from './places';

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

export function hashRow(at: usize): u32 {
  let hash: u64 = 0;
  for (let i: usize = 0; i < 4 * <usize>KEY; i += 8) {
    hash = (hash ^ (hash >> 31)) * 0x9fb2_1c65_1e98_df25 + load<u64>(at + i) * 0xc2b2_ae3d_27d4_eb4f;
  }
  hash ^= hash >> 32;
  hash *= 0xd6e8_feb8_6659_fd93;
  return <u32>(hash >> 32) & hashMask;
}

/** Value of the row at a place, or NONE. */
export function findRow(at: usize): i32 {
  return findHashed(at, hashRow(at));
}

/** Asks for the rows of keys [from, to), of `bytes` each with its hash at `hashAt`. */
export function askForRows(from: usize, to: usize, bytes: usize, hashAt: usize): void {
  const mask = rowPlaces - 1;
  let sum = 0;
  for (let key = from; key < to; key += bytes) sum ^= load<i32>(rowSlots + ROW_SLOT_BYTES * <usize>(load<i32>(key + hashAt) & mask));
  for (let key = from; key < to; key += bytes) {
    const number = load<i32>(rowSlots + ROW_SLOT_BYTES * <usize>(load<i32>(key + hashAt) & mask));
    sum ^= load<i32>(rows + ROW_BYTES * <usize>max(0, number - 1));
  }
  asked(sum);
}

export function findHashed(at: usize, hash: u32): i32 {
  const mask = rowPlaces - 1;
  let place = <i32>hash & mask;
  for (let probes = 0; probes < PROBES_MAX; probes++) {
    const slot = rowSlots + ROW_SLOT_BYTES * <usize>place;
    const number = load<i32>(slot);
    if (number === 0) return NONE;
    if (load<u32>(slot, 4) === hash) {
      const row = rows + ROW_BYTES * <usize>(number - 1);
      if (isSame(row, at, 4 * <usize>KEY)) return load<i32>(row, ROW_VALUE);
    }
    place = (place + 1) & mask;
  }
  return NONE;
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
