/** Reads the numbers of the express lane from bytes; what is written in any but the plain way is not read. */
import { COUNT_MAX, START_TIME_MAX, START_TIME_MIN } from '../domain/limits.ts';
import { parseTime } from '../domain/time.ts';

/** The bytes are not the number that was looked for. Below every value, and below "absent" (-1). */
export const NOT_READ = -2;
const ABSENT = -1;
const COLON = 0x3a;
const DAY_MS = 86_400_000;

/** A count without leading zeros in [from, to). */
export function readCount(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length < 1 || length > 15 || (length > 1 && bytes[from] === 0x30)) return NOT_READ;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return NOT_READ;
    value = value * 10 + digit;
  }
  return value <= COUNT_MAX ? value : NOT_READ;
}

/** A port in [from, to); absent when there is nothing, and no colon that promises one. */
export function readPort(bytes: Uint8Array, from: number, to: number): number {
  if (from === to) return bytes[from - 1] === COLON ? NOT_READ : ABSENT;
  const port = readCount(bytes, from, to);
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

  return (bytes, view, at) => {
    const isSameDay =
      date === view.getInt16(at + 8, true) &&
      month === view.getInt32(at + 4, true) &&
      year === view.getInt32(at, true);
    if (!isSameDay) learnDay(bytes, view, at);
    const hour = twoDigits(bytes, at + 11);
    const minute = twoDigits(bytes, at + 14);
    const second = twoDigits(bytes, at + 17);
    const tenths = twoDigits(bytes, at + 20);
    const last = (bytes[at + 22] as number) - 0x30;
    const isPlain =
      dayStart !== NOT_READ &&
      bytes[at - 1] === 0x5b &&
      bytes[at + 10] === 0x54 &&
      bytes[at + 13] === 0x3a &&
      bytes[at + 16] === 0x3a &&
      bytes[at + 19] === 0x2e &&
      bytes[at + 23] === 0x5a &&
      bytes[at + 24] === 0x5d &&
      hour >= 0 &&
      hour < 24 &&
      minute >= 0 &&
      minute < 60 &&
      second >= 0 &&
      second < 60 &&
      tenths >= 0 &&
      last >= 0 &&
      last <= 9;
    return isPlain ? dayStart + ((hour * 60 + minute) * 60 + second) * 1_000 + tenths * 10 + last : NOT_READ;
  };
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const high = (bytes[at] ?? 0) - 0x30;
  const low = (bytes[at + 1] ?? 0) - 0x30;
  return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : NOT_READ;
}
