/**
 * The flows of neighbouring shapes in one hour, packed: a row of the table `flow` for each would cost more to keep up than
 * the lines themselves. Layout: one bit for each shape of the block, then for each that is there its numbers, each less what it
 * is known to be at least, seven bits a byte, lowest first.
 */

import type { Flow } from '../../domain/ports.ts';
import { HOUR_MS } from '../../domain/time.ts';

/** Shapes of one block: those whose ids are equal but for the last bits. */
export const BLOCK_SHAPES = 32;

/** Numbers of a flow in memory, at these places from its offset. */
export const STRIDE = 12;
export const HOUR = 0;
export const SHAPE = 1;
export const CONNECTIONS = 2;
export const RECEIVED = 3;
export const SENT = 4;
export const FIRST = 5;
export const LAST = 6;
export const END = 7;
export const SHORTEST = 8;
export const LONGEST = 9;
export const PAIRED = 10;
export const AMBIGUOUS = 11;

const BITS_BYTES = BLOCK_SHAPES / 8;
const VARINT_BYTES_MAX = 10;
const PACKED_BYTES_MAX = BITS_BYTES + BLOCK_SHAPES * STRIDE * VARINT_BYTES_MAX;

/** All numbers of a flow but its shape, which is the store's own. */
export type FlowNumbers = Omit<Flow, 'shape'>;

export function blockOf(shape: number): number {
  return Math.floor(shape / BLOCK_SHAPES);
}

/** A place to pack blocks in, used again and again. */
const packedBytes = Buffer.alloc(PACKED_BYTES_MAX);
const differences = new Float64Array(STRIDE);

/** One block, unpacked. Meant to be filled again and again. */
export class FlowBlock {
  /** Of all shapes of the block, one after the other. */
  readonly sums = new Float64Array(BLOCK_SHAPES * STRIDE);
  hour = 0;
  block = 0;
  /** A bit for each shape that is there, and for each that `open` was called for. */
  #present = 0;
  #opened = 0;
  #at = 0;

  /** Takes a packed block, or none yet. */
  unpack(hour: number, block: number, packed: Uint8Array | undefined): void {
    this.hour = hour;
    this.block = block;
    this.#present = 0;
    this.#opened = 0;
    if (packed === undefined) return;
    for (let i = 0; i < BITS_BYTES; i++) this.#present |= (packed[i] ?? 0) << (8 * i);
    this.#at = BITS_BYTES;
    const start = hour * HOUR_MS;
    const { sums } = this;
    for (let i = 0; i < BLOCK_SHAPES; i++) {
      if ((this.#present & (1 << i)) === 0) continue;
      const s = i * STRIDE;
      for (let column = CONNECTIONS; column < STRIDE; column++) sums[s + column] = this.#readVarint(packed);
      sums[s + FIRST] = start + (sums[s + FIRST] ?? 0);
      sums[s + LAST] = (sums[s + FIRST] ?? 0) + (sums[s + LAST] ?? 0);
      sums[s + END] = (sums[s + LAST] ?? 0) + (sums[s + END] ?? 0);
      sums[s + LONGEST] = (sums[s + SHORTEST] ?? 0) + (sums[s + LONGEST] ?? 0);
    }
  }

  /** The packed block; it holds until the next call, of any block. */
  pack(): Buffer {
    const bytes = packedBytes;
    for (let i = 0; i < BITS_BYTES; i++) bytes[i] = this.#present >> (8 * i);
    let at = BITS_BYTES;
    for (let i = 0; i < BLOCK_SHAPES; i++) {
      if ((this.#present & (1 << i)) === 0) continue;
      this.#fillDifferences(i * STRIDE);
      // No function for each number: it would be made an object to be handed over.
      for (let column = CONNECTIONS; column < STRIDE; column++) {
        let value = differences[column] as number;
        while (value >= 0x1000_0000) {
          bytes[at++] = 0x80 | (value % 0x80);
          value = Math.floor(value / 0x80);
        }
        while (value >= 0x80) {
          bytes[at++] = 0x80 | (value & 0x7f);
          value >>>= 7;
        }
        bytes[at++] = value;
      }
    }
    return bytes.subarray(0, at);
  }

  /**
   * The numbers of a flow, each less what it is known to be at least. None is less than nothing: what is dropped while lines
   * come in can leave no more than that.
   */
  #fillDifferences(s: number): void {
    const { sums } = this;
    for (let column = CONNECTIONS; column < STRIDE; column++)
      differences[column] = Math.max(0, sums[s + column] as number);
    const first = sums[s + FIRST] as number;
    const last = sums[s + LAST] as number;
    differences[FIRST] = Math.max(0, first - this.hour * HOUR_MS);
    differences[LAST] = Math.max(0, last - first);
    differences[END] = Math.max(0, (sums[s + END] as number) - last);
    differences[LONGEST] = Math.max(0, (sums[s + LONGEST] as number) - (sums[s + SHORTEST] as number));
  }

  /** True while sums were opened that are not settled. */
  get isOpened(): boolean {
    return this.#opened !== 0;
  }

  /**
   * Offset in `sums` of a shape, to be added to. One that was not there has a last start before its first one, until a line
   * is added.
   */
  open(shape: number): number {
    const i = shape % BLOCK_SHAPES;
    const s = i * STRIDE;
    this.#opened |= 1 << i;
    if ((this.#present & (1 << i)) !== 0) return s;
    this.#present |= 1 << i;
    const { sums } = this;
    sums.fill(0, s, s + STRIDE);
    sums[s + FIRST] = Number.POSITIVE_INFINITY;
    sums[s + LAST] = Number.NEGATIVE_INFINITY;
    sums[s + END] = Number.NEGATIVE_INFINITY;
    sums[s + SHORTEST] = Number.POSITIVE_INFINITY;
    return s;
  }

  /**
   * Calls back with each shape that was opened, in order. What was added to those that no line is of is forgotten: it belongs
   * to a flow that is gone, with lines that were dropped.
   */
  settle(opened: (shape: number) => void): void {
    for (let i = 0; i < BLOCK_SHAPES; i++) {
      if ((this.#opened & (1 << i)) === 0) continue;
      opened(this.block * BLOCK_SHAPES + i);
      const s = i * STRIDE;
      if ((this.sums[s + LAST] ?? 0) < (this.sums[s + FIRST] ?? 0)) this.#present &= ~(1 << i);
    }
    this.#opened = 0;
  }

  get isEmpty(): boolean {
    return this.#present === 0;
  }

  /** Shapes of the block that have a flow. */
  *shapes(): Generator<number> {
    for (let i = 0; i < BLOCK_SHAPES; i++)
      if ((this.#present & (1 << i)) !== 0) yield this.block * BLOCK_SHAPES + i;
  }

  /** Null: there is none. */
  flow(shape: number): FlowNumbers | null {
    if (!this.has(shape)) return null;
    const s = (shape % BLOCK_SHAPES) * STRIDE;
    const at = (column: number): number => this.sums[s + column] ?? 0;
    return {
      hour: this.hour,
      connections: at(CONNECTIONS),
      bytes_received: at(RECEIVED),
      bytes_sent: at(SENT),
      first: at(FIRST),
      last: at(LAST),
      end: at(END),
      duration_min: at(SHORTEST),
      duration_max: at(LONGEST),
      paired: at(PAIRED),
      ambiguous: at(AMBIGUOUS),
    };
  }

  has(shape: number): boolean {
    return (this.#present & (1 << (shape % BLOCK_SHAPES))) !== 0;
  }

  /**
   * Adds sums of a shape, from an array at an offset. Sums without a line that is new (their last start is before their first)
   * change a flow that is there; where it is gone, with lines that were dropped, they change nothing.
   */
  merge(shape: number, from: Float64Array, offset: number): void {
    const i = shape % BLOCK_SHAPES;
    const s = i * STRIDE;
    const { sums } = this;
    const at = (column: number): number => from[offset + column] ?? 0;
    const hasLines = at(LAST) >= at(FIRST);
    if ((this.#present & (1 << i)) === 0) {
      if (!hasLines) return;
      this.#present |= 1 << i;
      for (let column = 0; column < STRIDE; column++) sums[s + column] = at(column);
      return;
    }
    for (const column of SUMMED) sums[s + column] = (sums[s + column] ?? 0) + at(column);
    if (!hasLines) return;
    for (const column of LEAST) sums[s + column] = Math.min(sums[s + column] ?? 0, at(column));
    for (const column of MOST) sums[s + column] = Math.max(sums[s + column] ?? 0, at(column));
  }

  /** Takes out the flows that no connection is left of. */
  dropEmpty(): void {
    for (const shape of this.shapes()) {
      const i = shape % BLOCK_SHAPES;
      if ((this.sums[i * STRIDE + CONNECTIONS] ?? 0) <= 0) this.#present &= ~(1 << i);
    }
  }

  #readVarint(bytes: Uint8Array): number {
    let at = this.#at;
    let byte = bytes[at++] ?? 0;
    let value = byte & 0x7f;
    // Up to four bytes are put together as an integer, what is longer as a number.
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = bytes[at++] ?? 0;
      value = shift < 28 ? value | ((byte & 0x7f) << shift) : value + (byte & 0x7f) * 2 ** shift;
    }
    this.#at = at;
    return value;
  }
}

const SUMMED = [CONNECTIONS, RECEIVED, SENT, PAIRED, AMBIGUOUS];
const LEAST = [FIRST, SHORTEST];
const MOST = [LAST, END, LONGEST];
