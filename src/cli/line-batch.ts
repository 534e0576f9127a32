/** Collects lines into request bodies, and never cuts one where a record of several lines would be torn apart. */
import { LINE_BYTES_MAX } from '../domain/limits.ts';

/** Bytes of a body that is sent at once; a record that goes on past it is waited for. */
const BODY_BYTES = 1024 * 1024;
/** Bytes past which a body is cut wherever a line ends. */
const BODY_BYTES_MAX = 4 * BODY_BYTES;

/** Lines to send in one request. */
export interface SentBatch {
  readonly lines: number;
  readonly body: Buffer;
}

export interface LineBatch {
  add(line: Buffer): void;
  /** A line beyond the limit: its beginning stands for it, filled up so that it is beyond the limit again. */
  addTooLong(beginning: Buffer): void;
  isEmpty(): boolean;
  /** A body that is full, or null. */
  takeFull(): SentBatch | null;
  /** What there is, or null for nothing. */
  take(): SentBatch | null;
}

export function createLineBatch(bodyBytes = BODY_BYTES, bodyBytesMax = BODY_BYTES_MAX): LineBatch {
  let full: SentBatch[] = [];
  let pieces: Buffer[] = [];
  let last: Buffer | null = null;
  let bytes = 0;
  const close = (): SentBatch | null => {
    if (pieces.length === 0) return null;
    // Each line is two pieces: itself and its newline.
    const batch = { lines: pieces.length / 2, body: Buffer.concat(pieces) };
    pieces = [];
    last = null;
    bytes = 0;
    return batch;
  };
  const add = (line: Buffer): void => {
    const mayCut = (last === null || !isPartial(last)) && !isContinuation(line);
    if (bytes >= bodyBytesMax || (bytes >= bodyBytes && mayCut)) {
      const batch = close();
      if (batch !== null) full.push(batch);
    }
    pieces.push(line, NEWLINE);
    last = line;
    bytes += line.length + 1;
  };
  return {
    add,
    addTooLong(beginning) {
      add(Buffer.concat([beginning, Buffer.alloc(LINE_BYTES_MAX + 1 - beginning.length, ' ')]));
    },
    isEmpty: () => bytes === 0 && full.length === 0,
    takeFull() {
      const [first = null, ...rest] = full;
      full = rest;
      return first;
    },
    take: close,
  };
}

const NEWLINE = Buffer.from('\n');

/** A piece of a line that the container runtime has split: `TIME stdout P …`. */
function isPartial(line: Buffer): boolean {
  return /^\S+ std(?:out|err) P /.test(line.toString('latin1', 0, 64));
}

/** Within an object that is printed over several lines: indented, or the end of it. */
function isContinuation(line: Buffer): boolean {
  return /^[\t }\]]/.test(line.toString('latin1', 0, 1));
}
