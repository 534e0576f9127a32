/** Tells where a message can begin, so that a prefix of words can be told from the message behind it. */

const LEVELS = ['trace', 'debug', 'info', 'warning', 'warn', 'error', 'critical', 'fatal'];
/** The same by the code of their first letter, for speed: words that are none begin with most letters. */
const LEVELS_BY_LETTER: readonly (readonly string[])[] = Array.from({ length: 128 }, (_, code) =>
  LEVELS.filter((level) => level.charCodeAt(0) === code),
);
const TAB = 0x09;
const SPACE = 0x20;

/** True when an access line or a message of the proxy itself can begin at `at`. */
export function isMessageStart(line: string, at: number): boolean {
  const code = line.charCodeAt(at);
  if (code === 0x5b /* [ */) {
    return (
      isDigit(line.charCodeAt(at + 1)) ||
      line.startsWith('[Envoy (', at) ||
      line.startsWith(MISSING_STAMP, at)
    );
  }
  if (code === 0x7b /* { */) return true;
  if (isDigit(code)) return stampEnd(line, at) > 0 || shortStampEnd(line, at) > 0;
  return line.startsWith('ACCESS [', at) || levelEnd(line, at, TAB) > 0;
}

/** What stern prints in the place of a timestamp that the server did not send. */
export const MISSING_STAMP = '[missing timestamp] ';

/** Index behind the RFC 3339 time that stands at `at`, or -1. Its values are not checked, only its form. */
export function stampEnd(line: string, at: number): number {
  if (line.charCodeAt(at + 4) !== 0x2d || line.charCodeAt(at + 7) !== 0x2d) return -1;
  if (
    line.charCodeAt(at + 10) !== 0x54 ||
    line.charCodeAt(at + 13) !== 0x3a ||
    line.charCodeAt(at + 16) !== 0x3a
  )
    return -1;
  if (!isDigit(line.charCodeAt(at)) || !isDigit(line.charCodeAt(at + 18))) return -1;
  let end = at + 19;
  if (line.charCodeAt(end) === 0x2e) {
    end++;
    while (isDigit(line.charCodeAt(end))) end++;
  }
  if (line.charCodeAt(end) === 0x5a /* Z */) return end + 1;
  const sign = line.charCodeAt(end);
  const zoned = (sign === 0x2b || sign === 0x2d) && line.charCodeAt(end + 3) === 0x3a;
  return zoned && isDigit(line.charCodeAt(end + 5)) ? end + 6 : -1;
}

/** Index behind stern's short time (`01-27 14:15:24`) at `at`, or -1. */
export function shortStampEnd(line: string, at: number): number {
  const fits =
    line.charCodeAt(at + 2) === 0x2d &&
    line.charCodeAt(at + 5) === SPACE &&
    line.charCodeAt(at + 8) === 0x3a &&
    line.charCodeAt(at + 11) === 0x3a &&
    isDigit(line.charCodeAt(at)) &&
    isDigit(line.charCodeAt(at + 13));
  return fits ? at + 14 : -1;
}

/**
 * Where the message begins when a timestamp of the transport may stand at `at`: behind it and one space; else `at`.
 * A time with a log level behind it is the message itself: pilot-agent and ztunnel begin their lines so.
 */
export function skipStamp(line: string, at: number): number {
  if (!isDigit(line.charCodeAt(at)))
    return line.startsWith(MISSING_STAMP, at) ? at + MISSING_STAMP.length : at;
  const full = stampEnd(line, at);
  const end = full > 0 ? full : shortStampEnd(line, at);
  if (end < 0 || line.charCodeAt(end) !== SPACE) return at;
  let next = end;
  while (line.charCodeAt(next) === SPACE) next++;
  const level = levelEnd(line, next, SPACE);
  return level > 0 && full > 0 ? at : end + 1;
}

/** Index behind the log level that stands at `at` with `behind` or a tab after it, or -1. */
export function levelEnd(line: string, at: number, behind: number): number {
  const levels = LEVELS_BY_LETTER[line.charCodeAt(at)];
  if (levels === undefined) return -1;
  for (const level of levels) {
    if (!line.startsWith(level, at)) continue;
    const code = line.charCodeAt(at + level.length);
    if (code === behind || code === TAB) return at + level.length;
  }
  return -1;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
