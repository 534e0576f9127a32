/** Streams of bytes as they are read: nothing is lost when they fail, and cuts in them mean nothing. */
import type { Readable } from 'node:stream';

type Chunks = AsyncIterable<Uint8Array>;

/**
 * What a stream gives up to its end or its error; destroyed when the reader stops.
 * `for await` over the stream itself throws an error as soon as it happens, and drops what was read and not yet asked for.
 */
export async function* bytesOf(stream: Readable): AsyncGenerator<Uint8Array> {
  let wake = (): void => {};
  const listener = (): void => wake();
  const events = ['readable', 'end', 'error', 'close'];
  for (const event of events) stream.on(event, listener);
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const chunk: Uint8Array | null = stream.read();
      if (chunk !== null) yield chunk;
      else if (stream.errored !== null) throw stream.errored;
      else if (stream.readableEnded) return;
      else if (stream.closed) throw new Error('it was closed before its end');
      else await woken;
    }
  } finally {
    // The listener for errors stays: closing may fail as well.
    for (const event of events) if (event !== 'error') stream.off(event, listener);
    stream.destroy();
  }
}

/**
 * The same bytes; the first chunk goes on until it is `enough`, or all there is: whoever looks at the beginning sees it,
 * also where a pipe has cut it.
 */
export async function* headed(
  chunks: Chunks,
  enough: (head: Uint8Array) => boolean,
): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | null = new Uint8Array(0);
  try {
    for await (const chunk of chunks) {
      if (head === null) {
        yield chunk;
        continue;
      }
      const longer: Uint8Array = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      head = longer;
      if (!enough(longer)) continue;
      head = null;
      yield longer;
    }
  } catch (error) {
    if (head !== null && head.length > 0) yield head;
    throw error;
  }
  if (head !== null && head.length > 0) yield head;
}

/** A chunk that was taken off, before the rest again. */
export async function* joined(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}
