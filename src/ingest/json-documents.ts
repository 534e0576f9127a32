/** Cuts JSON into its documents: the elements of an array, or one object after another. */
import { LINE_BYTES_MAX } from '../domain/limits.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Bytes of a document that are handed on; enough for whoever reads lines to find it too long. */
const DOCUMENT_BYTES_MAX = LINE_BYTES_MAX + 1;

/** What is wrong with JSON, and at which byte. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
}

/**
 * The documents of JSON of any length, each as a line with its newline. Errors: {@link DocumentError}, and those of
 * `chunks`; either comes after all documents before it.
 */
export async function* documentLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const splitter = createDocumentSplitter();
  for await (const chunk of chunks) yield* splitter.push(chunk);
  splitter.end();
}

interface DocumentSplitter {
  /** Gives the documents that are complete. Errors: {@link DocumentError}, after all before it. */
  push(chunk: Uint8Array): Generator<Uint8Array>;
  /** Errors: {@link DocumentError}, when the input ends inside an array or a document. */
  end(): void;
}

/**
 * Creates a splitter for one input.
 * A document is handed on as its own bytes without the white space between its tokens, and is not parsed: that is the
 * line parser's work, which also refuses what is no JSON. Parsing and printing it again would change numbers past 2^53,
 * escapes and repeated keys, so that the same line sent as text would be another one. No more than one chunk and one
 * document of `LINE_BYTES_MAX` is held.
 */
function createDocumentSplitter(): DocumentSplitter {
  /** Brackets that are open; the array around the documents is not one of them. Which ones is for the parser to judge. */
  let depth = 0;
  let inArray = false;
  let arrayClosed = false;
  let inString = false;
  let escaped = false;
  let expectsDocument = false;
  let offset = 0;
  let document = Buffer.alloc(1_024);
  let length = 0;

  const fail = (cause: string): never => {
    throw new DocumentError(`at byte ${offset}: ${cause}`);
  };

  const keep = (byte: number): void => {
    if (length >= DOCUMENT_BYTES_MAX) return;
    if (length === document.length)
      document = Buffer.concat([document], Math.min(2 * length, DOCUMENT_BYTES_MAX));
    document[length++] = byte;
  };

  const insideString = (byte: number): void => {
    keep(byte);
    if (escaped) escaped = false;
    else if (byte === BACKSLASH) escaped = true;
    else if (byte === QUOTE) inString = false;
    // JSON has no raw newlines in strings; as a line it would be two.
    else if (byte === NEWLINE) fail('a string has a raw newline in it');
  };

  const between = (byte: number): void => {
    if (arrayClosed) fail('something follows the end of the array');
    if (byte === OPEN_OBJECT) {
      if (inArray && !expectsDocument) fail('a comma is missing between two objects');
      depth = 1;
      keep(byte);
    } else if (byte === OPEN_ARRAY && !inArray && offset === firstByte) {
      inArray = true;
      expectsDocument = true;
    } else if (byte === COMMA && inArray && !expectsDocument) {
      expectsDocument = true;
    } else if (byte === CLOSE_ARRAY && inArray) {
      arrayClosed = true;
    } else {
      fail('expected an object');
    }
  };
  let firstByte = -1;

  /** Returns true when the byte ends a document. */
  const insideDocument = (byte: number): boolean => {
    keep(byte);
    if (byte === QUOTE) inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--;
    return depth === 0;
  };

  const read = (chunk: Uint8Array, done: Uint8Array[]): void => {
    for (const byte of chunk) {
      if (inString) insideString(byte);
      else if (!isSpace(byte) && byte !== BYTE_ORDER_MARK[offset]) {
        if (firstByte < 0) firstByte = offset;
        if (depth === 0) between(byte);
        else if (insideDocument(byte)) {
          done.push(Buffer.concat([document.subarray(0, length), NEWLINE_BYTES]));
          length = 0;
          expectsDocument = false;
        }
      }
      offset++;
    }
  };

  return {
    *push(chunk) {
      const done: Uint8Array[] = [];
      let failure: unknown = null;
      try {
        read(chunk, done);
      } catch (error) {
        failure = error;
      }
      if (done.length > 0) yield Buffer.concat(done);
      if (failure !== null) throw failure;
    },
    end() {
      if (depth > 0) fail('it ends inside an object');
      if (inArray && !arrayClosed) fail('it ends inside the array');
    },
  };
}

/** What may stand at the beginning of a text in UTF-8, and is no part of it. */
const BYTE_ORDER_MARK: Uint8Array = Buffer.from('\uFEFF');
const NEWLINE_BYTES = Buffer.from('\n');

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0x1e;
}
