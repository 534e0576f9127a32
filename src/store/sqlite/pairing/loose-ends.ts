/** Slots of ends that have no partner by their full key, found by half a key and the time of their end. */

/** Ends of one connection are logged so near to each other, when only half a key says that they are one; ms. */
export const HALF_REACH_MS = 70;
const BUCKET_MS = 256;
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
}

export class LooseEnds {
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #hash: Uint32Array;
  readonly #isIn: Uint8Array;
  readonly #mask: number;

  constructor(capacity: number) {
    this.#heads = new Int32Array(capacity).fill(NONE);
    this.#next = new Int32Array(capacity).fill(NONE);
    this.#hash = new Uint32Array(capacity);
    this.#isIn = new Uint8Array(capacity);
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

/** Hash of a half key and a time: equal for ends in the same quarter of a second. 32 bits, unsigned. */
export function halfKeyHash(key: HalfKey, end: number): number {
  return bucketHash(key, Math.floor(end / BUCKET_MS));
}

/** The hashes under which ends within `HALF_REACH_MS` of `end` are found: one or two. */
export function halfKeyHashes(key: HalfKey, end: number): number[] {
  const first = Math.floor((end - HALF_REACH_MS) / BUCKET_MS);
  const last = Math.floor((end + HALF_REACH_MS) / BUCKET_MS);
  return first === last ? [bucketHash(key, first)] : [bucketHash(key, first), bucketHash(key, last)];
}

function bucketHash({ anchor, request, received, sent }: HalfKey, bucket: number): number {
  let h = Math.imul(anchor, 0x9e3779b1) ^ request;
  h = Math.imul(h ^ (h >>> 15) ^ (received | 0), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13) ^ (sent | 0), 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16) ^ (bucket % 0x7fffffff), 0x27d4eb2f);
  return (h ^ (h >>> 15)) >>> 0;
}
