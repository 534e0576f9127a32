/** Reads the values of single fields. All strict: what is not exactly such a value is refused. */
import { parseAddress } from '../domain/address.ts';
import { COUNT_MAX } from '../domain/limits.ts';
import { parseResponseFlags } from '../domain/response-flags.ts';
import { TextCache } from './text-cache.ts';

/** Reads decimal digits without leading zeros, up to COUNT_MAX; -1 for anything else. */
export function readCount(text: string, from: number, end: number): number {
  const length = end - from;
  if (length < 1 || length > 16) return -1;
  let value = 0;
  for (let i = from; i < end; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  if (length > 1 && text.charCodeAt(from) === 0x30) return -1;
  return value <= COUNT_MAX ? value : -1;
}

/**
 * True when `text` has between `from` and `end` what can stand where Envoy prints an address: an IP address with a port or
 * without one, a host name, a pipe path, an internal listener. What looks like an IP address must be one.
 */
export function isAddress(text: string, from: number, end: number): boolean {
  const first = text.charCodeAt(from);
  if (first >= 0x30 && first <= 0x39) {
    const behind = ipv4End(text, from, end);
    if (behind > 0)
      return behind === end || (text.charCodeAt(behind) === 0x3a && isPort(text, behind + 1, end));
    if (behind === 0) return false;
  }
  if (first === 0x5b) return parseAddress(text.slice(from, end)) !== null;
  for (let i = from; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x22 || code === 0x3c || code === 0x3e) return false;
  }
  return end > from;
}

/** Index behind the dotted decimal at `from`; 0 for a malformed one, -1 for what is none: a name, IPv6. */
function ipv4End(text: string, from: number, end: number): number {
  let dots = 0;
  let value = -1;
  let fits = true;
  let i = from;
  for (; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x30 && code <= 0x39) {
      fits &&= value !== 0 && value <= 25;
      value = value < 0 ? code - 0x30 : value * 10 + code - 0x30;
      fits &&= value <= 255;
    } else if (code === 0x2e) {
      fits &&= value >= 0;
      dots++;
      value = -1;
    } else if (code === 0x3a) {
      break;
    } else {
      return -1;
    }
  }
  return fits && dots === 3 && value >= 0 ? i : 0;
}

function isPort(text: string, from: number, end: number): boolean {
  const port = readCount(text, from, end);
  return port >= 0 && port <= 65_535;
}

/** Words that stand on many lines. */
const words = new TextCache();

/**
 * Returns the word, as the same string for the same word where it stands on many lines: such strings compare fast, and
 * keep none of the lines alive that they came from. Null: it holds a control character.
 */
export function internWord(word: string): string | null {
  const known = words.find(word);
  if (known !== undefined) return known;
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) < 0x20) return null;
  return words.keep(word);
}

/** Flags as read, and whether they are written the way that they are rendered again. */
export interface FlagsValue {
  readonly flags: readonly string[];
  readonly canonical: boolean;
}

/** A stream holds few combinations; past so many, something else than a proxy makes them up. */
const FLAG_SETS_MAX = 1_024;
const known = new Map<string, FlagsValue>();
/** No flags: `-`. */
export const NO_FLAGS: FlagsValue = Object.freeze({ flags: Object.freeze([]), canonical: true });

/** Reads response flags; the same text gives the same object. Null: no list of flags. */
export function readFlags(text: string): FlagsValue | null {
  if (text === '-') return NO_FLAGS;
  const seen = known.get(text);
  if (seen !== undefined) return seen;
  const flags = parseResponseFlags(text);
  if (flags === null) return null;
  const value = Object.freeze({ flags, canonical: text !== '' && flags.join(',') === text });
  if (known.size < FLAG_SETS_MAX) known.set(text, value);
  return value;
}
