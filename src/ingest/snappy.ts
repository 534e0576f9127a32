/** Unpacks a snappy block, the form in which Loki's senders pack protobuf. It is not the framed form of files. */
import { DecompressError } from './decompress.ts';

/** A block that says it unpacks to more than was allowed. */
export class BlockTooLongError extends Error {
  override readonly name = 'BlockTooLongError';
}

const LITERAL = 0;
const COPY_1 = 1;
const COPY_2 = 2;
/** Literals up to here have their length in the tag. */
const SHORT_LITERAL_MAX = 60;

/**
 * The bytes of a block.
 * Every step is checked against both ends, so that the work is bounded by `bytes` and by `lengthMax`.
 * Errors: {@link DecompressError} for what is no block, {@link BlockTooLongError} beyond `lengthMax`.
 * Source: format_description.txt of google/snappy.
 */
export function unpackSnappy(bytes: Uint8Array, lengthMax: number): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readLength(input);
  if (header.length > lengthMax)
    throw new BlockTooLongError(`it unpacks to ${header.length} bytes, expected at most ${lengthMax}`);
  const output = Buffer.allocUnsafe(header.length);
  let at = header.end;
  let filled = 0;
  while (at < input.length) {
    const tag = byteAt(input, at++);
    const kind = tag & 3;
    if (kind === LITERAL) {
      const short = (tag >>> 2) + 1;
      const extra = Math.max(0, short - SHORT_LITERAL_MAX);
      const length = extra === 0 ? short : uintAt(input, at, extra) + 1;
      at += extra;
      if (at + length > input.length || filled + length > output.length) throw broken(at);
      input.copy(output, filled, at, at + length);
      at += length;
      filled += length;
      continue;
    }
    const offsetBytes = kind === COPY_1 ? 1 : kind === COPY_2 ? 2 : 4;
    const high = kind === COPY_1 ? (tag >>> 5) << 8 : 0;
    const length = kind === COPY_1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const offset = high + uintAt(input, at, offsetBytes);
    at += offsetBytes;
    if (offset === 0 || offset > filled || filled + length > output.length) throw broken(at);
    // Byte by byte: what is copied may overlap what it is copied to, and then repeats itself.
    for (let i = 0; i < length; i++) output[filled + i] = byteAt(output, filled + i - offset);
    filled += length;
  }
  if (filled !== output.length) throw broken(at);
  return output;
}

/** The length in front: 7 bits a byte, the lowest first, 32 bits at most. */
function readLength(input: Buffer): { readonly length: number; readonly end: number } {
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = byteAt(input, at);
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { length, end: at + 1 };
  }
  throw broken(5);
}

function byteAt(input: Buffer, at: number): number {
  const byte = input[at];
  if (byte === undefined) throw broken(at);
  return byte;
}

function uintAt(input: Buffer, at: number, bytes: number): number {
  if (at + bytes > input.length) throw broken(at);
  return input.readUIntLE(at, bytes);
}

function broken(at: number): DecompressError {
  return new DecompressError(`it is no snappy block: byte ${at} is wrong or missing`);
}
