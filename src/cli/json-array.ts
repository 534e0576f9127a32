/** Exports of log stores: one JSON array of records, of any length, read as one record a line. */
import { pipeline, Readable } from 'node:stream';
import streamArray from 'stream-json/streamers/stream-array.js';
import { AppError, messageOf } from '../domain/errors.ts';
import { inputName } from './input-form.ts';

/** Bytes of records handed on at once. */
const PIECE_BYTES = 65_536;

/** True for the beginning of an array of objects; no access log begins like that. */
export function beginsArray(chunk: Uint8Array): boolean {
  return /^\uFEFF?\s*\[\s*\{/.test(Buffer.from(chunk.subarray(0, 1_024)).toString('utf8'));
}

/**
 * The records of an array, each as a line of JSON, without holding more than one record and one chunk.
 * Errors: `bad_body` when the input is no JSON or ends inside the array; some of what came before was handed on.
 */
export async function* arrayLines(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const records = streamArray.withParserAsStream();
  // Errors of either end reach the loop below through `records`.
  pipeline(Readable.from(chunks), records, () => {});
  let piece = '';
  try {
    for await (const { value } of records as AsyncIterable<{ readonly value: unknown }>) {
      piece += `${JSON.stringify(value)}\n`;
      if (piece.length < PIECE_BYTES) continue;
      yield Buffer.from(piece);
      piece = '';
    }
  } catch (error) {
    if (piece !== '') yield Buffer.from(piece);
    if (error instanceof AppError) throw error;
    throw new AppError(
      'bad_body',
      `cannot read the JSON array in ${inputName(name)} to its end: ${messageOf(error)}`,
      {
        cause: error,
        remedy:
          'export it again, or give one record a line; what was stored before counts as duplicates then',
      },
    );
  }
  if (piece !== '') yield Buffer.from(piece);
}
