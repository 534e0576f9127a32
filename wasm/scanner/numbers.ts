/** Numbers and times, read from bytes. Written in any but the plain way they are NOT_READ. */
import { COLON, DASH, LETTER_T, ZERO } from './bytes';
import { ABSENT, NONE, NOT_READ } from './places';

/** The last `length` of the eight digits that end at a place; below 0: one is none. */
// @ts-ignore: decorator
@inline
function readEight(end: usize, length: u64): i64 {
  // The first digit is in the lowest byte; those before the number are made zeros.
  const digits = (load<u64>(end - 8) ^ 0x3030_3030_3030_3030) & (u64.MAX_VALUE << (64 - 8 * length));
  if (((digits + 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080) return -1;
  const pairs = digits * 10 + (digits >> 8);
  return <i64>(
    (((pairs & 0x0000_00ff_0000_00ff) * 0x000f_4240_0000_0064 +
      ((pairs >> 16) & 0x0000_00ff_0000_00ff) * 0x0000_2710_0000_0001) >>
      32)
  );
}

/** A count without leading zeros in [from, to), of at most 15 digits: as many as a double keeps exactly. */
// @ts-ignore: decorator
@inline
export function readCount(from: usize, to: usize): i64 {
  const length = to - from;
  if (length - 1 >= 8 || (length > 1 && load<u8>(from) === ZERO)) return readLong(from, to);
  const value = readEight(to, <u64>length);
  return value < 0 ? NOT_READ : value;
}

/** The same for one that may have more than eight digits. */
function readLong(from: usize, to: usize): i64 {
  const length = <i32>(to - from);
  if (length <= 8 || length > 15 || load<u8>(from) === ZERO) return NOT_READ;
  const high = readEight(to - 8, <u64>(length - 8));
  const low = readEight(to, 8);
  return high < 0 || low < 0 ? NOT_READ : high * 100_000_000 + low;
}

/** A port in [from, to); absent when there is nothing, and no colon that promises one. */
export function readPort(from: usize, to: usize): i64 {
  if (from === to) return load<u8>(from - 1) === COLON ? NOT_READ : ABSENT;
  const port = readCount(from, to);
  return port <= 65_535 ? port : NOT_READ;
}

// @ts-ignore: decorator
@inline
function twoDigits(at: usize): i32 {
  const high = <u32>load<u8>(at) - ZERO;
  const low = <u32>load<u8>(at + 1) - ZERO;
  return high <= 9 && low <= 9 ? <i32>(high * 10 + low) : NONE;
}

/** The bytes of the day that was read last with the T behind it, and when it begins: the next line mostly has the same. */
let dayHead: u64 = 0;
let dayTail: u32 = 0;
let dayStart: i64 = NOT_READ;
const FIRST_YEAR: i32 = 2_000;
const DAY_MS: i64 = 86_400_000;
/** 2000-01-01, in ms since the epoch. */
const FIRST_DAY: i64 = 946_684_800_000;

function learnDay(at: usize): void {
  dayHead = load<u64>(at);
  dayTail = load<u32>(at, 7);
  dayStart = NOT_READ;
  const century = twoDigits(at);
  const years = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  // 2000 to 2099, which start times have to be in.
  if (load<u8>(at, 10) !== LETTER_T || load<u8>(at, 4) !== DASH || load<u8>(at, 7) !== DASH) return;
  if (century !== 20 || years < 0) return;
  if (month < 1 || month > 12 || day < 1) return;
  const isLeap = (years & 3) === 0;
  let days = 365 * years + ((years + 3) >> 2);
  for (let m = 1; m < month; m++) days += daysOf(m, isLeap);
  if (day > daysOf(month, isLeap)) return;
  dayStart = FIRST_DAY + DAY_MS * <i64>(days + day - 1);
}

function daysOf(month: i32, isLeap: bool): i32 {
  if (month === 2) return isLeap ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);
}

/** Reads `2020-07-23T14:26:27.081Z` in brackets; `at` is behind the first of them. */
// @ts-ignore: decorator
@inline
export function readClock(at: usize): i64 {
  return load<u8>(at - 1) === 0x5b && load<u8>(at, 24) === 0x5d ? readTime(at) : NOT_READ;
}

/** Reads the same without brackets. */
export function readTime(at: usize): i64 {
  if (load<u64>(at) !== dayHead || load<u32>(at, 7) !== dayTail) learnDay(at);
  // `14:26:27.081Z`, less the least that may stand in each place: what is left may be no more than some. Of the last three all may be.
  const least = i8x16(0x30, 0x30, 0x3a, 0x30, 0x30, 0x3a, 0x30, 0x30, 0x2e, 0x30, 0x30, 0x30, 0x5a, 0, 0, 0);
  const most = i8x16(2, 9, 0, 5, 9, 0, 5, 9, 0, 9, 9, 9, 0, -1, -1, -1);
  const digits = i8x16.sub(v128.load(at, 11), least);
  if (!i8x16.all_true(i8x16.le_u(digits, most)) || dayStart === NOT_READ) return NOT_READ;
  const clock = <u64>i64x2.extract_lane(digits, 0);
  const pairs = clock * 10 + (clock >> 8);
  const hour = <i32>(pairs & 0xff);
  if (hour >= 24) return NOT_READ;
  const second = (hour * 60 + <i32>((pairs >> 24) & 0xff)) * 60 + <i32>((pairs >> 48) & 0xff);
  const parts = <i32>i64x2.extract_lane(digits, 1);
  const ms = ((parts >> 8) & 0xff) * 100 + ((parts >> 16) & 0xff) * 10 + ((parts >> 24) & 0xff);
  return dayStart + <i64>(second * 1_000 + ms);
}
