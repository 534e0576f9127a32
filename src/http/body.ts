/** Request bodies as they arrive: decompressed, at a bearable pace, whatever their length; or whole, up to a bound. */
import type { Readable } from 'node:stream';
import { AppError, quoted } from '../domain/errors.ts';
import { BODY_BYTES_MAX, BODY_BYTES_PER_SECOND_MIN } from '../domain/limits.ts';
import { DecompressError, decompress, ENCODINGS, type Encoding } from '../ingest/decompress.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { DocumentError, documentLines } from '../ingest/json-documents.ts';
import { beginsLokiExport, lokiExportLines, mayBeginLokiExport } from '../ingest/loki-export.ts';
import { headed, joined } from '../ingest/stream-bytes.ts';
import type { HeldBytes } from './admission.ts';

/** Content types of ingest, and how their bodies are read. */
export const BODY_KINDS: Readonly<Record<string, 'lines' | 'documents'>> = {
  'text/plain': 'lines',
  'application/x-ndjson': 'lines',
  'application/stream+json': 'documents',
  'application/json': 'documents',
};

export interface ChunkOptions {
  /** `Content-Encoding`, or null. */
  readonly encoding: string | null;
  /** Ms that the sender may keep us waiting in all, plus a second for each KiB sent. */
  readonly pauseMs: number;
}

export interface BodyOptions extends ChunkOptions {
  readonly kind: 'lines' | 'documents';
}

/**
 * Reads a body to its end into `ingest`, which is left to the caller to end.
 * Errors: `bad_body`, `request_timeout`, `unsupported_media_type`, and those of the store.
 */
export async function readBody(
  body: Readable,
  options: BodyOptions,
  ingest: Pick<Ingest, 'write'>,
): Promise<void> {
  const chunks = chunksOf(body, options);
  for await (const lines of options.kind === 'documents' ? documentsOf(chunks) : chunks)
    await ingest.write(lines);
}

async function* documentsOf(chunks: Chunks): AsyncGenerator<Uint8Array> {
  try {
    yield* linesOf(headed(chunks, (head) => !mayBeginLokiExport(head)));
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    throw new AppError('bad_body', `cannot read JSON ${error.message}`, {
      cause: error,
      remedy:
        'send an array of objects, or one object after another; what was stored before is stored once when sent again',
    });
  }
}

/** Errors: `DocumentError`. */
async function* linesOf(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { value: first, done } = await chunks.next();
  if (done === true) return;
  const all = joined(first, chunks);
  yield* beginsLokiExport(first) ? lokiExportLines(all) : documentLines(all);
}

/** The body, decompressed, as it arrives. Errors: `bad_body`, `request_timeout`, `unsupported_media_type`. */
export function chunksOf(body: Readable, { encoding, pauseMs }: ChunkOptions): AsyncIterable<Uint8Array> {
  return decode(paced(body, pauseMs), encoding);
}

/**
 * The whole body, decompressed. Its bytes are counted in `held`, which the caller releases.
 * Errors: those of `chunksOf`; `body_too_large` beyond BODY_BYTES_MAX, `too_many_requests` when others hold too much.
 */
export async function readWhole(body: Readable, options: ChunkOptions, held: HeldBytes): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(body, options)) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw tooLarge(BODY_BYTES_MAX);
    held.take(chunk.length);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function tooLarge(bytesMax: number): AppError {
  return new AppError('body_too_large', `cannot read body: unpacked it has more than ${bytesMax} bytes`);
}

type Chunks = AsyncIterable<Uint8Array>;

/** Counts only the time that is spent waiting for the sender, not the time that storing takes. */
async function* paced(body: Readable, pauseMs: number): AsyncGenerator<Uint8Array> {
  const chunks = (body as Chunks)[Symbol.asyncIterator]();
  let bytes = 0;
  let waited = 0;
  for (;;) {
    const started = performance.now();
    const allowed = pauseMs + (1_000 * bytes) / BODY_BYTES_PER_SECOND_MIN - waited;
    const result = await within(chunks.next(), Math.max(1, allowed));
    waited += performance.now() - started;
    if (result.done === true) return;
    bytes += result.value.length;
    yield result.value;
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    // Beyond 24 days a timer fires at once.
    // What arrived while this process was busy is read before the last word.
    timer = setTimeout(() => setImmediate(() => reject(tooSlow())), Math.min(ms, 2 ** 31 - 1));
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function tooSlow(): AppError {
  return new AppError('request_timeout', 'cannot wait for the body any longer: it arrives too slowly');
}

/** Errors: `unsupported_media_type`, `bad_body` when the compressed data is broken or cut off. */
async function* decode(chunks: Chunks, given: string | null): AsyncGenerator<Uint8Array> {
  const encoding = encodingOf(given);
  try {
    yield* encoding === null ? chunks : decompress(chunks, encoding);
  } catch (error) {
    if (!(error instanceof DecompressError)) throw error;
    throw new AppError('bad_body', `cannot decompress body: ${error.message}`, { cause: error });
  }
}

/** Null: the body is as it is. */
function encodingOf(given: string | null): Encoding | null {
  const name = given?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return null;
  const encoding = name === 'x-gzip' ? 'gzip' : ENCODINGS.find((known) => known === name);
  if (encoding !== undefined) return encoding;
  throw new AppError(
    'unsupported_media_type',
    `cannot decompress body: Content-Encoding ${quoted(given ?? '')} is not known here`,
    { remedy: `send ${ENCODINGS.join(', ')}, one of them, or nothing` },
  );
}
