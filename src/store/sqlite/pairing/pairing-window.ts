/**
 * The ends of recent connections, found by the address of the client's proxy. Holds a bounded number of them in typed
 * arrays; the oldest make room, and are read from the table again when a line comes whose life may touch theirs.
 */
import { ABSENT, type LineBatch } from '../line-batch.ts';
import { PLAIN } from '../line-record.ts';
import { LooseEnds } from './loose-ends.ts';

export const CAPACITY = 2 ** 17;
const BUCKETS = 2 ** 18;
/** No slot: end of a chain, or no mate. */
export const NONE = -1;

/** Address of the client's proxy as both ends have it and, for HTTP, the request. `client` 0: not known to both. */
export interface EndKey {
  /** Id of the canonical host. */
  readonly client: number;
  readonly clientPort: number;
  /** Hash of the request id on HTTP lines, else 0. */
  readonly request: number;
}

/** One end, as it is put into the window. */
export interface NewEnd extends EndKey {
  /** Of the line: id of its shape, ids of texts, and what `CodedShape` says. */
  readonly shape: number;
  readonly cluster: number;
  readonly sni: number;
  readonly blind: boolean;
  readonly isHttp: boolean;
  readonly isUnordered: boolean;
  readonly isClient: boolean;
  /** True for the server's side of a gateway's line, whose other side is the client of the next hop. */
  readonly isHop: boolean;
  /** Ids of canonical texts: the server's address; what half a key is found by. 0: none. */
  readonly server: number;
  readonly anchor: number;
  /** Id of the client's host, which is no part of the key where both ends do not have it. */
  readonly own: number;
  /** Row that holds the line, NONE while it is not written. */
  readonly row: number;
}

export class PairingWindow {
  readonly start = new Float64Array(CAPACITY);
  readonly end = new Float64Array(CAPACITY);
  /** ABSENT where bytes tell nothing. */
  readonly received = new Float64Array(CAPACITY);
  readonly sent = new Float64Array(CAPACITY);
  readonly hash = new Float64Array(CAPACITY);
  readonly row = new Float64Array(CAPACITY);
  readonly shape = new Int32Array(CAPACITY);
  readonly cluster = new Int32Array(CAPACITY);
  readonly sni = new Int32Array(CAPACITY);
  readonly server = new Int32Array(CAPACITY);
  readonly client = new Int32Array(CAPACITY);
  /** Host of the client's pod, also where it is no part of the key; 0: not known. */
  readonly own = new Int32Array(CAPACITY);
  readonly anchor = new Int32Array(CAPACITY);
  readonly request = new Int32Array(CAPACITY);
  /** The end in the same row. */
  readonly mate = new Int32Array(CAPACITY);
  /** Index into the batch of the line, or NONE for a line that is stored. */
  readonly pending = new Int32Array(CAPACITY);
  readonly isClient = new Uint8Array(CAPACITY);
  readonly isHop = new Uint8Array(CAPACITY);
  readonly isHttp = new Uint8Array(CAPACITY);
  readonly isUnordered = new Uint8Array(CAPACITY);
  /** See `Standing`. */
  readonly standing = new Uint8Array(CAPACITY);
  /** 1 when the table `link` may say something of this end. */
  readonly linked = new Uint8Array(CAPACITY);
  /** 1 when an end with this key was there when it was put into the window. */
  readonly met = new Uint8Array(CAPACITY);
  /** Those without a partner by full key, found by half a key. */
  readonly loose = new LooseEnds(CAPACITY);
  /** Everything that ended later than this is in the window; what ended before may be in the table alone. */
  completeAfter: number;

  readonly #clientPort = new Int32Array(CAPACITY);
  readonly #next = new Int32Array(CAPACITY);
  readonly #heads = new Int32Array(BUCKETS).fill(NONE);
  readonly #used = new Uint8Array(CAPACITY);
  #cursor = 0;

  constructor(completeAfter: number) {
    this.completeAfter = completeAfter;
  }

  /** Puts an end of a line of the batch into the window, in the place of the oldest one. */
  add(batch: LineBatch, index: number, added: NewEnd): number {
    const slot = this.#takeSlot();
    const start = batch.start[index] ?? 0;
    this.start[slot] = start;
    this.end[slot] = start + Math.max(0, batch.duration[index] ?? 0);
    this.received[slot] = added.blind ? ABSENT : (batch.received[index] ?? ABSENT);
    this.sent[slot] = added.blind ? ABSENT : (batch.sent[index] ?? ABSENT);
    this.hash[slot] = batch.hash[index] ?? 0;
    this.row[slot] = added.row;
    this.shape[slot] = added.shape;
    this.cluster[slot] = added.cluster;
    this.sni[slot] = added.sni;
    this.server[slot] = added.server;
    this.client[slot] = added.client;
    this.own[slot] = added.own;
    this.anchor[slot] = added.anchor;
    this.request[slot] = added.request;
    this.mate[slot] = NONE;
    this.pending[slot] = NONE;
    this.isClient[slot] = added.isClient ? 1 : 0;
    this.isHop[slot] = added.isHop ? 1 : 0;
    this.isHttp[slot] = added.isHttp ? 1 : 0;
    this.isUnordered[slot] = added.isUnordered ? 1 : 0;
    this.standing[slot] = added.isHop ? PLAIN : (batch.standing[index] ?? PLAIN);
    this.linked[slot] = 0;
    this.#clientPort[slot] = added.clientPort;
    this.met[slot] = 0;
    if (added.client !== 0) this.#enchain(slot);
    return slot;
  }

  /** First slot with this key, or NONE; go on with `following`. */
  first(key: EndKey): number {
    if (key.client === 0) return NONE;
    return this.#match(key.client, key.clientPort, key.request, this.#heads[keyHash(key) & (BUCKETS - 1)]);
  }

  /** First slot with the key of `like`; NONE when it has none. */
  firstLike(like: number): number {
    if (this.client[like] === 0) return NONE;
    return this.#matchLike(like, this.#heads[this.keyHash(like) & (BUCKETS - 1)]);
  }

  following(slot: number): number {
    return this.client[slot] === 0 ? NONE : this.#matchLike(slot, this.#next[slot]);
  }

  keyOf(slot: number): EndKey {
    return {
      client: this.client[slot] ?? 0,
      clientPort: this.#clientPort[slot] ?? 0,
      request: this.request[slot] ?? 0,
    };
  }

  /** Hash of the key of a slot: 32 bits, unsigned. */
  keyHash(slot: number): number {
    return hashOf(this.client[slot] ?? 0, this.#clientPort[slot] ?? 0, this.request[slot] ?? 0);
  }

  /** Takes out the ends whose lines lay in rows that are gone. */
  forgetRows(rows: ReadonlySet<number>): void {
    for (let slot = 0; slot < CAPACITY; slot++) {
      if (this.#used[slot] === 0 || !rows.has(this.row[slot] ?? NONE)) continue;
      this.#evict(slot);
      this.#used[slot] = 0;
    }
  }

  #matchLike(like: number, from: number | undefined): number {
    return this.#match(this.client[like] ?? 0, this.#clientPort[like] ?? 0, this.request[like] ?? 0, from);
  }

  #match(client: number, clientPort: number, request: number, from: number | undefined): number {
    let slot = from ?? NONE;
    while (
      slot !== NONE &&
      (this.#clientPort[slot] !== clientPort ||
        this.client[slot] !== client ||
        this.request[slot] !== request)
    ) {
      slot = this.#next[slot] ?? NONE;
    }
    return slot;
  }

  #enchain(slot: number): void {
    const bucket = this.keyHash(slot) & (BUCKETS - 1);
    const head = this.#heads[bucket] ?? NONE;
    this.met[slot] = this.#matchLike(slot, head) === NONE ? 0 : 1;
    this.#next[slot] = head;
    this.#heads[bucket] = slot;
  }

  /** The slot of the oldest end whose line is written. */
  #takeSlot(): number {
    for (let tries = 0; tries < CAPACITY; tries++) {
      const slot = this.#cursor;
      this.#cursor = (slot + 1) % CAPACITY;
      if (this.#used[slot] === 0) {
        this.#used[slot] = 1;
        return slot;
      }
      if (this.pending[slot] !== NONE) continue;
      this.#evict(slot);
      return slot;
    }
    throw new Error('BUG: a batch has more ends than the pairing window can hold');
  }

  #evict(slot: number): void {
    this.completeAfter = Math.max(this.completeAfter, this.end[slot] ?? 0);
    this.loose.remove(slot);
    const mate = this.mate[slot] ?? NONE;
    if (mate !== NONE) this.mate[mate] = NONE;
    if (this.client[slot] === 0) return;
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
export function keyHash(key: EndKey): number {
  return hashOf(key.client, key.clientPort, key.request);
}

function hashOf(client: number, clientPort: number, request: number): number {
  let h = Math.imul(client, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15) ^ clientPort, 0xc2b2ae35) ^ request;
  h = Math.imul(h ^ (h >>> 13), 0x27d4eb2f);
  return (h ^ (h >>> 16)) >>> 0;
}
