/** Takes compressed bytes apart as they arrive: bodies of requests, and files. */
import { createBrotliDecompress, createGunzip, createInflate, type Gunzip } from 'node:zlib';
import { messageOf } from '../domain/errors.ts';
import { unpackZlib } from './unpack-zlib.ts';

export const ENCODINGS = ['gzip', 'deflate', 'br', 'zstd'] as const;
export type Encoding = (typeof ENCODINGS)[number];

type Chunks = AsyncIterable<Uint8Array>;

/** What is wrong with compressed data: broken, or cut off. */
export class DecompressError extends Error {
  override readonly name = 'DecompressError';
}

/**
 * The bytes that were compressed; several members or frames one after the other are joined.
 * Memory is bounded whatever they unpack to. Errors: {@link DecompressError}; those of `chunks` as they are; either comes
 * after all that could be unpacked before it, however slowly that is read.
 */
export async function* decompress(chunks: Chunks, encoding: Encoding): AsyncGenerator<Uint8Array> {
  if (encoding === 'zstd') yield* unpackZstd(chunks);
  else yield* unpackZlib(chunks, () => decoderOf(encoding), broken);
}

function broken(message: string, cause?: unknown): DecompressError {
  return new DecompressError(message, { cause });
}

function decoderOf(encoding: Exclude<Encoding, 'zstd'>): Gunzip {
  switch (encoding) {
    case 'gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
  }
}

/** Bytes unpacked at once: a block of four bytes may unpack to 128 KiB, and all blocks come in one go. */
const ZSTD_STEP_BYTES = 1_024;

async function* unpackZstd(chunks: Chunks): AsyncGenerator<Uint8Array> {
  // Loaded by whoever needs it.
  const { Decompress } = await import('fzstd');
  let unpacked: Uint8Array[] = [];
  const decoder = new Decompress((block) => unpacked.push(block));
  function* push(bytes: Uint8Array, final: boolean): Generator<Uint8Array> {
    unpacked = [];
    let failure: DecompressError | null = null;
    try {
      decoder.push(bytes, final);
    } catch (error) {
      failure = broken(messageOf(error), error);
    }
    yield* unpacked;
    if (failure !== null) throw failure;
  }
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += ZSTD_STEP_BYTES) {
      // A copy: the decoder keeps what it cannot use yet, and the chunk may be a buffer that is filled anew.
      yield* push(chunk.slice(at, at + ZSTD_STEP_BYTES), false);
    }
  }
  yield* push(new Uint8Array(0), true);
}
