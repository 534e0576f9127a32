/**
 * The ends of recent connections, found by the address of the client's proxy. Holds a bounded number of them; the oldest
 * make room, and are read from the table again when a line comes whose life may touch theirs.
 *
 * Ends get positions, one after the other; the position tells the slot. Ends whose keys share a bucket are a chain, the
 * latest first, in which each names the position of the next: where that is too old to be held, the chain is at its end, since
 * all behind it is older. So nothing is done to a chain when an end makes room. What every line goes through is WebAssembly
 * (`wasm/window/`).
 */
import { ABSENT, type LineBatch } from '../line-batch.ts';
import { PLAIN } from '../line-record.ts';
import {
  ANCHOR,
  AS_CLIENT,
  AS_HOP,
  CLIENT,
  CLIENT_PORT,
  DOUBLES,
  END,
  EndRecords,
  FLAGS,
  flagsWith,
  HASH,
  INTS,
  MATE,
  NEXT,
  OF_HTTP,
  OWN,
  RECEIVED,
  REQUEST,
  REST_DOUBLES,
  REST_INTS,
  ROW,
  SENT,
  SERVER,
  SHAPE,
  START,
  UNORDERED,
  USED,
} from './end-records.ts';
import { clearWay, LineEnds } from './line-ends.ts';
import { LooseEnds } from './loose-ends.ts';
import { newWindowCode, type WindowCode } from './window-memory.ts';

export const CAPACITY = 2 ** 17;
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
  /** Of the line: id of its shape, and what `CodedShape` says. */
  readonly shape: number;
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

/** Places in the state of the window: `completeAfter` among the doubles, `added` among the numbers of 32 bits. */
const COMPLETE_AFTER = 0;
const ADDED = 3;

export class PairingWindow extends EndRecords {
  /** Those without a partner by full key, found by half a key. */
  readonly loose: LooseEnds;
  /** What is done with the ends of many lines at once. */
  readonly lines: LineEnds;
  readonly #code: WindowCode;
  readonly #state: { readonly doubles: Float64Array; readonly ints: Int32Array };

  constructor(completeAfter: number) {
    const code = newWindowCode();
    const { buffer } = code.memory;
    super(
      new Float64Array(buffer, code.recordsAt(), CAPACITY * DOUBLES),
      new Float64Array(buffer, code.restsAt(), CAPACITY * REST_DOUBLES),
      new Int32Array(buffer, code.pendingsAt(), CAPACITY),
    );
    this.#code = code;
    this.#state = {
      doubles: new Float64Array(buffer, code.stateAt(), 1),
      ints: new Int32Array(buffer, code.stateAt(), ADDED + 1),
    };
    this.loose = new LooseEnds(code, CAPACITY);
    this.lines = new LineEnds(code, this.loose);
    this.completeAfter = completeAfter;
  }

  /** Everything that ended later than this is in the window; what ended before may be in the table alone. */
  get completeAfter(): number {
    return this.#state.doubles[COMPLETE_AFTER] as number;
  }

  set completeAfter(time: number) {
    this.#state.doubles[COMPLETE_AFTER] = time;
  }

  /** Ends that were put in since this was set to 0. */
  get added(): number {
    return this.#state.ints[ADDED] as number;
  }

  set added(ends: number) {
    this.#state.ints[ADDED] = ends;
  }

  /** Puts an end of a line of the batch into the window, in the place of the oldest one. It is found once it is chained. */
  add(batch: LineBatch, index: number, added: NewEnd): number {
    const slot = this.#takeSlot();
    const { doubles, ints, restDoubles, restInts } = this;
    const d = slot * DOUBLES;
    const i = slot * INTS;
    const r = slot * REST_DOUBLES;
    const k = slot * REST_INTS;
    const start = batch.start[index] as number;
    doubles[d + START] = start;
    doubles[d + END] = start + Math.max(0, batch.duration[index] as number);
    doubles[d + RECEIVED] = added.blind ? ABSENT : (batch.received[index] as number);
    doubles[d + SENT] = added.blind ? ABSENT : (batch.sent[index] as number);
    restDoubles[r + HASH] = batch.hash[index] as number;
    restDoubles[r + ROW] = added.row;
    ints[i + CLIENT] = added.client;
    ints[i + CLIENT_PORT] = added.clientPort;
    ints[i + REQUEST] = added.request;
    ints[i + SERVER] = added.server;
    restInts[k + SHAPE] = added.shape;
    restInts[k + OWN] = added.own;
    restInts[k + ANCHOR] = added.anchor;
    ints[i + MATE] = NONE;
    this.pendings[slot] = NONE;
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

  /** Has an end found by its key, if it has one. */
  chain(slot: number): void {
    this.#code.chain(slot);
  }

  /** First slot with this key, or NONE; go on with `following`. */
  first({ client, clientPort, request }: EndKey): number {
    return client === 0 ? NONE : this.#code.firstOf(client, clientPort, request);
  }

  /** First slot with the key of `like`; NONE when it has none. */
  firstLike(like: number): number {
    return this.#code.firstLike(like);
  }

  following(slot: number): number {
    return this.#code.following(slot);
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
      this.loose.remove(slot);
      this.#code.makeRoom(slot);
      this.unset(slot, USED);
      // It stays in its chain, where nothing is like it.
      this.ints[slot * INTS + CLIENT] = 0;
    }
  }

  /** The slot of the oldest end whose line is written. */
  #takeSlot(): number {
    for (;;) {
      const slot = this.#code.takeSlot();
      if (slot >= 0) return slot;
      clearWay(slot, this.loose);
    }
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
