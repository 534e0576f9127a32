/**
 * A chunk: lines of one hour as columns, sorted by minute and shape. Chunks lie one behind the other.
 *
 *   all of it    bytes that follow (varint)
 *   sign         0: the lines count; 1: they are taken away again
 *   minutes      how many there are (a byte), and of each: minute within the hour (a byte), lines (varint)
 *   shapes       bytes (varint); each as a varint, less the one before it in its minute
 *   durations    a byte each: see src/domain/duration-code.ts
 *   received     bytes (varint); a varint each
 *   sent         a varint each
 */
import { readVarints, VARINT_BYTES_MAX, writeVarint } from './varints.ts';

/** Lines of one hour and sign, in the order of a chunk. */
export interface ChunkLines {
  readonly sign: 1 | -1;
  readonly length: number;
  /** Within the hour. */
  readonly minutes: Uint8Array;
  readonly shapes: Uint32Array;
  /** Codes. */
  readonly durations: Uint8Array;
  readonly received: Float64Array;
  readonly sent: Float64Array;
}

const MINUTES = 60;

/** A place to pack chunks in, used again and again. */
let packed = Buffer.alloc(0);
const counts = new Uint32Array(MINUTES);
const one = new Float64Array(1);

/** Packs lines. The result holds until the next call. */
export function packChunk(lines: ChunkLines): Buffer {
  const { length, minutes, shapes } = lines;
  const most =
    3 * VARINT_BYTES_MAX + 2 + MINUTES * (1 + VARINT_BYTES_MAX) + length * (1 + 3 * VARINT_BYTES_MAX);
  if (packed.length < most) packed = Buffer.alloc(most);
  // The length of all comes first, and is known last.
  let at = VARINT_BYTES_MAX;
  packed[at++] = lines.sign === 1 ? 0 : 1;
  at = packMinutes(at, minutes, length);
  at = packSized(at, (from) => {
    let to = from;
    let before = 0;
    let minute = -1;
    for (let i = 0; i < length; i++) {
      const shape = shapes[i] ?? 0;
      if (minutes[i] !== minute) {
        minute = minutes[i] ?? 0;
        before = 0;
      }
      to = writeVarint(packed, to, shape - before);
      before = shape;
    }
    return to;
  });
  packed.set(lines.durations.subarray(0, length), at);
  at = packSized(at + length, (from) => packNumbers(from, lines.received, length));
  at = packNumbers(at, lines.sent, length);
  const head = sizeOf(at - VARINT_BYTES_MAX);
  writeVarint(packed, VARINT_BYTES_MAX - head, at - VARINT_BYTES_MAX);
  return packed.subarray(VARINT_BYTES_MAX - head, at);
}

function packMinutes(from: number, minutes: Uint8Array, length: number): number {
  counts.fill(0);
  for (let i = 0; i < length; i++) {
    const minute = minutes[i] ?? 0;
    counts[minute] = (counts[minute] ?? 0) + 1;
  }
  let at = from + 1;
  let used = 0;
  for (let minute = 0; minute < MINUTES; minute++) {
    const count = counts[minute] ?? 0;
    if (count === 0) continue;
    used++;
    packed[at++] = minute;
    at = writeVarint(packed, at, count);
  }
  packed[from] = used;
  return at;
}

/** Packs something behind its size. */
function packSized(from: number, pack: (from: number) => number): number {
  const start = from + VARINT_BYTES_MAX;
  const size = pack(start) - start;
  const at = writeVarint(packed, from, size);
  packed.copyWithin(at, start, start + size);
  return at + size;
}

function packNumbers(from: number, numbers: Float64Array, length: number): number {
  let at = from;
  for (let i = 0; i < length; i++) at = writeVarint(packed, at, numbers[i] ?? 0);
  return at;
}

function sizeOf(number: number): number {
  return Math.max(1, Math.ceil(Math.log2(number + 1) / 7));
}

/** Which columns are wanted besides minutes and shapes. */
export interface Wanted {
  readonly durations: boolean;
  readonly bytes: boolean;
}

/** One chunk, unpacked. Meant to be filled again and again. */
export class Chunk {
  sign: 1 | -1 = 1;
  length = 0;
  minutes = new Uint8Array(0);
  shapes = new Uint32Array(0);
  /** The following hold only where they are wanted. */
  durations = new Uint8Array(0);
  received = new Float64Array(0);
  sent = new Float64Array(0);

  /** Unpacks the chunk at a place, and answers the place behind it. */
  unpack(bytes: Uint8Array, from: number, wanted: Wanted): number {
    let at = readVarints(bytes, from, 1, one);
    const end = at + (one[0] ?? 0);
    this.sign = bytes[at++] === 0 ? 1 : -1;
    at = this.#readMinutes(bytes, at);
    at = readVarints(bytes, at, 1, one);
    const durationsAt = at + (one[0] ?? 0);
    this.#readShapes(bytes, at);
    at = durationsAt + this.length;
    if (wanted.durations) this.durations.set(bytes.subarray(durationsAt, at));
    if (!wanted.bytes) return end;
    at = readVarints(bytes, at, 1, one);
    at = readVarints(bytes, at, this.length, this.received);
    readVarints(bytes, at, this.length, this.sent);
    return end;
  }

  #readMinutes(bytes: Uint8Array, from: number): number {
    let at = from + 1;
    const used = bytes[from] ?? 0;
    let length = 0;
    counts.fill(0);
    for (let i = 0; i < used; i++) {
      const minute = bytes[at++] ?? 0;
      at = readVarints(bytes, at, 1, one);
      counts[minute] = one[0] ?? 0;
      length += one[0] ?? 0;
    }
    this.length = length;
    if (length > this.minutes.length) this.#widen(length);
    let place = 0;
    for (let minute = 0; minute < MINUTES; minute++) {
      const count = counts[minute] ?? 0;
      if (count > 0) this.minutes.fill(minute, place, place + count);
      place += count;
    }
    return at;
  }

  #readShapes(bytes: Uint8Array, from: number): void {
    const { shapes } = this;
    let at = from;
    let place = 0;
    for (let minute = 0; minute < MINUTES; minute++) {
      let shape = 0;
      for (const end = place + (counts[minute] ?? 0); place < end; place++) {
        let byte = bytes[at++] ?? 0;
        let less = byte & 0x7f;
        for (let shift = 7; byte >= 0x80; shift += 7) {
          byte = bytes[at++] ?? 0;
          less += (byte & 0x7f) * 2 ** shift;
        }
        shape += less;
        shapes[place] = shape;
      }
    }
  }

  #widen(length: number): void {
    this.minutes = new Uint8Array(length);
    this.shapes = new Uint32Array(length);
    this.durations = new Uint8Array(length);
    this.received = new Float64Array(length);
    this.sent = new Float64Array(length);
  }
}
