/** Looks into JSON whose shape is not known yet. */

import { messageOf } from '../../domain/errors.ts';
import { BODY_VALUES_MAX } from '../../domain/limits.ts';
import { BodyTooLargeError, SenderError } from './sender-error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses a body that is one JSON document.
 * Errors: {@link SenderError} when it is none, or is no UTF-8; {@link BodyTooLargeError} beyond BODY_VALUES_MAX values.
 */
export function parseDocument(body: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (error) {
    throw new SenderError('it is not UTF-8', { cause: error });
  }
  // Two bytes of a body may become a hundred of memory.
  if (countValues(body) > BODY_VALUES_MAX)
    throw new BodyTooLargeError(`it has more than ${BODY_VALUES_MAX} values in it`);
  try {
    return JSON.parse(text);
  } catch (error) {
    // What V8 says of it quotes the body.
    const position = /position (\d+)/.exec(messageOf(error))?.[1];
    throw new SenderError(`it is not JSON${position === undefined ? '' : ` (character ${position})`}`, {
      cause: error,
    });
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;

/** At least as many values as the document has, but for its outermost one. */
function countValues(body: Buffer): number {
  let count = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === COMMA || byte === OPEN_ARRAY || byte === OPEN_OBJECT) count++;
    else if (byte === QUOTE) at = stringEnd(body, at + 1);
  }
  return count;
}

/** Index of the quote that ends the string whose text begins at `from`, or of the end. */
function stringEnd(body: Buffer, from: number): number {
  for (let at = from; ; ) {
    const quote = body.indexOf(QUOTE, at);
    if (quote < 0) return body.length;
    let slashes = 0;
    while (quote - 1 - slashes >= from && body[quote - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return quote;
    at = quote + 1;
  }
}
