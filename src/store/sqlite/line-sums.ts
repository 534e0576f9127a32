/**
 * Lines summed up in WebAssembly (`wasm/sums.ts`): sorted by minute and shape, added to blocks of flows that are held unpacked, and
 * packed by hour for the table `measure`. It has memory of its own, into which the lines of a batch are copied.
 */
import type { LineBatch } from './line-batch.ts';
import { SUMS_CODE } from './line-sums-code.ts';

/** Places in its memory are numbers of bytes. */
interface Code {
  readonly memory: { readonly buffer: ArrayBuffer };
  reserve(count: number): void;
  columnAt(column: number): number;
  packedAt(): number;
  packedMax(): number;
  shapesAt(): number;
  sort(count: number): void;
  forget(): void;
  held(): number;
  blockOf(hour: number, shape: number): number;
  hold(hour: number, shape: number, size: number): number;
  change(
    block: number,
    shape: number,
    connections: number,
    received: number,
    sent: number,
    paired: number,
    ambiguous: number,
  ): void;
  addFrom(from: number): number;
  hourAt(place: number): number;
  shapeAt(place: number): number;
  blockAt(number: number): number;
  isOpened(block: number): number;
  hourOf(block: number): number;
  numberOf(block: number): number;
  settle(block: number): number;
  pack(block: number): number;
  packFrom(from: number): number;
  chunkBeginAt(): number;
  chunkBytes(): number;
}

interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}
const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;

let compiled: object | null = null;

function newCode(): Code {
  compiled ??= new Module(Buffer.from(SUMS_CODE, 'base64'));
  return new Instance(compiled).exports as Code;
}

/** The packed flows of the block of a shape in an hour; undefined: there are none. */
export type ReadPacked = (hour: number, shape: number) => Uint8Array | undefined;

/** Of a flow, what is to be added to it. */
export interface FlowChange {
  readonly connections: number;
  readonly received: number;
  readonly sent: number;
  readonly paired: number;
  readonly ambiguous: number;
}

/** A block that was added to. */
export interface OpenedBlock {
  readonly hour: number;
  /** Number of the block. */
  readonly block: number;
  /** Where it is. */
  readonly at: number;
}

export class LineSums {
  readonly #code = newCode();
  readonly #read: ReadPacked;
  readonly #packedAt: number;
  readonly #shapesAt: number;
  #lines = 0;
  #bytes = new Uint8Array(0);
  #buffer = Buffer.alloc(0);

  constructor(read: ReadPacked) {
    this.#read = read;
    this.#packedAt = this.#code.packedAt();
    this.#shapesAt = this.#code.shapesAt();
  }

  /** Blocks that are held. */
  get held(): number {
    return this.#code.held();
  }

  /** Takes over and sorts the lines of a batch that are not counted yet. */
  take(batch: LineBatch): void {
    const { length, counted } = batch;
    this.#code.reserve(length);
    const start = this.#doubles(0, length);
    const duration = this.#doubles(1, length);
    const received = this.#doubles(2, length);
    const sent = this.#doubles(3, length);
    const shape = new Int32Array(this.#code.memory.buffer, this.#code.columnAt(4), length);
    const ends = new Uint8Array(this.#code.memory.buffer, this.#code.columnAt(5), length);
    // Stretches of lines that are not counted are copied at once: mostly that is all of them.
    let size = 0;
    for (let from = 0; from < length; ) {
      if (counted[from] === 1) {
        from++;
        continue;
      }
      const next = counted.indexOf(1, from);
      const to = next === -1 || next > length ? length : next;
      start.set(batch.start.subarray(from, to), size);
      duration.set(batch.duration.subarray(from, to), size);
      received.set(batch.received.subarray(from, to), size);
      sent.set(batch.sent.subarray(from, to), size);
      shape.set(batch.shape.subarray(from, to), size);
      ends.set(batch.ends.subarray(from, to), size);
      size += to - from;
      from = to;
    }
    this.#lines = size;
    this.#code.sort(size);
  }

  /** Adds the lines to their flows. */
  addToFlows(): void {
    for (let from = 0; from < this.#lines; ) {
      from = this.#code.addFrom(from);
      if (from < this.#lines) this.#hold(this.#code.hourAt(from), this.#code.shapeAt(from) >>> 0);
    }
  }

  /** Calls back with what is measured of the lines, packed, hour by hour. The bytes hold until the next call of anything here. */
  eachChunk(found: (hour: number, packed: Buffer) => void): void {
    for (let from = 0; from < this.#lines; ) {
      const hour = this.#code.hourAt(from);
      from = this.#code.packFrom(from);
      const at = this.#code.chunkBeginAt();
      found(hour, this.#look().subarray(at, at + this.#code.chunkBytes()));
    }
  }

  change(shape: number, hour: number, { connections, received, sent, paired, ambiguous }: FlowChange): void {
    const known = this.#code.blockOf(hour, shape);
    const block = known === 0 ? this.#hold(hour, shape) : known;
    this.#code.change(block, shape, connections, received, sent, paired, ambiguous);
  }

  /** The blocks that were added to, in the order of the table. */
  opened(): OpenedBlock[] {
    const blocks: OpenedBlock[] = [];
    const { held } = this;
    for (let number = 0; number < held; number++) {
      const at = this.#code.blockAt(number);
      if (this.#code.isOpened(at) === 0) continue;
      blocks.push({ hour: this.#code.hourOf(at), block: this.#code.numberOf(at), at });
    }
    return blocks.sort((a, b) => a.hour - b.hour || a.block - b.block);
  }

  /** The shapes of a block that were added to; it is not opened any more. They hold until the next call. */
  settle({ at }: OpenedBlock): Uint32Array {
    const count = this.#code.settle(at);
    return new Uint32Array(this.#code.memory.buffer, this.#shapesAt, count);
  }

  /** A block as the table has it, until the next call; null: no flow is left in it. */
  pack({ at }: OpenedBlock): Buffer | null {
    const size = this.#code.pack(at);
    return size === 0 ? null : this.#look().subarray(this.#packedAt, this.#packedAt + size);
  }

  /** Drops all blocks, also what was not written. */
  forget(): void {
    this.#code.forget();
  }

  #hold(hour: number, shape: number): number {
    const packed = this.#read(hour, shape);
    if (packed !== undefined) this.#look().set(packed, this.#packedAt);
    return this.#code.hold(hour, shape, packed?.length ?? 0);
  }

  #doubles(column: number, length: number): Float64Array {
    return new Float64Array(this.#code.memory.buffer, this.#code.columnAt(column), length);
  }

  /** Its memory, which is another one after it grew. */
  #look(): Buffer {
    const { buffer } = this.#code.memory;
    if (this.#bytes.buffer !== buffer) {
      this.#bytes = new Uint8Array(buffer);
      this.#buffer = Buffer.from(buffer);
    }
    return this.#buffer;
  }
}
