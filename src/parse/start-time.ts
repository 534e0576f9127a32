/** Reads START_TIME in Envoy's default form; the forms of one's own are in strftime.ts. */
import { parseTime } from '../domain/time.ts';

/** Reads a time out of a line. One reader serves one format; what it found last stays with it. */
export interface TimeReader {
  /** The time read last, ms since the epoch; NaN when there was none. */
  readonly value: number;
  /** Index behind the time read last. */
  readonly end: number;
  /** True when the time read last is exactly how the default form prints it: ms and `Z`. */
  readonly canonical: boolean;
  /** Returns false when no valid time stands at `from`. */
  read(line: string, from: number): boolean;
}

/** Longest RFC 3339 time with nine digits of fraction and a zone. */
const TIME_CHARACTERS_MAX = 35;

/**
 * Reader of RFC 3339 times with `T` and a zone; the fraction is cut to ms.
 * The usual form (`2020-07-23T14:26:27.081Z`) is read without making a string: it stands on every line.
 */
export class DefaultTimeReader implements TimeReader {
  value = Number.NaN;
  end = 0;
  canonical = false;
  /** The day met last, as the number yyyymmdd, and its midnight: most lines are of the same day as the line before. */
  #day = -1;
  #dayMs = 0;

  read(line: string, from: number): boolean {
    const usual = this.#readUsual(line, from);
    this.canonical = usual >= 0;
    if (usual >= 0) {
      this.value = usual;
      this.end = from + 24;
      return true;
    }
    this.value = this.#readAny(line, from);
    return !Number.isNaN(this.value);
  }

  /** Returns -1 for every other form, and for a time that does not exist. */
  #readUsual(line: string, from: number): number {
    if (!isPunctuated(line, from)) return -1;
    const year = two(line, from) * 100 + two(line, from + 2);
    const day = (year * 100 + two(line, from + 5)) * 100 + two(line, from + 8);
    const hour = two(line, from + 11);
    const minute = two(line, from + 14);
    const second = two(line, from + 17);
    const ms = two(line, from + 20) * 10 + digit(line, from + 22);
    if (day < 0 || ms < 0 || hour < 0 || minute < 0 || second < 0) return -1;
    if (hour > 23 || minute > 59 || second > 59) return -1;
    if (day !== this.#day && !this.#learnDay(line, from, day)) return -1;
    return this.#dayMs + ((hour * 60 + minute) * 60 + second) * 1_000 + ms;
  }

  #learnDay(line: string, from: number, day: number): boolean {
    const midnight = parseTime(`${line.slice(from, from + 10)}T00:00:00Z`);
    if (midnight === null || midnight < 0) return false;
    this.#day = day;
    this.#dayMs = midnight;
    return true;
  }

  #readAny(line: string, from: number): number {
    const limit = Math.min(line.length, from + TIME_CHARACTERS_MAX);
    let end = from;
    while (end < limit && isTimeCharacter(line.charCodeAt(end))) end++;
    this.end = end;
    return parseZonedTime(line.slice(from, end)) ?? Number.NaN;
  }
}

/** Reads an RFC 3339 time that has `T` and a zone, or returns null. */
export function parseZonedTime(text: string): number | null {
  if (text.length > TIME_CHARACTERS_MAX || text.charCodeAt(10) !== 0x54) return null;
  const zoned = text.endsWith('Z') || text.lastIndexOf('+') > 18 || text.lastIndexOf('-') > 18;
  return zoned ? parseTime(text) : null;
}

/** True when all that stands between the digits of the usual form is as it should be. */
function isPunctuated(line: string, from: number): boolean {
  return (
    line.charCodeAt(from + 23) === 0x5a &&
    line.charCodeAt(from + 10) === 0x54 &&
    line.charCodeAt(from + 4) === 0x2d &&
    line.charCodeAt(from + 7) === 0x2d &&
    line.charCodeAt(from + 13) === 0x3a &&
    line.charCodeAt(from + 16) === 0x3a &&
    line.charCodeAt(from + 19) === 0x2e
  );
}

/** Value of a decimal digit; for anything else a negative number that outweighs the digits beside it. */
function digit(line: string, at: number): number {
  const value = line.charCodeAt(at) - 0x30;
  return value >= 0 && value <= 9 ? value : -100_000_000;
}

function two(line: string, at: number): number {
  return digit(line, at) * 10 + digit(line, at + 1);
}

/** Digits, `T`, `Z`, and `+ - . :`. */
function isTimeCharacter(code: number): boolean {
  if (code >= 0x30 && code <= 0x3a) return true;
  return code === 0x2b || code === 0x2d || code === 0x2e || code === 0x54 || code === 0x5a;
}
