/**
 * Lines of a batch summed up in WebAssembly (`wasm/batch/`): sorted by minute and shape, added to blocks of flows that are held
 * unpacked, and packed by hour for the table `measure`.
 */
import type { BatchCode, BatchLines } from '../batch-lines.ts';
import type { Pieces } from './messages.ts';

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

/** What was added to flows. */
export interface ChangedFlows {
  /** Which they are: see `flowKey`. */
  readonly flows: Float64Array;
  /** Their blocks as the table has them, each with its hour and its number, in its order; not those that no flow is left in. */
  readonly blocks: Pieces;
}

export class LineSums {
  readonly #lines: BatchLines;
  readonly #code: BatchCode;
  readonly #packedOf: ReadPacked;
  readonly #packedAt: number;
  #size = 0;

  constructor(lines: BatchLines, packedOf: ReadPacked) {
    this.#lines = lines;
    this.#code = lines.code;
    this.#packedOf = packedOf;
    this.#packedAt = this.#code.packedAt();
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

  /** What was added since the last time. Blocks stay held. */
  take(): ChangedFlows {
    const code = this.#code;
    const count = code.packOpened();
    // As it is now: it may have grown.
    const { buffer } = code.memory;
    const ends = new Int32Array(buffer, code.pieceEndsAt(), count).slice();
    const bytes = new Uint8Array(buffer, code.pieceBytesAt(), ends[count - 1] ?? 0).slice();
    const keys = new Int32Array(buffer, code.pieceKeysAt(), 2 * count).slice();
    const flows = new Float64Array(buffer, code.flowKeysAt(), code.changedFlows()).slice();
    return { flows, blocks: { keys, ends, bytes } };
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
