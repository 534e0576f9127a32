/** Numbers and times, read from bytes. Written in any but the plain way they are NOT_READ. */
import { COLON, DASH, ZERO } from './bytes';
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

/** A count without leading zeros in [from, to), of at most 15 digits: all of them are kept exactly. */
export function readCount(from: usize, to: usize): f64 {
  const length = <i32>(to - from);
  if (length < 1 || length > 15 || (length > 1 && load<u8>(from) === ZERO)) return NOT_READ;
  if (length <= 8) {
    const value = readEight(to, <u64>length);
    return value < 0 ? NOT_READ : <f64>value;
  }
  const high = readEight(to - 8, <u64>(length - 8));
  const low = readEight(to, 8);
  return high < 0 || low < 0 ? NOT_READ : <f64>(high * 100_000_000 + low);
}

/** A port in [from, to); absent when there is nothing, and no colon that promises one. */
export function readPort(from: usize, to: usize): f64 {
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

/** The bytes of the day that was read last, and when it begins: the next line mostly has the same. */
let dayHead: u64 = 0;
let dayTail: u16 = 0;
let dayStart: f64 = NOT_READ;
const FIRST_YEAR: i32 = 2_000;
const DAY_MS: f64 = 86_400_000;
/** 2000-01-01, in ms since the epoch. */
const FIRST_DAY: f64 = 946_684_800_000;

function learnDay(at: usize): void {
  dayHead = load<u64>(at);
  dayTail = load<u16>(at, 8);
  dayStart = NOT_READ;
  const century = twoDigits(at);
  const years = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  // 2000 to 2099, which start times have to be in.
  if (load<u8>(at, 4) !== DASH || load<u8>(at, 7) !== DASH || century !== 20 || years < 0) return;
  if (month < 1 || month > 12 || day < 1) return;
  const isLeap = (years & 3) === 0;
  let days = 365 * years + ((years + 3) >> 2);
  for (let m = 1; m < month; m++) days += daysOf(m, isLeap);
  if (day > daysOf(month, isLeap)) return;
  dayStart = FIRST_DAY + DAY_MS * <f64>(days + day - 1);
}

function daysOf(month: i32, isLeap: bool): i32 {
  if (month === 2) return isLeap ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);
}

/** Reads `2020-07-23T14:26:27.081Z` in brackets; `at` is behind the first of them. */
// @ts-ignore: decorator
@inline
export function readClock(at: usize): f64 {
  return load<u8>(at - 1) === 0x5b && load<u8>(at, 24) === 0x5d ? readTime(at) : NOT_READ;
}

/** Reads the same without brackets. */
export function readTime(at: usize): f64 {
  if (load<u64>(at) !== dayHead || load<u16>(at, 8) !== dayTail) learnDay(at);
  const hour = twoDigits(at + 11);
  const minute = twoDigits(at + 14);
  const second = twoDigits(at + 17);
  const tenths = twoDigits(at + 20);
  const last = <u32>load<u8>(at, 22) - ZERO;
  const isPlain =
    dayStart !== NOT_READ &&
    load<u8>(at, 10) === 0x54 &&
    load<u8>(at, 13) === COLON &&
    load<u8>(at, 16) === COLON &&
    load<u8>(at, 19) === 0x2e &&
    load<u8>(at, 23) === 0x5a &&
    <u32>hour < 24 &&
    <u32>minute < 60 &&
    <u32>second < 60 &&
    tenths >= 0 &&
    last <= 9;
  if (!isPlain) return NOT_READ;
  return dayStart + <f64>(((hour * 60 + minute) * 60 + second) * 1_000 + tenths * 10 + <i32>last);
}
