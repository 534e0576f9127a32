/** Cuts a body of JSON into its documents: the elements of an array, or one object after another. */
import { AppError } from '../domain/errors.ts';
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

export interface DocumentSplitter {
  /** Returns the documents that are complete, each as a line with its newline. Errors: `bad_body`. */
  push(chunk: Uint8Array): Uint8Array;
  /** Errors: `bad_body`, when the body ends inside an array or a document. */
  end(): void;
}

/**
 * Creates a splitter for one body.
 * A document is handed on as its own bytes without the white space between its tokens, and is not parsed: that is the
 * line parser's work, which also refuses what is no JSON. Parsing and printing it again would change numbers past 2^53,
 * escapes and repeated keys, so that the same line sent as text would be another one. No more than one chunk and one
 * document of `LINE_BYTES_MAX` is held.
 */
export function createDocumentSplitter(): DocumentSplitter {
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
    throw new AppError('bad_body', `cannot read JSON at byte ${offset}: ${cause}`, {
      remedy:
        'send an array of objects, or one object after another; what was stored before is stored once when sent again',
    });
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

  return {
    push(chunk) {
      const done: Uint8Array[] = [];
      for (const byte of chunk) {
        if (inString) insideString(byte);
        else if (!isSpace(byte)) {
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
      return Buffer.concat(done);
    },
    end() {
      if (depth > 0) fail('the body ends inside an object');
      if (inArray && !arrayClosed) fail('the body ends inside the array');
    },
  };
}

const NEWLINE_BYTES = Buffer.from('\n');

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0x1e;
}
