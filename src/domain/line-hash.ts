/**
 * Identifies lines by content, the same in every database: who wrote it, and all that it says.
 * Lines that their format renders again byte for byte are known by their fields; all others by their bytes.
 */
import type { Identity, LineNumbers } from './entry.ts';

/** 64 bits, as two signed 32-bit numbers. */
export interface Hash64 {
  readonly a: number;
  readonly b: number;
}

const P1 = 0x9e3779b1;
const P2 = 0x5f356495;
const TWO_32 = 0x1_0000_0000;

/**
 * What an identity adds to the hashes of its lines: the pod, for whoever reads the line may know no more of it.
 * Shape: `isNamed` when the line has both addresses of its connection, of which one is the pod's own; without them the
 * namespace has to tell it from the line of another pod with this name.
 */
export function identityHash({ pod, namespace }: Identity, isNamed: boolean): Hash64 {
  return textHash({ a: 0x1b873593, b: 0x3c6ef372 }, JSON.stringify(isNamed ? [pod] : [pod, namespace]));
}

/** Adds a text to a hash. */
export function textHash(seed: Hash64, text: string): Hash64 {
  let { a, b } = seed;
  const whole = text.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    // Each step can be undone, so two texts that differ in one place differ afterwards as well.
    a = Math.imul(a ^ (text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16)), P1);
    b = Math.imul(b ^ (text.charCodeAt(i + 2) | (text.charCodeAt(i + 3) << 16)), P2);
    a ^= b >>> 15;
    b ^= a >>> 17;
  }
  for (let i = whole; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), P1);
    b = Math.imul(b ^ a, P2);
  }
  return { a: Math.imul(a ^ text.length, P1), b: Math.imul(b ^ (a >>> 16), P2) };
}

/** Hash of a line that is known by its bytes. */
export function rawLineHash(identity: Hash64, raw: string, utf8: boolean): number {
  const { a, b } = textHash({ a: Math.imul(identity.a ^ (utf8 ? 1 : 2), P1), b: identity.b }, raw);
  return finish(a, b);
}

/** Hash of a line that is known by its fields: `shared` is of all that is no number, `extra` of what else varies. */
export function lineHash(shared: Hash64, numbers: LineNumbers, extra: string | null): number {
  let a = shared.a;
  let b = shared.b;
  if (extra !== null) ({ a, b } = textHash(shared, extra));
  return numbersHash(
    a,
    b,
    numbers.start_time,
    numbers.duration,
    numbers.bytes_received,
    numbers.bytes_sent,
    numbers.upstream_local_port,
    numbers.downstream_remote_port,
  );
}

/** The same for lines that have nothing else that varies: no object is made for any of them. */
export function numbersHash(
  sharedA: number,
  sharedB: number,
  start: number,
  duration: number,
  received: number,
  sent: number,
  upstreamLocalPort: number,
  downstreamRemotePort: number,
): number {
  let a = sharedA;
  let b = sharedB;
  a = Math.imul(a ^ start, P1);
  b = Math.imul(b ^ Math.floor(start / TWO_32) ^ a, P2);
  a = Math.imul(a ^ duration ^ (b >>> 15), P1);
  b = Math.imul(b ^ Math.floor(duration / TWO_32) ^ a, P2);
  a = Math.imul(a ^ received ^ (b >>> 15), P1);
  b = Math.imul(b ^ Math.floor(received / TWO_32) ^ a, P2);
  a = Math.imul(a ^ sent ^ (b >>> 15), P1);
  b = Math.imul(b ^ Math.floor(sent / TWO_32) ^ a, P2);
  a = Math.imul(a ^ upstreamLocalPort ^ (b >>> 15), P1);
  b = Math.imul(b ^ downstreamRemotePort ^ a, P2);
  return finish(a, b);
}

/** 48 bits, 0 to 2^48 - 1. */
function finish(x: number, y: number): number {
  const a = Math.imul(x ^ (x >>> 16), 0x85ebca6b) ^ Math.imul(y ^ (y >>> 13), 0xc2b2ae35);
  const b = Math.imul(y ^ (y >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return (b & 0xffff) * TWO_32 + (a >>> 0);
}

/** The public id of a line: its start time and its hash, both in base 36. */
export function formatLineId(start_time: number, hash: number): string {
  return `${start_time >= DIGITS_8_MIN && start_time < DIGITS_8_END ? digits(start_time, 4) : start_time.toString(36)}-${digits(hash, 5)}`;
}

/** Numbers with eight digits to the base of 36: times of the years 1972 to 2059. */
const DIGITS_8_MIN = 36 ** 7;
const DIGITS_8_END = 36 ** 8;
const PAIR = 36 ** 2;
const PAIRS = Array.from({ length: PAIR }, (_, value) => value.toString(36).padStart(2, '0'));

/** The last digits of a number to the base of 36, so many pairs: a sixth of the time of `toString`, as lists tell very many ids. */
function digits(value: number, pairs: number): string {
  let text = '';
  let rest = value;
  for (let i = 0; i < pairs; i++) {
    const more = Math.floor(rest / PAIR);
    text = (PAIRS[rest - more * PAIR] as string) + text;
    rest = more;
  }
  return text;
}

/** Reads a public id. Null: not the id of a line. */
export function parseLineId(id: string): { readonly start_time: number; readonly hash: number } | null {
  if (!/^[0-9a-z]{7,9}-[0-9a-z]{10}$/.test(id)) return null;
  const [time = '', hash = ''] = id.split('-');
  const parsed = { start_time: Number.parseInt(time, 36), hash: Number.parseInt(hash, 36) };
  return formatLineId(parsed.start_time, parsed.hash) === id && parsed.hash < 2 ** 48 ? parsed : null;
}
