/**
 * Ends of connections, each as one record of 128 bytes: whoever looks at an end waits once for memory, not once for each
 * thing that it asks. All that pairs an ordinary connection is in the first half.
 */
import type { Standing } from '../line-record.ts';

/** Numbers of a record among `doubles`, and among `ints`: the same memory. */
export const DOUBLES = 16;
export const INTS = 32;

/** Places among the doubles of a record. */
export const START = 0;
export const END = 1;
/** ABSENT where bytes tell nothing. */
export const RECEIVED = 2;
export const SENT = 3;
export const ROW = 8;
export const HASH = 9;

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
export const POSITION = 15;
export const SHAPE = 20;
export const CLUSTER = 21;
export const SNI = 22;
export const OWN = 23;
export const ANCHOR = 24;
/** Index into the batch of the line, or NONE for a line that is stored. */
export const PENDING = 25;
/** Slot of the latest end with the same key, when this one came. */
export const RIVAL = 26;

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
/** See `standing` and `linked`. */
export const STANDING = FOUR_BITS << STANDING_SHIFT;
export const LINKED = FOUR_BITS << LINKED_SHIFT;

export class EndRecords {
  readonly doubles: Float64Array;
  readonly ints: Int32Array;

  /** `doubles`: where the records are. */
  constructor(doubles: Float64Array) {
    this.doubles = doubles;
    this.ints = new Int32Array(doubles.buffer, doubles.byteOffset, 2 * doubles.length);
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
    return this.doubles[slot * DOUBLES + ROW] as number;
  }

  /** Of the line. */
  hash(slot: number): number {
    return this.doubles[slot * DOUBLES + HASH] as number;
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
    return this.ints[slot * INTS + SHAPE] as number;
  }

  cluster(slot: number): number {
    return this.ints[slot * INTS + CLUSTER] as number;
  }

  sni(slot: number): number {
    return this.ints[slot * INTS + SNI] as number;
  }

  /** Host of the client's pod, also where it is no part of the key; 0: not known. */
  own(slot: number): number {
    return this.ints[slot * INTS + OWN] as number;
  }

  anchor(slot: number): number {
    return this.ints[slot * INTS + ANCHOR] as number;
  }

  pending(slot: number): number {
    return this.ints[slot * INTS + PENDING] as number;
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
    this.doubles[slot * DOUBLES + ROW] = row;
  }

  setMate(slot: number, mate: number): void {
    this.ints[slot * INTS + MATE] = mate;
  }

  setPending(slot: number, index: number): void {
    this.ints[slot * INTS + PENDING] = index;
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

/** FLAGS of an end that begins with a standing. */
export function flagsWith(standing: Standing, flags: number): number {
  return flags | (standing << STANDING_SHIFT);
}
