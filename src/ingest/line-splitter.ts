/** Cuts bytes into lines without ever holding more than one line and one chunk. */
import { isUtf8 } from 'node:buffer';
import { LINE_BYTES_MAX, REJECT_TEXT_MAX } from '../domain/limits.ts';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** `utf8` is false when the bytes of the line were not UTF-8; it then has one character a byte. */
export interface LineSink {
  line(text: string, utf8: boolean): void;
  /** A line beyond the limit: only its beginning was kept. */
  tooLong(beginning: string): void;
}

export interface LineSplitter {
  push(chunk: Uint8Array): void;
  /** Gives out the last line when it has no newline. */
  end(): void;
}

export function createLineSplitter(sink: LineSink, lineBytesMax = LINE_BYTES_MAX): LineSplitter {
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
    if (carried > lineBytesMax) {
      sink.tooLong(takeCarry().toString('latin1', 0, REJECT_TEXT_MAX));
      discarding = true;
    }
  };

  const emitBlock = (block: Buffer): void => {
    if (!isUtf8(block)) {
      emitBytes(block);
      return;
    }
    const text = block.toString('utf8');
    for (let from = 0; from < text.length; ) {
      let to = text.indexOf('\n', from);
      if (to < 0) to = text.length;
      emit(text.slice(from, to), true);
      from = to + 1;
    }
  };

  const emitBytes = (block: Buffer): void => {
    for (let from = 0; from < block.length; ) {
      let to = block.indexOf(NEWLINE, from);
      if (to < 0) to = block.length;
      const bytes = block.subarray(from, to);
      const utf8 = isUtf8(bytes);
      emit(bytes.toString(utf8 ? 'utf8' : 'latin1'), utf8);
      from = to + 1;
    }
  };

  const emit = (line: string, utf8: boolean): void => {
    const text = line.charCodeAt(line.length - 1) === CARRIAGE_RETURN ? line.slice(0, -1) : line;
    // A character takes a byte or more, so the byte limit is checked exactly only where it can matter.
    if (text.length * 3 > lineBytesMax && Buffer.byteLength(text) > lineBytesMax) {
      sink.tooLong(text.slice(0, REJECT_TEXT_MAX));
    } else {
      sink.line(text, utf8);
    }
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
        if (carried > 0) emitBytes(takeCarry());
        discarding = false;
        from = first + 1;
      }
      if (from <= last) emitBlock(bytes.subarray(from, last + 1));
      keep(bytes.subarray(last + 1));
    },
    end() {
      if (carried > 0) emitBytes(takeCarry());
      discarding = false;
    },
  };
}
