/** Reads the numbers of the express lane from bytes; what is written in any but the plain way is not read. */
import { COUNT_MAX, START_TIME_MAX, START_TIME_MIN } from '../domain/limits.ts';
import { parseTime } from '../domain/time.ts';

/** The bytes are not the number that was looked for. Below every value, and below "absent" (-1). */
export const NOT_READ = -2;
export const ABSENT = -1;
const COLON = 0x3a;
const DAY_MS = 86_400_000;

/** A count without leading zeros in [from, to). At least four bytes lie before it. */
export function readCount(view: DataView, from: number, to: number): number {
  const length = to - from;
  if (length < 1 || length > 15 || (length > 1 && view.getUint8(from) === 0x30)) return NOT_READ;
  if (length <= 4) return readFour(view, to - 4, length);
  let value = 0;
  let at = from;
  for (; at + 4 < to; at += 4) {
    const four = readFour(view, at, 4);
    if (four === NOT_READ) return NOT_READ;
    value = value * 10_000 + four;
  }
  const rest = readFour(view, to - 4, to - at);
  if (rest === NOT_READ) return NOT_READ;
  value = value * (POWERS[to - at] as number) + rest;
  return value <= COUNT_MAX ? value : NOT_READ;
}

const POWERS = [1, 10, 100, 1_000, 10_000];

/** The last `length` of the four digits at a place. */
function readFour(view: DataView, at: number, length: number): number {
  // The first digit is in the lowest byte; those before the number are made zeros.
  const digits = (view.getInt32(at, true) ^ 0x30303030) & (-1 << ((4 - length) * 8));
  if ((((digits & 0x7f7f7f7f) + 0x76767676) | digits) & 0x80808080) return NOT_READ;
  const pairs = (digits * 10 + (digits >>> 8)) & 0x00ff00ff;
  return (pairs & 0xff) * 100 + (pairs >>> 16);
}

/** A port in [from, to); absent when there is nothing, and no colon that promises one. */
export function readPort(view: DataView, from: number, to: number): number {
  if (from === to) return view.getUint8(from - 1) === COLON ? NOT_READ : ABSENT;
  const port = readCount(view, from, to);
  return port <= 65_535 ? port : NOT_READ;
}

/** Reads `2020-07-23T14:26:27.081Z` at a place; remembers the day, because the next line mostly has the same. */
export function createClock(): (bytes: Uint8Array, view: DataView, at: number) => number {
  /** The bytes of the day. */
  let year = 0;
  let month = 0;
  let date = 0;
  let dayStart = NOT_READ;

  const learnDay = (bytes: Uint8Array, view: DataView, at: number): void => {
    const text = String.fromCharCode(...bytes.subarray(at, at + 10));
    const time = /^\d{4}-\d\d-\d\d$/.test(text) ? parseTime(`${text}T00:00:00Z`) : null;
    const inRange = time !== null && time >= START_TIME_MIN && time + DAY_MS <= START_TIME_MAX;
    dayStart = inRange ? time : NOT_READ;
    year = view.getInt32(at, true);
    month = view.getInt32(at + 4, true);
    date = view.getInt16(at + 8, true);
  };

  /** The bytes of the hour and minute with what stands around them, and when that minute begins. */
  let hours = 0;
  let minutes = 0;
  let minuteStart = NOT_READ;

  const learnMinute = (bytes: Uint8Array, view: DataView, at: number): void => {
    const hour = twoDigits(bytes, at + 11);
    const minute = twoDigits(bytes, at + 14);
    const isPlain =
      bytes[at + 10] === 0x54 &&
      bytes[at + 13] === COLON &&
      bytes[at + 16] === COLON &&
      hour >= 0 &&
      hour < 24 &&
      minute >= 0 &&
      minute < 60;
    minuteStart = dayStart !== NOT_READ && isPlain ? dayStart + (hour * 60 + minute) * 60_000 : NOT_READ;
    hours = view.getInt32(at + 10, true);
    minutes = view.getInt32(at + 13, true);
  };

  return (bytes, view, at) => {
    const isSameDay =
      date === view.getInt16(at + 8, true) &&
      month === view.getInt32(at + 4, true) &&
      year === view.getInt32(at, true);
    if (!isSameDay) learnDay(bytes, view, at);
    if (!isSameDay || hours !== view.getInt32(at + 10, true) || minutes !== view.getInt32(at + 13, true))
      learnMinute(bytes, view, at);
    const second = twoDigits(bytes, at + 17);
    const tenths = twoDigits(bytes, at + 20);
    const last = (bytes[at + 22] as number) - 0x30;
    const isPlain =
      minuteStart !== NOT_READ &&
      bytes[at - 1] === 0x5b &&
      bytes[at + 19] === 0x2e &&
      bytes[at + 23] === 0x5a &&
      bytes[at + 24] === 0x5d &&
      second >= 0 &&
      second < 60 &&
      tenths >= 0 &&
      last >= 0 &&
      last <= 9;
    return isPlain ? minuteStart + second * 1_000 + tenths * 10 + last : NOT_READ;
  };
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const high = (bytes[at] ?? 0) - 0x30;
  const low = (bytes[at + 1] ?? 0) - 0x30;
  return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : NOT_READ;
}
