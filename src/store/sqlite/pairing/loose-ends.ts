/** Slots of ends that have no partner by their full key, found by half a key and the time of their end. */

import type { WindowCode } from './window-memory.ts';

/** Ends of one connection are logged so near to each other, when only half a key says that they are one; ms. */
export const HALF_REACH_MS = 70;
/** Requests without an id that are alone among others for so long are one, though clocks are apart; ms. */
export const REQUEST_REACH_MS = 5_000;
const BUCKET_MS = 256;
const REQUEST_BUCKET_MS = 16_384;
const NONE = -1;

/** What both ends of a connection have in common when an address was changed between them. */
export interface HalfKey {
  /** Id of the server's address or of the cluster's name. */
  readonly anchor: number;
  /** Hash of the request id on HTTP lines, else 0. */
  readonly request: number;
  /** Bytes, -1 where they cannot be the same. */
  readonly received: number;
  readonly sent: number;
  /** True for a request without an id, which is looked for farther away: its key holds both addresses. */
  readonly isRequest: boolean;
}

export class LooseEnds {
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #hash: Uint32Array;
  readonly #isIn: Uint8Array;
  readonly #mask: number;

  /** Places in the memory of the window, which has room for so many ends. WebAssembly adds and removes ends there as well. */
  constructor({ memory, looseAt }: Pick<WindowCode, 'memory' | 'looseAt'>, capacity: number) {
    const at = looseAt();
    this.#isIn = new Uint8Array(memory.buffer, at, capacity);
    this.#heads = new Int32Array(memory.buffer, at + capacity, capacity);
    this.#next = new Int32Array(memory.buffer, at + 5 * capacity, capacity);
    this.#hash = new Uint32Array(memory.buffer, at + 9 * capacity, capacity);
    this.#mask = capacity - 1;
  }

  has(slot: number): boolean {
    return this.#isIn[slot] === 1;
  }

  /** `hash`: of `halfKeyHashes`, of the slot's own end. */
  add(slot: number, hash: number): void {
    if (this.#isIn[slot] === 1) return;
    const bucket = hash & this.#mask;
    this.#isIn[slot] = 1;
    this.#hash[slot] = hash;
    this.#next[slot] = this.#heads[bucket] ?? NONE;
    this.#heads[bucket] = slot;
  }

  remove(slot: number): void {
    if (this.#isIn[slot] === 0) return;
    this.#isIn[slot] = 0;
    const bucket = (this.#hash[slot] ?? 0) & this.#mask;
    const after = this.#next[slot] ?? NONE;
    let at = this.#heads[bucket] ?? NONE;
    if (at === slot) {
      this.#heads[bucket] = after;
      return;
    }
    while (at !== NONE && this.#next[at] !== slot) at = this.#next[at] ?? NONE;
    if (at !== NONE) this.#next[at] = after;
  }

  /** Calls back with every slot of this hash. Others may share it. */
  each(hash: number, found: (slot: number) => void): void {
    for (let at = this.#heads[hash & this.#mask] ?? NONE; at !== NONE; ) {
      const next = this.#next[at] ?? NONE;
      if (this.#hash[at] === hash) found(at);
      at = next;
    }
  }
}

/** Hash of a half key and a time: equal for ends in the same quarter of a second, or 16 s for requests. 32 bits, unsigned. */
export function halfKeyHash(key: HalfKey, end: number): number {
  return bucketHash(key, Math.floor(end / widthOf(key)));
}

/** The hashes under which ends within `reach` ms of `end` are found: one, two or three. */
export function halfKeyHashes(key: HalfKey, end: number, reach = reachOf(key)): number[] {
  const hashes: number[] = [];
  const last = Math.floor((end + reach) / widthOf(key));
  for (let at = Math.floor((end - reach) / widthOf(key)); at <= last; at++) hashes.push(bucketHash(key, at));
  return hashes;
}

/** How far apart two ends of this key may be, ms. */
export function reachOf({ isRequest }: HalfKey): number {
  return isRequest ? REQUEST_REACH_MS : HALF_REACH_MS;
}

function widthOf({ isRequest }: HalfKey): number {
  return isRequest ? REQUEST_BUCKET_MS : BUCKET_MS;
}

function bucketHash({ anchor, request, received, sent }: HalfKey, bucket: number): number {
  let h = Math.imul(anchor, 0x9e3779b1) ^ request;
  h = Math.imul(h ^ (h >>> 15) ^ (received | 0), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13) ^ (sent | 0), 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16) ^ (bucket % 0x7fffffff), 0x27d4eb2f);
  return (h ^ (h >>> 15)) >>> 0;
}
