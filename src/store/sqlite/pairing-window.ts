/**
 * The ends of recent connections, found by their address key. Holds a bounded number of them in typed arrays;
 * the oldest make room, and are read from the table again when a line comes whose life may touch theirs.
 */
import { ABSENT, type LineBatch } from './line-batch.ts';
import type { CodedShape } from './shape-coder.ts';

const CAPACITY = 2 ** 17;
const BUCKETS = 2 ** 18;
/** No slot: end of a chain, or no mate. */
export const NONE = -1;

/** Both addresses of a connection and, for HTTP, the request: equal for its two ends. */
export interface EndKey {
  /** Ids of canonical texts. */
  readonly server: number;
  readonly client: number;
  readonly clientPort: number;
  /** Hash of the request id on HTTP lines, else 0. */
  readonly request: number;
}

export class PairingWindow {
  readonly start = new Float64Array(CAPACITY);
  readonly end = new Float64Array(CAPACITY);
  readonly received = new Float64Array(CAPACITY);
  readonly sent = new Float64Array(CAPACITY);
  readonly hash = new Float64Array(CAPACITY);
  readonly row = new Float64Array(CAPACITY);
  readonly cluster = new Int32Array(CAPACITY);
  readonly sni = new Int32Array(CAPACITY);
  readonly mate = new Int32Array(CAPACITY);
  /** Index into the batch of the line, or NONE for a line that is stored. */
  readonly pending = new Int32Array(CAPACITY);
  readonly isClient = new Uint8Array(CAPACITY);
  readonly ambiguous = new Uint8Array(CAPACITY);
  /** Everything that ended later than this is in the window; what ended before may be in the table alone. */
  completeAfter: number;

  readonly #server = new Int32Array(CAPACITY);
  readonly #client = new Int32Array(CAPACITY);
  readonly #clientPort = new Int32Array(CAPACITY);
  readonly #request = new Int32Array(CAPACITY);
  readonly #next = new Int32Array(CAPACITY);
  readonly #heads = new Int32Array(BUCKETS).fill(NONE);
  readonly #used = new Uint8Array(CAPACITY);
  #cursor = 0;

  constructor(completeAfter: number) {
    this.completeAfter = completeAfter;
  }

  /** Puts a line of the batch into the window, in the place of the oldest one. `row`: NONE while it is not written. */
  add(batch: LineBatch, index: number, shape: CodedShape, request: number, row: number): number {
    const slot = this.#cursor;
    this.#cursor = (slot + 1) % CAPACITY;
    if (this.#used[slot] === 1) this.#evict(slot);
    const isClient = shape.role === 'client';
    const clientPort = (isClient ? batch.upstreamLocalPort[index] : batch.downstreamRemotePort[index]) ?? 0;
    const start = batch.start[index] ?? 0;
    this.#used[slot] = 1;
    this.start[slot] = start;
    this.end[slot] = start + Math.max(0, batch.duration[index] ?? 0);
    this.received[slot] = batch.received[index] ?? ABSENT;
    this.sent[slot] = batch.sent[index] ?? ABSENT;
    this.hash[slot] = batch.hash[index] ?? 0;
    this.row[slot] = row;
    this.cluster[slot] = shape.cluster;
    this.sni[slot] = shape.sni;
    this.mate[slot] = NONE;
    this.pending[slot] = NONE;
    this.isClient[slot] = isClient ? 1 : 0;
    this.ambiguous[slot] = batch.ambiguous[index] ?? 0;
    this.#server[slot] = shape.server;
    this.#client[slot] = shape.client;
    this.#clientPort[slot] = clientPort;
    this.#request[slot] = request;
    const bucket = keyHash(shape.server, shape.client, clientPort, request) & (BUCKETS - 1);
    this.#next[slot] = this.#heads[bucket] ?? NONE;
    this.#heads[bucket] = slot;
    return slot;
  }

  /** First slot with this key, or NONE; go on with `following`. */
  first(key: EndKey): number {
    const bucket = keyHash(key.server, key.client, key.clientPort, key.request) & (BUCKETS - 1);
    return this.#match(key.server, key.client, key.clientPort, key.request, this.#heads[bucket] ?? NONE);
  }

  /** Next slot with the key of `like`, from `slot` on. */
  firstLike(like: number): number {
    return this.#matchLike(like, this.#heads[this.keyHash(like) & (BUCKETS - 1)] ?? NONE);
  }

  following(slot: number): number {
    return this.#matchLike(slot, this.#next[slot] ?? NONE);
  }

  keyOf(slot: number): EndKey {
    return {
      server: this.#server[slot] ?? 0,
      client: this.#client[slot] ?? 0,
      clientPort: this.#clientPort[slot] ?? 0,
      request: this.#request[slot] ?? 0,
    };
  }

  /** Hash of the key of a slot: 32 bits, unsigned. */
  keyHash(slot: number): number {
    return keyHash(
      this.#server[slot] ?? 0,
      this.#client[slot] ?? 0,
      this.#clientPort[slot] ?? 0,
      this.#request[slot] ?? 0,
    );
  }

  #matchLike(like: number, from: number): number {
    return this.#match(
      this.#server[like] ?? 0,
      this.#client[like] ?? 0,
      this.#clientPort[like] ?? 0,
      this.#request[like] ?? 0,
      from,
    );
  }

  #match(server: number, client: number, clientPort: number, request: number, from: number): number {
    let slot = from;
    while (
      slot !== NONE &&
      (this.#client[slot] !== client ||
        this.#clientPort[slot] !== clientPort ||
        this.#server[slot] !== server ||
        this.#request[slot] !== request)
    ) {
      slot = this.#next[slot] ?? NONE;
    }
    return slot;
  }

  #evict(slot: number): void {
    this.completeAfter = Math.max(this.completeAfter, this.end[slot] ?? 0);
    const mate = this.mate[slot] ?? NONE;
    if (mate !== NONE) this.mate[mate] = NONE;
    const bucket = this.keyHash(slot) & (BUCKETS - 1);
    if (this.#heads[bucket] === slot) {
      this.#heads[bucket] = this.#next[slot] ?? NONE;
      return;
    }
    let at = this.#heads[bucket] ?? NONE;
    while (at !== NONE && this.#next[at] !== slot) at = this.#next[at] ?? NONE;
    if (at !== NONE) this.#next[at] = this.#next[slot] ?? NONE;
  }
}

/** 32 bits, unsigned. */
export function keyHash(server: number, client: number, clientPort: number, request: number): number {
  let h = Math.imul(server, 0x9e3779b1) ^ Math.imul(client, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15) ^ clientPort, 0xc2b2ae35) ^ request;
  h = Math.imul(h ^ (h >>> 13), 0x27d4eb2f);
  return (h ^ (h >>> 16)) >>> 0;
}
