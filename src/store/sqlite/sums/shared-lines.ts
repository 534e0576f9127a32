/** Lines of a batch in memory that two threads share: what sums are made of, and segments. */
import type { Fates, PortedBatch } from '../batch-lines.ts';
import type { CallingLines } from '../clients/gatherer.ts';
import type { LineBatch } from '../line-batch.ts';

export interface SummedLines extends CallingLines, PortedBatch, Fates {}

const DOUBLES = ['start', 'duration', 'received', 'sent'] as const;
const INTS = ['shape', 'upstreamLocalPort', 'downstreamRemotePort', 'mates'] as const;
const FLAGS = ['ends', 'counted', 'isServer'] as const;
const LINE_BYTES = 8 * DOUBLES.length + 4 * INTS.length + FLAGS.length;
/** So that columns of numbers begin where eight divides their place. */
const LINES_TOGETHER = 8;

export function newSharedMemory(capacity: number): SharedArrayBuffer {
  return new SharedArrayBuffer(LINE_BYTES * Math.ceil(capacity / LINES_TOGETHER) * LINES_TOGETHER);
}

/** Lines that find room in a memory. */
export function capacityOf(memory: SharedArrayBuffer): number {
  return Math.floor(memory.byteLength / LINE_BYTES);
}

/** The columns in a memory. */
export function sharedLines(memory: SharedArrayBuffer, length: number): SummedLines {
  const capacity = capacityOf(memory);
  let at = 0;
  const place = (bytes: number): number => {
    const from = at;
    at += bytes * capacity;
    return from;
  };
  const doubles = (): Float64Array => new Float64Array(memory, place(8), length);
  const ints = (): Int32Array => new Int32Array(memory, place(4), length);
  const flags = (): Uint8Array => new Uint8Array(memory, place(1), length);
  return {
    length,
    ...{ start: doubles(), duration: doubles(), received: doubles(), sent: doubles() },
    ...{ shape: ints(), upstreamLocalPort: ints(), downstreamRemotePort: ints(), mates: ints() },
    ...{ ends: flags(), counted: flags(), isServer: flags() },
  };
}

/** Copies the lines of a batch into a memory that has room for them. */
export function shareLines(memory: SharedArrayBuffer, batch: LineBatch, mates: Int32Array): void {
  const { length } = batch;
  const to = sharedLines(memory, length);
  for (const name of DOUBLES) to[name].set(batch[name].subarray(0, length));
  for (const name of FLAGS) to[name].set(batch[name].subarray(0, length));
  to.shape.set(batch.shape.subarray(0, length));
  to.upstreamLocalPort.set(batch.upstreamLocalPort.subarray(0, length));
  to.downstreamRemotePort.set(batch.downstreamRemotePort.subarray(0, length));
  to.mates.set(mates.subarray(0, length));
}
