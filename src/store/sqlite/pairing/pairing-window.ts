/**
 * The ends of recent connections, found by the address of the client's proxy. Holds a bounded number of them; the oldest
 * make room, and are read from the table again when a line comes whose life may touch theirs.
 *
 * Ends get positions, one after the other; the position tells the slot. Ends whose keys share a bucket are a chain, the
 * latest first, in which each names the position of the next: where another end stands by now, the chain is at its end,
 * since all behind it is older. So nothing is done to a chain when an end makes room.
 */
import { ABSENT, type LineBatch } from '../line-batch.ts';
import { PLAIN } from '../line-record.ts';
import {
  ANCHOR,
  AS_CLIENT,
  AS_HOP,
  CLIENT,
  CLIENT_PORT,
  CLUSTER,
  DOUBLES,
  END,
  EndRecords,
  FLAGS,
  FOLLOWED,
  flagsWith,
  HASH,
  INTS,
  MATE,
  MET,
  NEXT,
  OF_HTTP,
  OWN,
  PENDING,
  POSITION,
  RECEIVED,
  REQUEST,
  RIVAL,
  ROW,
  SENT,
  SERVER,
  SHAPE,
  SNI,
  START,
  UNORDERED,
  USED,
} from './end-records.ts';
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

export class PairingWindow extends EndRecords {
  /** Those without a partner by full key, found by half a key. */
  readonly loose = new LooseEnds(CAPACITY);
  /** Everything that ended later than this is in the window; what ended before may be in the table alone. */
  completeAfter: number;
  /** Ends that were put in since this was set to 0. */
  added = 0;

  readonly #heads = new Int32Array(BUCKETS).fill(NONE);
  /** Of the next end. */
  #position = 0;

  constructor(completeAfter: number) {
    super(CAPACITY);
    this.completeAfter = completeAfter;
  }

  /** Puts an end of a line of the batch into the window, in the place of the oldest one. It is found once it is chained. */
  add(batch: LineBatch, index: number, added: NewEnd): number {
    const slot = this.#takeSlot();
    const { doubles, ints } = this;
    const d = slot * DOUBLES;
    const i = slot * INTS;
    const start = batch.start[index] as number;
    doubles[d + START] = start;
    doubles[d + END] = start + Math.max(0, batch.duration[index] as number);
    doubles[d + RECEIVED] = added.blind ? ABSENT : (batch.received[index] as number);
    doubles[d + SENT] = added.blind ? ABSENT : (batch.sent[index] as number);
    doubles[d + HASH] = batch.hash[index] as number;
    doubles[d + ROW] = added.row;
    ints[i + CLIENT] = added.client;
    ints[i + CLIENT_PORT] = added.clientPort;
    ints[i + REQUEST] = added.request;
    ints[i + SERVER] = added.server;
    ints[i + SHAPE] = added.shape;
    ints[i + CLUSTER] = added.cluster;
    ints[i + SNI] = added.sni;
    ints[i + OWN] = added.own;
    ints[i + ANCHOR] = added.anchor;
    ints[i + MATE] = NONE;
    ints[i + PENDING] = NONE;
    ints[i + NEXT] = NONE;
    ints[i + FLAGS] = flagsWith(
      added.isHop ? PLAIN : (batch.standing[index] as typeof PLAIN),
      USED |
        (added.isClient ? AS_CLIENT : 0) |
        (added.isHop ? AS_HOP : 0) |
        (added.isHttp ? OF_HTTP : 0) |
        (added.isUnordered ? UNORDERED : 0),
    );
    return slot;
  }

  /** Has an end found by its key, if it has one. Ends that were added together may be chained together, in their order. */
  chain(slot: number): void {
    const { ints } = this;
    const i = slot * INTS;
    if (ints[i + CLIENT] === 0) return;
    const bucket = this.keyHash(slot) & (BUCKETS - 1);
    const head = this.#heads[bucket] as number;
    const rival = this.#matchLike(slot, head);
    if (rival !== NONE) {
      ints[i + FLAGS] = (ints[i + FLAGS] as number) | MET;
      this.set(rival, FOLLOWED);
    }
    ints[i + RIVAL] = rival;
    ints[i + NEXT] = head;
    this.#heads[bucket] = ints[i + POSITION] as number;
  }

  /**
   * Asks for what `chain` will look at, and no more: without a choice on the way, a processor that waits for one piece of memory
   * asks for the next. The answer means nothing; as long as it is used, nothing is left out.
   */
  touch(slot: number): number {
    const head = this.#heads[this.keyHash(slot) & (BUCKETS - 1)] as number;
    return this.ints[(head & (CAPACITY - 1)) * INTS + POSITION] as number;
  }

  /** First slot with this key, or NONE; go on with `following`. */
  first(key: EndKey): number {
    if (key.client === 0) return NONE;
    const head = this.#heads[keyHash(key) & (BUCKETS - 1)] as number;
    return this.#match(key.client, key.clientPort, key.request, head);
  }

  /** First slot with the key of `like`; NONE when it has none. */
  firstLike(like: number): number {
    if (this.client(like) === 0) return NONE;
    return this.#matchLike(like, this.#heads[this.keyHash(like) & (BUCKETS - 1)] as number);
  }

  following(slot: number): number {
    return this.client(slot) === 0 ? NONE : this.#matchLike(slot, this.ints[slot * INTS + NEXT] as number);
  }

  keyOf(slot: number): EndKey {
    return { client: this.client(slot), clientPort: this.clientPort(slot), request: this.request(slot) };
  }

  /** Hash of the key of a slot: 32 bits, unsigned. */
  keyHash(slot: number): number {
    const { ints } = this;
    const i = slot * INTS;
    return hashOf(ints[i + CLIENT] as number, ints[i + CLIENT_PORT] as number, ints[i + REQUEST] as number);
  }

  isLike(a: number, b: number): boolean {
    const { ints } = this;
    const [i, k] = [a * INTS, b * INTS];
    return (
      ints[i + CLIENT_PORT] === ints[k + CLIENT_PORT] &&
      ints[i + CLIENT] === ints[k + CLIENT] &&
      ints[i + REQUEST] === ints[k + REQUEST]
    );
  }

  /** Takes out the ends whose lines lay in rows that are gone. */
  forgetRows(rows: ReadonlySet<number>): void {
    for (let slot = 0; slot < CAPACITY; slot++) {
      if (!this.is(slot, USED) || !rows.has(this.row(slot))) continue;
      this.#makeRoom(slot);
      this.unset(slot, USED);
      // It stays in its chain, where nothing is like it.
      this.ints[slot * INTS + CLIENT] = 0;
    }
  }

  #matchLike(like: number, from: number): number {
    const { ints } = this;
    const i = like * INTS;
    const client = ints[i + CLIENT] as number;
    return this.#match(client, ints[i + CLIENT_PORT] as number, ints[i + REQUEST] as number, from);
  }

  /** The first slot with a key in the chain that begins at a position. */
  #match(client: number, clientPort: number, request: number, from: number): number {
    const { ints } = this;
    for (let position = from; ; ) {
      const slot = position & (CAPACITY - 1);
      const i = slot * INTS;
      if (position === NONE || ints[i + POSITION] !== position) return NONE;
      if (
        ints[i + CLIENT_PORT] === clientPort &&
        ints[i + CLIENT] === client &&
        ints[i + REQUEST] === request
      ) {
        return slot;
      }
      position = ints[i + NEXT] as number;
    }
  }

  /** The slot of the oldest end whose line is written. */
  #takeSlot(): number {
    const { ints } = this;
    for (let tries = 0; tries < CAPACITY; tries++) {
      const position = this.#position;
      const slot = position & (CAPACITY - 1);
      const i = slot * INTS;
      // After all numbers the first ones come again.
      this.#position = (position + 1) & 0x7fffffff;
      this.added++;
      const isUsed = ((ints[i + FLAGS] as number) & USED) !== 0;
      ints[i + POSITION] = position;
      if (isUsed && ints[i + PENDING] !== NONE) {
        // It stays, as if it had come now.
        this.chain(slot);
        this.set(slot, MET);
        continue;
      }
      if (isUsed) this.#makeRoom(slot);
      return slot;
    }
    throw new Error('BUG: a batch has more ends than the pairing window can hold');
  }

  #makeRoom(slot: number): void {
    const end = this.doubles[slot * DOUBLES + END] as number;
    if (end > this.completeAfter) this.completeAfter = end;
    this.loose.remove(slot);
    const mate = this.ints[slot * INTS + MATE] as number;
    if (mate !== NONE) this.ints[mate * INTS + MATE] = NONE;
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
