/**
 * The ends of recent connections, found by their address key. Holds a bounded number of them in typed arrays;
 * the oldest make room, and are read from the table again when a line comes whose life may touch theirs.
 */

const CAPACITY = 2 ** 18;
const BUCKETS = 2 ** 19;
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

export interface NewEnd {
  readonly isClient: boolean;
  readonly start: number;
  readonly end: number;
  readonly received: number | null;
  readonly sent: number | null;
  readonly cluster: number;
  readonly sni: number;
  readonly hash: number;
  readonly ambiguous: boolean;
  /** Row that holds it, or NONE while it is not written. */
  readonly row: number;
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

  /** Puts an end into the window, in the place of the oldest one. */
  add(key: EndKey, end: NewEnd): number {
    const slot = this.#cursor;
    this.#cursor = (slot + 1) % CAPACITY;
    if (this.#used[slot] === 1) this.#evict(slot);
    this.#used[slot] = 1;
    this.start[slot] = end.start;
    this.end[slot] = end.end;
    this.received[slot] = end.received ?? NONE;
    this.sent[slot] = end.sent ?? NONE;
    this.hash[slot] = end.hash;
    this.row[slot] = end.row;
    this.cluster[slot] = end.cluster;
    this.sni[slot] = end.sni;
    this.mate[slot] = NONE;
    this.pending[slot] = NONE;
    this.isClient[slot] = end.isClient ? 1 : 0;
    this.ambiguous[slot] = end.ambiguous ? 1 : 0;
    this.#server[slot] = key.server;
    this.#client[slot] = key.client;
    this.#clientPort[slot] = key.clientPort;
    this.#request[slot] = key.request;
    const bucket = keyHash(key) & (BUCKETS - 1);
    this.#next[slot] = this.#heads[bucket] ?? NONE;
    this.#heads[bucket] = slot;
    return slot;
  }

  /** First slot with the same key as `slot`; go on with `following`. */
  first(key: EndKey): number {
    return this.#match(key, this.#heads[keyHash(key) & (BUCKETS - 1)] ?? NONE);
  }

  following(key: EndKey, slot: number): number {
    return this.#match(key, this.#next[slot] ?? NONE);
  }

  keyOf(slot: number): EndKey {
    return {
      server: this.#server[slot] ?? 0,
      client: this.#client[slot] ?? 0,
      clientPort: this.#clientPort[slot] ?? 0,
      request: this.#request[slot] ?? 0,
    };
  }

  #match(key: EndKey, from: number): number {
    let slot = from;
    while (
      slot !== NONE &&
      !(
        this.#server[slot] === key.server &&
        this.#client[slot] === key.client &&
        this.#clientPort[slot] === key.clientPort &&
        this.#request[slot] === key.request
      )
    ) {
      slot = this.#next[slot] ?? NONE;
    }
    return slot;
  }

  #evict(slot: number): void {
    this.completeAfter = Math.max(this.completeAfter, this.end[slot] ?? 0);
    const mate = this.mate[slot] ?? NONE;
    if (mate !== NONE) this.mate[mate] = NONE;
    const bucket = keyHash(this.keyOf(slot)) & (BUCKETS - 1);
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
export function keyHash(key: EndKey): number {
  let h = Math.imul(key.server, 0x9e3779b1) ^ Math.imul(key.client, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15) ^ key.clientPort, 0xc2b2ae35) ^ key.request;
  h = Math.imul(h ^ (h >>> 13), 0x27d4eb2f);
  return (h ^ (h >>> 16)) >>> 0;
}
