/** Takes compressed bytes apart as they arrive: bodies of requests, and files. */
import { createBrotliDecompress, createGunzip, createInflate, type Gunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { messageOf } from '../domain/errors.ts';

export const ENCODINGS = ['gzip', 'deflate', 'br', 'zstd'] as const;
export type Encoding = (typeof ENCODINGS)[number];

type Chunks = AsyncIterable<Uint8Array>;

/** What is wrong with compressed data: broken, or cut off. */
export class DecompressError extends Error {
  override readonly name = 'DecompressError';
}

/**
 * The bytes that were compressed; several members or frames one after the other are joined.
 * Memory is bounded whatever they unpack to. Errors: {@link DecompressError}; those of `chunks` as they are.
 */
export async function* decompress(chunks: Chunks, encoding: Encoding): AsyncGenerator<Uint8Array> {
  if (encoding === 'zstd') yield* unpackZstd(chunks);
  else yield* unpackZlib(chunks, decoderOf(encoding));
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

async function* unpackZlib(chunks: Chunks, decoder: Gunzip): AsyncGenerator<Uint8Array> {
  const fed = feed(chunks, decoder);
  try {
    yield* decoder as Chunks;
    const failure = await fed;
    if (failure !== null) throw failure.error;
  } catch (error) {
    const failure = await fed;
    throw failure === null ? new DecompressError(messageOf(error), { cause: error }) : failure.error;
  } finally {
    decoder.destroy();
  }
}

/** Pipes by hand, so that an error of the source stays what it is: it is the answer. */
async function feed(chunks: Chunks, decoder: Gunzip): Promise<{ readonly error: unknown } | null> {
  try {
    for await (const chunk of chunks) {
      if (decoder.destroyed) return null;
      if (!decoder.write(chunk)) await drained(decoder);
    }
    decoder.end();
    return null;
  } catch (error) {
    decoder.destroy(error instanceof Error ? error : new Error(messageOf(error)));
    return { error };
  }
}

function drained(decoder: Gunzip): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      decoder.off('drain', done).off('close', done);
      resolve();
    };
    decoder.on('drain', done).on('close', done);
  });
}

/** Bytes unpacked at once: a block of four bytes may unpack to 128 KiB, and all blocks come in one go. */
const ZSTD_STEP_BYTES = 1_024;

async function* unpackZstd(chunks: Chunks): AsyncGenerator<Uint8Array> {
  let unpacked: Uint8Array[] = [];
  const decoder = new Decompress((block) => unpacked.push(block));
  const push = (bytes: Uint8Array, final: boolean): Uint8Array[] => {
    unpacked = [];
    try {
      decoder.push(bytes, final);
    } catch (error) {
      throw new DecompressError(messageOf(error), { cause: error });
    }
    return unpacked;
  };
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += ZSTD_STEP_BYTES) {
      // A copy: the decoder keeps what it cannot use yet, and the chunk may be a buffer that is filled anew.
      yield* push(chunk.slice(at, at + ZSTD_STEP_BYTES), false);
    }
  }
  yield* push(new Uint8Array(0), true);
}
