/**
 * Drives the decoders of Node.js so that nothing they unpacked is lost when the data turns out to be broken.
 *
 * A decoder that fails drops what nobody has read yet, and all that it unpacked in the failing step itself: up to the
 * whole of a sound member before a broken one. So a second decoder, the scout, goes one step ahead and its output is
 * thrown away. The reader's decoder only gets steps that the scout came through, and of the failing step byte after byte.
 */
import type { Gunzip } from 'node:zlib';
import { messageOf } from '../domain/errors.ts';

type Chunks = AsyncIterable<Uint8Array>;

/** Bytes tried at once: few enough to be gone through one by one, enough to be quick. */
const STEP_BYTES = 1_024;

/**
 * What `chunks` unpack to, as far as it can be unpacked; read at the reader's pace.
 * Errors: what `broken` makes of the decoder's message, after everything before it; those of `chunks` as they are.
 */
export async function* unpackZlib(
  chunks: Chunks,
  open: () => Gunzip,
  broken: (message: string, cause?: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  const scout = drive(open(), broken);
  const decoder = drive(open(), broken);
  try {
    for await (const step of steps(chunks)) {
      const failure = await scout.tries(step);
      if (failure === null) yield* decoder.unpack(step);
      else {
        yield* byteByByte(decoder, step);
        throw failure;
      }
    }
    const failure = await scout.tries(null);
    if (failure !== null) throw failure;
    yield* decoder.unpack(null);
  } finally {
    scout.close();
    decoder.close();
  }
}

async function* steps(chunks: Chunks): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks)
    for (let at = 0; at < chunk.length; at += STEP_BYTES) yield chunk.subarray(at, at + STEP_BYTES);
}

/** Ends at the byte that breaks it: the scout has told why. */
async function* byteByByte(decoder: Driven, step: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < step.length && decoder.failure() === null; at++)
    yield* decoder.unpack(step.subarray(at, at + 1));
}

interface Driven {
  /** Takes a step (null: the end) and drops what it unpacks to. Null: it is sound so far. */
  tries(step: Uint8Array | null): Promise<Error | null>;
  /** What a step (null: the end) unpacks to; ends early when it fails. */
  unpack(step: Uint8Array | null): AsyncGenerator<Uint8Array>;
  failure(): Error | null;
  close(): void;
}

function drive(stream: Gunzip, broken: (message: string, cause?: unknown) => Error): Driven {
  let failure: Error | null = null;
  let ended = false;
  let taken = true;
  let wake = (): void => {};
  stream.on('readable', () => wake());
  stream.on('error', (error) => {
    failure = broken(messageOf(error), error);
    wake();
  });
  stream.on('end', () => {
    ended = true;
    wake();
  });

  async function* unpack(step: Uint8Array | null): AsyncGenerator<Uint8Array> {
    const before = stream.bytesWritten;
    if (!ended) yield* through(step);
    if (failure !== null || step === null) return;
    // What it leaves of a step is behind the end of the data. Zeros fill up blocks of tapes, other bytes would be lost.
    const behind = step.subarray(stream.bytesWritten - before);
    ended ||= behind.length > 0;
    if (behind.some((byte) => byte !== 0))
      failure = broken('there are bytes behind the end of the compressed data');
  }

  async function* through(step: Uint8Array | null): AsyncGenerator<Uint8Array> {
    taken = false;
    const done = (): void => {
      taken = true;
      wake();
    };
    if (step === null) stream.end(done);
    else stream.write(step, done);
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const bytes: Uint8Array | null = stream.read();
      if (bytes !== null) yield bytes;
      else if (ended || failure !== null || (taken && step !== null)) return;
      else await woken;
    }
  }

  return {
    async tries(step) {
      for await (const _ of unpack(step)) if (failure !== null) break;
      return failure;
    },
    unpack,
    failure: () => failure,
    close: () => void stream.destroy(),
  };
}
