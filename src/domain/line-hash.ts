import type { Identity } from './entry.ts';

/**
 * Identifies a line by content: the same bytes from the same pod give the same number in every database.
 * Shape: 48 bits, 0 to 2^48 - 1. Two lines are taken for one when this and their start times agree, so a
 * chance collision needs two lines of one millisecond.
 */
export function lineHash(identitySeed: number, raw: string, utf8: boolean): number {
  let a = 0xdeadbeef ^ identitySeed;
  let b = 0x41c6ce57 ^ (utf8 ? 0 : 0x5bd1e995);
  const whole = raw.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    // Each step can be undone, so two texts that differ in one place differ afterwards as well.
    a = Math.imul(a ^ (raw.charCodeAt(i) | (raw.charCodeAt(i + 1) << 16)), 0x9e3779b1);
    b = Math.imul(b ^ (raw.charCodeAt(i + 2) | (raw.charCodeAt(i + 3) << 16)), 0x5f356495);
    a ^= b >>> 15;
  }
  for (let i = whole; i < raw.length; i++) {
    a = Math.imul(a ^ raw.charCodeAt(i), 0x9e3779b1);
    b = Math.imul(b ^ raw.charCodeAt(i) ^ 0x20000000, 0x5f356495);
  }
  b ^= raw.length;
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return (b & 0xffff) * 0x1_0000_0000 + (a >>> 0);
}

/** What an identity adds to the hashes of its lines; compute once per identity. The node does not count. */
export function identitySeed(identity: Identity): number {
  const text = JSON.stringify([identity.namespace, identity.pod, identity.container]);
  const hash = lineHash(0, text, true);
  return (hash / 0x1_0000) | 0;
}

/** The public id of a line: its start time and its hash, both in base 36. */
export function formatLineId(start_time: number, hash: number): string {
  return `${start_time.toString(36)}-${hash.toString(36).padStart(10, '0')}`;
}

/** Reads a public id. Null: not the id of a line. */
export function parseLineId(id: string): { readonly start_time: number; readonly hash: number } | null {
  if (!/^[0-9a-z]{7,9}-[0-9a-z]{10}$/.test(id)) return null;
  const [time = '', hash = ''] = id.split('-');
  const parsed = { start_time: Number.parseInt(time, 36), hash: Number.parseInt(hash, 36) };
  return formatLineId(parsed.start_time, parsed.hash) === id && parsed.hash < 2 ** 48 ? parsed : null;
}
