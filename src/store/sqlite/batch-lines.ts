/**
 * The lines of a batch in the memory of WebAssembly (`wasm/batch/`), where rows are made of them and sums: see `row-pages.ts` and
 * `sums/line-sums.ts`.
 */
import { startModule } from '../../domain/web-assembly.ts';
import { BATCH_CODE } from './batch-code.ts';
import type { LineBatch } from './line-batch.ts';
import { HASH_BASE } from './line-record.ts';
import type { RowColumns } from './new-rows.ts';

/** Places in its memory are numbers of bytes. */
export interface BatchCode {
  readonly memory: { readonly buffer: ArrayBuffer };
  reserve(count: number): void;
  columnAt(column: number): number;
  packedAt(): number;
  sort(count: number): number;
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
  packOpened(): number;
  changedFlows(): number;
  flowKeysAt(): number;
  pieceKeysAt(): number;
  pieceEndsAt(): number;
  pieceBytesAt(): number;
  packFrom(from: number): number;
  chunkBeginAt(): number;
  chunkBytes(): number;
  reserveTexts(bytes: number): number;
  writeRows(count: number, hasRest: number): number;
  pagesAt(): number;
  lastRowsAt(): number;
  sortRows(count: number): void;
  sortedRowsAt(): number;
  sortedPlaceAt(at: number): number;
  packSegment(from: number, count: number, hasRest: number): number;
  segmentAt(): number;
  segmentRowsMax(): number;
  segmentTextsAt(): number;
  segmentTextBytes(): number;
}

/** Columns of lines and of rows, by the numbers that the code has for them. */
const COLUMN = {
  ...{ start: 0, duration: 1, received: 2, sent: 3, shape: 4, ends: 5, counted: 6 },
  ...{ upstreamLocalPort: 7, downstreamRemotePort: 8, rows: 9, clients: 10, servers: 11 },
  ...{ hashes: 12, textBegins: 13, textLengths: 14, marks: 15 },
} as const;

/** Lines and what is measured of them: see `LineBatch`. */
export interface MeasuredBatch {
  readonly length: number;
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly received: Float64Array;
  readonly sent: Float64Array;
  readonly shape: Int32Array;
}

/** The same with what rows need of lines as well. */
export interface PortedBatch extends MeasuredBatch {
  readonly upstreamLocalPort: Int32Array;
  readonly downstreamRemotePort: Int32Array;
}

/** What became of lines. */
export interface Fates {
  readonly ends: Uint8Array;
  readonly counted: Uint8Array;
}

/** Rows, and what they have beside their numbers where any has something. */
export interface TakenRows extends RowColumns {
  readonly size: number;
  readonly hasRest: boolean;
  /** Used where a row has something. */
  readonly marks: Int32Array;
}

const NO_HASH = Number.NEGATIVE_INFINITY;

export class BatchLines {
  readonly code = startModule<BatchCode>(BATCH_CODE);
  /** Lines that were taken over. */
  length = 0;
  #bytes: Buffer = Buffer.alloc(0);

  /** Takes over what sums are made of, but for `takeFates`. */
  takeMeasured(batch: MeasuredBatch): void {
    const { length } = batch;
    this.length = length;
    this.code.reserve(length);
    this.doubles('start', length).set(batch.start.subarray(0, length));
    this.doubles('duration', length).set(batch.duration.subarray(0, length));
    this.doubles('received', length).set(batch.received.subarray(0, length));
    this.doubles('sent', length).set(batch.sent.subarray(0, length));
    this.ints('shape', length).set(batch.shape.subarray(0, length));
  }

  /** Takes over what rows are made of as well. */
  take(batch: PortedBatch): void {
    const { length } = batch;
    this.takeMeasured(batch);
    this.ints('upstreamLocalPort', length).set(batch.upstreamLocalPort.subarray(0, length));
    this.ints('downstreamRemotePort', length).set(batch.downstreamRemotePort.subarray(0, length));
  }

  /** Takes over what lines have that is neither shape nor number. */
  takeRest(batch: LineBatch): void {
    const { length } = this;
    const at = this.code.reserveTexts(batch.extrasEnd);
    const hashes = this.doubles('hashes', length);
    for (let index = 0; index < length; index++)
      hashes[index] = batch.ownHash[index] === 0 ? NO_HASH : (batch.hash[index] as number) - HASH_BASE;
    this.bytes.set(batch.extras.subarray(0, batch.extrasEnd), at);
    this.ints('textBegins', length).set(batch.extraBegin.subarray(0, length));
    this.ints('textLengths', length).set(batch.extraLength.subarray(0, length));
  }

  /** Takes over rows that are made of the lines. */
  takeRows({ size, rows, clients, servers, marks, hasRest }: TakenRows): void {
    this.doubles('rows', size).set(rows.subarray(0, size));
    this.ints('clients', size).set(clients.subarray(0, size));
    this.ints('servers', size).set(servers.subarray(0, size));
    if (hasRest) this.ints('marks', size).set(marks.subarray(0, size));
  }

  /** Takes over what became known since, and sums need as well. */
  takeFates({ ends, counted }: Fates): void {
    this.#flags('ends').set(ends.subarray(0, this.length));
    this.#flags('counted').set(counted.subarray(0, this.length));
  }

  doubles(column: keyof typeof COLUMN, length: number): Float64Array {
    return new Float64Array(this.code.memory.buffer, this.code.columnAt(COLUMN[column]), length);
  }

  ints(column: keyof typeof COLUMN, length: number): Int32Array {
    return new Int32Array(this.code.memory.buffer, this.code.columnAt(COLUMN[column]), length);
  }

  #flags(column: 'ends' | 'counted'): Uint8Array {
    return new Uint8Array(this.code.memory.buffer, this.code.columnAt(COLUMN[column]), this.length);
  }

  /** All of the memory, which is another one after it grew. */
  get bytes(): Buffer {
    const { buffer } = this.code.memory;
    if (this.#bytes.buffer !== buffer) this.#bytes = Buffer.from(buffer);
    return this.#bytes;
  }
}
