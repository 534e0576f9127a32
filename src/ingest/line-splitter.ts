/** Cuts bytes into lines without ever holding more than one line and one chunk. */
import { isUtf8 } from 'node:buffer';
import { LINE_BYTES_MAX, REJECT_TEXT_MAX } from '../domain/limits.ts';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export interface BlockSink {
  /** Whole lines in [from, to), each with its newline behind it or `to`; some may be too long: see `takeLine`. */
  block(bytes: Buffer, from: number, to: number): void;
  /** A line beyond the limit: only its beginning was kept. */
  tooLong(beginning: string): void;
}

export interface LineSink {
  /** The line in [from, to), without its newline. */
  line(bytes: Buffer, from: number, to: number): void;
  tooLong(beginning: string): void;
}

/** `utf8` is false when the bytes of the line were not UTF-8; it then has one character a byte. */
export interface TextSink {
  line(text: string, utf8: boolean): void;
  tooLong(beginning: string): void;
}

export interface LineSplitter {
  push(chunk: Uint8Array): void;
  /** Gives out the last line when it has no newline. */
  end(): void;
  /** Ends where the bytes broke off: the beginning of the line that was under way, which is not given out; null for none. */
  cut(): string | null;
}

export function createBlockSplitter(sink: BlockSink, lineBytesMax = LINE_BYTES_MAX): LineSplitter {
  let carry: Uint8Array[] = [];
  let carried = 0;
  let discarding = false;

  const takeCarry = (): Buffer => {
    const bytes = Buffer.concat(carry);
    carry = [];
    carried = 0;
    return bytes;
  };

  /** Keeps the unfinished line for the next chunk; past the limit only its fate is remembered. */
  const keep = (rest: Uint8Array): void => {
    if (discarding || rest.length === 0) return;
    // The chunk may be a buffer that its owner fills anew.
    carry.push(Uint8Array.prototype.slice.call(rest));
    carried += rest.length;
    // A carriage return may turn out to belong to the newline.
    const ending = rest[rest.length - 1] === CARRIAGE_RETURN ? 1 : 0;
    if (carried - ending > lineBytesMax) {
      sink.tooLong(takeCarry().toString('latin1', 0, REJECT_TEXT_MAX));
      discarding = true;
    }
  };

  const emitCarry = (): void => {
    const line = takeCarry();
    sink.block(line, 0, line.length);
  };

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const last = bytes.lastIndexOf(NEWLINE);
      if (last < 0) {
        keep(bytes);
        return;
      }
      let from = 0;
      if (discarding || carried > 0) {
        const first = bytes.indexOf(NEWLINE);
        keep(bytes.subarray(0, first));
        if (carried > 0) emitCarry();
        discarding = false;
        from = first + 1;
      }
      if (from <= last) sink.block(bytes, from, last + 1);
      keep(bytes.subarray(last + 1));
    },
    end() {
      if (carried > 0) emitCarry();
      discarding = false;
    },
    cut() {
      discarding = false;
      return carried > 0 ? takeCarry().toString('latin1', 0, REJECT_TEXT_MAX) : null;
    },
  };
}

/** Gives out the line at `from`, and answers where the next one begins. */
export function takeLine(
  bytes: Buffer,
  from: number,
  to: number,
  sink: LineSink,
  lineBytesMax = LINE_BYTES_MAX,
): number {
  const found = bytes.indexOf(NEWLINE, from);
  const newline = found < 0 || found >= to ? to : found;
  const end = newline > from && bytes[newline - 1] === CARRIAGE_RETURN ? newline - 1 : newline;
  if (end - from > lineBytesMax) sink.tooLong(bytes.toString('latin1', from, from + REJECT_TEXT_MAX));
  else sink.line(bytes, from, end);
  return newline + 1;
}

/** As `createBlockSplitter`, for whoever wants each line as text. */
export function createLineSplitter(sink: TextSink, lineBytesMax = LINE_BYTES_MAX): LineSplitter {
  const lines: LineSink = {
    line(bytes, from, to) {
      const utf8 = isUtf8(bytes.subarray(from, to));
      sink.line(bytes.toString(utf8 ? 'utf8' : 'latin1', from, to), utf8);
    },
    tooLong: (beginning) => sink.tooLong(beginning),
  };
  return createBlockSplitter(
    {
      block(bytes, from, to) {
        for (let at = from; at < to; ) at = takeLine(bytes, at, to, lines, lineBytesMax);
      },
      tooLong: lines.tooLong,
    },
    lineBytesMax,
  );
}
