/** Lines on their way into rows, as columns: a batch of them makes no work for the garbage collector. */
import { type LineRecord, PLAIN } from './line-record.ts';

/** In the number columns: the line does not have the value. */
export const ABSENT = -1;
/** In `ends`: the line has another end, or may have several. */
export const IN_PAIR = 1;
export const IN_DOUBT = 2;
const FIRST_CAPACITY = 4_096;
const FIRST_EXTRAS = 65_536;
/** Of one character, as JavaScript counts them. */
const UTF8_BYTES_MAX = 3;

export class LineBatch {
  length = 0;
  shape = new Int32Array(FIRST_CAPACITY);
  start = new Float64Array(FIRST_CAPACITY);
  /** ABSENT when the line has none; so are the following. */
  duration = new Float64Array(FIRST_CAPACITY);
  received = new Float64Array(FIRST_CAPACITY);
  sent = new Float64Array(FIRST_CAPACITY);
  /** NO_PORT when there is none. */
  upstreamLocalPort = new Int32Array(FIRST_CAPACITY);
  downstreamRemotePort = new Int32Array(FIRST_CAPACITY);
  hash = new Float64Array(FIRST_CAPACITY);
  /** 0 when shape and numbers tell the hash. */
  ownHash = new Uint8Array(FIRST_CAPACITY);
  /** Slot in the pairing window, or NONE. */
  slot = new Int32Array(FIRST_CAPACITY);
  /** Slot of the other side of a gateway's line, or NONE. */
  hop = new Int32Array(FIRST_CAPACITY);
  /** 1 for a line that can only be the server's end. */
  isServer = new Uint8Array(FIRST_CAPACITY);
  /** See `Standing`. */
  standing = new Uint8Array(FIRST_CAPACITY);
  /** 1 for a line that flows know of already: it was read back from a row. */
  counted = new Uint8Array(FIRST_CAPACITY);
  /** Which lines these are. */
  readonly back: number[] = [];
  /** What is known of the other end once the line is written: IN_PAIR, IN_DOUBT, or 0. */
  ends = new Uint8Array(FIRST_CAPACITY);
  /** Hash of the id of a request, 0 when there is none. Of lines that are placed in the window; `addRecord` leaves it at 0. */
  request = new Int32Array(FIRST_CAPACITY);
  /** What else a line has: see `extra.ts`. Where its bytes begin in `extras`, and how many there are; ABSENT: it has nothing. */
  extraBegin = new Int32Array(FIRST_CAPACITY);
  extraLength = new Int32Array(FIRST_CAPACITY);
  /** UTF-8. */
  extras = Buffer.alloc(0);
  /** Bytes of `extras` that are taken. */
  extrasEnd = 0;

  clear(): void {
    this.length = 0;
    this.extrasEnd = 0;
    this.back.length = 0;
  }

  /** True when a line has more than a shape, numbers and what became of it. */
  get hasOwnHashes(): boolean {
    return this.ownHash.subarray(0, this.length).includes(1);
  }

  /** What else a line has, or null. */
  extra(index: number): string | null {
    const length = this.extraLength[index] as number;
    const begin = this.extraBegin[index] as number;
    return length === ABSENT ? null : this.extras.toString('utf8', begin, begin + length);
  }

  setExtra(index: number, text: string): void {
    this.#makeRoom(UTF8_BYTES_MAX * text.length);
    this.#noteExtra(index, this.extras.write(text, this.extrasEnd));
  }

  /** Takes over bytes of what lines have, and answers where they begin. */
  addExtras(bytes: Uint8Array): number {
    const begin = this.extrasEnd;
    this.#makeRoom(bytes.length);
    this.extras.set(bytes, begin);
    this.extrasEnd += bytes.length;
    return begin;
  }

  #noteExtra(index: number, length: number): void {
    this.extraBegin[index] = this.extrasEnd;
    this.extraLength[index] = length;
    this.extrasEnd += length;
  }

  #makeRoom(bytes: number): void {
    if (this.extrasEnd + bytes <= this.extras.length) return;
    const wider = Buffer.alloc(Math.max(2 * this.extras.length, this.extrasEnd + bytes, FIRST_EXTRAS));
    this.extras.copy(wider, 0, 0, this.extrasEnd);
    this.extras = wider;
  }

  /** Makes a place for one more line and answers its index; the caller fills it in. */
  grow(): number {
    const index = this.length++;
    if (index === this.shape.length) this.#widen();
    this.counted[index] = 0;
    this.ends[index] = 0;
    this.ownHash[index] = 0;
    this.request[index] = 0;
    this.extraLength[index] = ABSENT;
    this.standing[index] = PLAIN;
    return index;
  }

  /** The same for so many lines; answers the index of the first. */
  growBy(count: number): number {
    const first = this.length;
    const end = first + count;
    this.length = end;
    while (end > this.shape.length) this.#widen();
    this.counted.fill(0, first, end);
    this.ends.fill(0, first, end);
    this.ownHash.fill(0, first, end);
    this.request.fill(0, first, end);
    this.extraLength.fill(ABSENT, first, end);
    this.standing.fill(PLAIN, first, end);
    return first;
  }

  /** Adds a line that was read back from a row. */
  addRecord(record: LineRecord, isServer: boolean, slot: number, hop: number): number {
    const index = this.grow();
    this.shape[index] = record.shape;
    this.start[index] = record.start;
    this.duration[index] = record.duration ?? ABSENT;
    this.received[index] = record.received ?? ABSENT;
    this.sent[index] = record.sent ?? ABSENT;
    this.upstreamLocalPort[index] = record.upstreamLocalPort;
    this.downstreamRemotePort[index] = record.downstreamRemotePort;
    this.counted[index] = 1;
    this.back.push(index);
    this.hash[index] = record.hash;
    this.ownHash[index] = record.ownHash ? 1 : 0;
    this.slot[index] = slot;
    this.hop[index] = hop;
    this.isServer[index] = isServer ? 1 : 0;
    this.standing[index] = record.standing;
    if (record.extra !== null) this.setExtra(index, record.extra);
    return index;
  }

  dropLast(): void {
    this.length--;
    if (this.back.at(-1) === this.length) this.back.pop();
  }

  end(index: number): number {
    return (this.start[index] ?? 0) + Math.max(0, this.duration[index] ?? 0);
  }

  #widen(): void {
    this.extraBegin = wider(this.extraBegin, new Int32Array(this.extraBegin.length * 2));
    this.extraLength = wider(this.extraLength, new Int32Array(this.extraLength.length * 2));
    this.request = wider(this.request, new Int32Array(this.request.length * 2));
    this.shape = wider(this.shape, new Int32Array(this.shape.length * 2));
    this.start = wider(this.start, new Float64Array(this.start.length * 2));
    this.duration = wider(this.duration, new Float64Array(this.duration.length * 2));
    this.received = wider(this.received, new Float64Array(this.received.length * 2));
    this.sent = wider(this.sent, new Float64Array(this.sent.length * 2));
    this.upstreamLocalPort = wider(this.upstreamLocalPort, new Int32Array(this.upstreamLocalPort.length * 2));
    this.downstreamRemotePort = wider(
      this.downstreamRemotePort,
      new Int32Array(this.downstreamRemotePort.length * 2),
    );
    this.hash = wider(this.hash, new Float64Array(this.hash.length * 2));
    this.ownHash = wider(this.ownHash, new Uint8Array(this.ownHash.length * 2));
    this.slot = wider(this.slot, new Int32Array(this.slot.length * 2));
    this.hop = wider(this.hop, new Int32Array(this.hop.length * 2));
    this.isServer = wider(this.isServer, new Uint8Array(this.isServer.length * 2));
    this.standing = wider(this.standing, new Uint8Array(this.standing.length * 2));
    this.counted = wider(this.counted, new Uint8Array(this.counted.length * 2));
    this.ends = wider(this.ends, new Uint8Array(this.ends.length * 2));
  }
}

function wider<T extends Int32Array | Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
