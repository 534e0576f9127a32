/** Exports of log stores: one JSON document of any length, read as one record a line. */
import { AppError } from '../domain/errors.ts';
import { DocumentError, documentLines } from '../ingest/json-documents.ts';
import { lokiExportLines } from '../ingest/loki-export.ts';
import { inputName } from './text-file.ts';

/** True for the beginning of an array of objects; no access log begins like that. */
export function beginsArray(chunk: Uint8Array): boolean {
  return /^\uFEFF?\s*\[\s*\{/.test(Buffer.from(chunk.subarray(0, 1_024)).toString('utf8'));
}

/** True while a beginning does not tell yet whether it is that of an array: white space, and the bracket alone. */
export function mayBeginArray(head: Uint8Array): boolean {
  return head.length < 1_024 && /^\uFEFF?\s*(?:\[\s*)?$/.test(Buffer.from(head).toString('utf8'));
}

/**
 * The records of an array, each as a line of JSON, without holding more than one record and one chunk.
 * Errors: `bad_body` when the input is no JSON or ends inside the array, after all records before that.
 */
export async function* arrayLines(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* documentLines(chunks);
  } catch (error) {
    throw exportError('the JSON array', name, error);
  }
}

/** The lines of what a query to Loki answered. Errors: as {@link arrayLines}. */
export async function* lokiLines(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* lokiExportLines(chunks);
  } catch (error) {
    throw exportError('the answer of Loki', name, error);
  }
}

function exportError(what: string, name: string, error: unknown): unknown {
  if (!(error instanceof DocumentError)) return error;
  return new AppError('bad_body', `cannot read ${what} in ${inputName(name)} to its end: ${error.message}`, {
    cause: error,
    remedy: 'export it again, or give one record a line; what was stored before counts as duplicates then',
  });
}
