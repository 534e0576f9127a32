/**
 * Lines of a batch summed up in WebAssembly (`wasm/batch/`): sorted by minute and shape, added to blocks of flows that are held
 * unpacked, and packed by hour for the table `measure`.
 */
import type { BatchCode, BatchLines } from '../batch-lines.ts';

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
  readonly #lines: BatchLines;
  readonly #code: BatchCode;
  readonly #packedOf: ReadPacked;
  readonly #packedAt: number;
  readonly #shapesAt: number;
  #size = 0;

  constructor(lines: BatchLines, packedOf: ReadPacked) {
    this.#lines = lines;
    this.#code = lines.code;
    this.#packedOf = packedOf;
    this.#packedAt = this.#code.packedAt();
    this.#shapesAt = this.#code.shapesAt();
  }

  /** Blocks that are held. */
  get held(): number {
    return this.#code.held();
  }

  /** Sorts the lines of a batch that are not counted yet. `BatchLines` has taken it, and their fates. */
  sort(): void {
    this.#size = this.#code.sort(this.#lines.length);
  }

  /** Adds the lines to their flows. */
  addToFlows(): void {
    for (let from = 0; from < this.#size; ) {
      from = this.#code.addFrom(from);
      if (from < this.#size) this.#read(this.#code.hourAt(from), this.#code.shapeAt(from) >>> 0);
    }
  }

  /** Calls back with what is measured of the lines, packed, hour by hour. The bytes hold until the next call of anything here. */
  eachChunk(found: (hour: number, packed: Buffer) => void): void {
    for (let from = 0; from < this.#size; ) {
      const hour = this.#code.hourAt(from);
      from = this.#code.packFrom(from);
      const at = this.#code.chunkBeginAt();
      found(hour, this.#lines.bytes.subarray(at, at + this.#code.chunkBytes()));
    }
  }

  change(shape: number, hour: number, { connections, received, sent, paired, ambiguous }: FlowChange): void {
    const known = this.#code.blockOf(hour, shape);
    const block = known === 0 ? this.#read(hour, shape) : known;
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
    return size === 0 ? null : this.#lines.bytes.subarray(this.#packedAt, this.#packedAt + size);
  }

  /** Drops all blocks, also what was not written. */
  forget(): void {
    this.#code.forget();
  }

  /** Holds the block of a shape in an hour that is not held yet, and answers where it is. */
  hold(hour: number, shape: number, packed: Uint8Array | undefined): number {
    if (packed !== undefined) this.#lines.bytes.set(packed, this.#packedAt);
    return this.#code.hold(hour, shape, packed?.length ?? 0);
  }

  #read(hour: number, shape: number): number {
    return this.hold(hour, shape, this.#packedOf(hour, shape));
  }
}
