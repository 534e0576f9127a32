/**
 * Ends of connections, each as a record of 64 bytes with all that pairs an ordinary connection, so that whoever looks at an end waits
 * once for memory, not once for each thing that it asks; and one of 32 bytes, elsewhere, with what is asked more seldom.
 */
import type { Standing } from '../line-record.ts';

/** Numbers of a record among `doubles`, and among `ints`: the same memory. */
export const DOUBLES = 8;
export const INTS = 16;
/** The same of the other records: `restDoubles` and `restInts`. */
export const REST_DOUBLES = 4;
export const REST_INTS = 8;

/** Places among the doubles of a record. */
export const START = 0;
export const END = 1;
/** ABSENT where bytes tell nothing. */
export const RECEIVED = 2;
export const SENT = 3;

/** Places among its ints. The key: address of the client's proxy as both ends have it and, for HTTP, the request. */
export const CLIENT = 8;
export const CLIENT_PORT = 9;
export const REQUEST = 10;
export const SERVER = 11;
/** Where the end stands that comes next in its chain: see `PairingWindow`. */
export const NEXT = 12;
/** Slot of the end in the same row. */
export const MATE = 13;
export const FLAGS = 14;
/** Slot of the latest end with the same key, when this one came: at 15, for WebAssembly alone. */

/** Places among the doubles and the ints of the other record. */
export const ROW = 0;
export const HASH = 1;
export const SHAPE = 4;
export const OWN = 5;
export const ANCHOR = 6;

/** In FLAGS. */
export const AS_CLIENT = 1;
/** The server's side of a gateway's line, whose other side is the client of the next hop. */
export const AS_HOP = 2;
export const OF_HTTP = 4;
export const UNORDERED = 8;
export const USED = 16;
/** An end with this key was there when it came. */
export const MET = 32;
/** An end with this key came after it. */
export const FOLLOWED = 64;
/** It was settled with all that it hangs together with, while a batch is paired. */
export const SETTLED = 128;
const STANDING_SHIFT = 8;
const LINKED_SHIFT = 12;
const FOUR_BITS = 15;
/** Its line waits for its row: `pending` tells which it is. */
export const WAITING = 65_536;
const NONE = -1;
/** See `standing` and `linked`. */
export const STANDING = FOUR_BITS << STANDING_SHIFT;
export const LINKED = FOUR_BITS << LINKED_SHIFT;

export class EndRecords {
  readonly doubles: Float64Array;
  readonly ints: Int32Array;
  readonly restDoubles: Float64Array;
  readonly restInts: Int32Array;
  /** Index into the batch of the line of each end, or NONE for a line that is stored: WAITING says which. */
  readonly pendings: Int32Array;

  /** Where the records are. */
  constructor(doubles: Float64Array, restDoubles: Float64Array, pendings: Int32Array) {
    this.doubles = doubles;
    this.ints = intsOf(doubles);
    this.restDoubles = restDoubles;
    this.restInts = intsOf(restDoubles);
    this.pendings = pendings;
  }

  /** Ms since the epoch. */
  start(slot: number): number {
    return this.doubles[slot * DOUBLES + START] as number;
  }

  end(slot: number): number {
    return this.doubles[slot * DOUBLES + END] as number;
  }

  received(slot: number): number {
    return this.doubles[slot * DOUBLES + RECEIVED] as number;
  }

  sent(slot: number): number {
    return this.doubles[slot * DOUBLES + SENT] as number;
  }

  /** Row that holds the line, NONE while it is not written. */
  row(slot: number): number {
    return this.restDoubles[slot * REST_DOUBLES + ROW] as number;
  }

  /** Of the line. */
  hash(slot: number): number {
    return this.restDoubles[slot * REST_DOUBLES + HASH] as number;
  }

  /** 0: not known to both ends, so that there is no key. */
  client(slot: number): number {
    return this.ints[slot * INTS + CLIENT] as number;
  }

  clientPort(slot: number): number {
    return this.ints[slot * INTS + CLIENT_PORT] as number;
  }

  request(slot: number): number {
    return this.ints[slot * INTS + REQUEST] as number;
  }

  server(slot: number): number {
    return this.ints[slot * INTS + SERVER] as number;
  }

  mate(slot: number): number {
    return this.ints[slot * INTS + MATE] as number;
  }

  shape(slot: number): number {
    return this.restInts[slot * REST_INTS + SHAPE] as number;
  }

  /** Host of the client's pod, also where it is no part of the key; 0: not known. */
  own(slot: number): number {
    return this.restInts[slot * REST_INTS + OWN] as number;
  }

  anchor(slot: number): number {
    return this.restInts[slot * REST_INTS + ANCHOR] as number;
  }

  pending(slot: number): number {
    return this.pendings[slot] as number;
  }

  /** Whether a flag is set. */
  is(slot: number, flag: number): boolean {
    return ((this.ints[slot * INTS + FLAGS] as number) & flag) !== 0;
  }

  standing(slot: number): Standing {
    return (((this.ints[slot * INTS + FLAGS] as number) >> STANDING_SHIFT) & FOUR_BITS) as Standing;
  }

  /** 0 unless the table `link` may say something of this end: then its kind, and one more. */
  linked(slot: number): number {
    return ((this.ints[slot * INTS + FLAGS] as number) >> LINKED_SHIFT) & FOUR_BITS;
  }

  setRow(slot: number, row: number): void {
    this.restDoubles[slot * REST_DOUBLES + ROW] = row;
  }

  setMate(slot: number, mate: number): void {
    this.ints[slot * INTS + MATE] = mate;
  }

  setPending(slot: number, index: number): void {
    this.pendings[slot] = index;
    if (index === NONE) this.unset(slot, WAITING);
    else this.set(slot, WAITING);
  }

  setStanding(slot: number, standing: Standing): void {
    this.#setFour(slot, STANDING_SHIFT, standing);
  }

  setLinked(slot: number, linked: number): void {
    this.#setFour(slot, LINKED_SHIFT, linked);
  }

  set(slot: number, flag: number): void {
    const at = slot * INTS + FLAGS;
    this.ints[at] = (this.ints[at] as number) | flag;
  }

  unset(slot: number, flag: number): void {
    const at = slot * INTS + FLAGS;
    this.ints[at] = (this.ints[at] as number) & ~flag;
  }

  #setFour(slot: number, shift: number, value: number): void {
    const at = slot * INTS + FLAGS;
    this.ints[at] = ((this.ints[at] as number) & ~(FOUR_BITS << shift)) | (value << shift);
  }
}

function intsOf(doubles: Float64Array): Int32Array {
  return new Int32Array(doubles.buffer, doubles.byteOffset, 2 * doubles.length);
}

/** FLAGS of an end that begins with a standing. */
export function flagsWith(standing: Standing, flags: number): number {
  return flags | (standing << STANDING_SHIFT);
}
