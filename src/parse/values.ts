/** Reads the values of single fields. All strict: what is not exactly such a value is refused. */
import { isIpv4, parseAddress } from '../domain/address.ts';
import { COUNT_MAX } from '../domain/limits.ts';
import { parseResponseFlags } from '../domain/response-flags.ts';

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
 * True for what can stand where Envoy prints an address: an IP address with port, a host name with or without one,
 * a pipe path, an internal listener. What looks like an IP address must be one.
 */
export function isAddress(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first >= 0x30 && first <= 0x39 && isDottedDecimal(text)) {
    return isIpv4(text) || parseAddress(text) !== null;
  }
  if (first === 0x5b) return parseAddress(text) !== null;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x22 || code === 0x3c || code === 0x3e) return false;
  }
  return text !== '';
}

function isDottedDecimal(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code < 0x30 || code > 0x3a) && code !== 0x2e) return false;
  }
  return true;
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
  const value = Object.freeze({ flags, canonical: flags.join(',') === text });
  if (known.size < FLAG_SETS_MAX) known.set(text, value);
  return value;
}
