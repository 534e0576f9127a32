import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { bytesOf, headed } from '../../src/ingest/stream-bytes.ts';

/** A file on a disk that fails: pieces are read ahead of whoever wants them. */
function failing(pieces: readonly string[], error: Error | null): Readable {
  const left = [...pieces];
  return new Readable({
    highWaterMark: 1_000_000,
    read() {
      setImmediate(() => {
        const next = left.shift();
        if (next !== undefined || error === null) this.push(next === undefined ? null : Buffer.from(next));
        else this.destroy(error);
      });
    },
  });
}

async function slowly(chunks: AsyncIterable<Uint8Array>): Promise<{ text: string; error: unknown }> {
  let text = '';
  try {
    for await (const chunk of chunks) {
      text += Buffer.from(chunk).toString();
      await delay(50);
    }
    return { text, error: null };
  } catch (error) {
    return { text, error };
  }
}

t.test('what was read before an error comes before it, however slowly it is taken', async (t) => {
  const error = new Error('EIO: i/o error, read');
  const pieces = Array.from({ length: 20 }, (_, index) => `piece ${index}\n`);
  t.strictSame(await slowly(bytesOf(failing(pieces, error))), { text: pieces.join(''), error });
  t.strictSame(await slowly(bytesOf(failing(pieces, null))), { text: pieces.join(''), error: null });
  t.strictSame(await slowly(bytesOf(failing([], null))), { text: '', error: null });
});

t.test('a stream that is closed before its end is an error', async (t) => {
  const stream = failing(['a'], null);
  stream.destroy();
  t.match(await slowly(bytesOf(stream)), { error: { message: /closed before its end/ } });
});

t.test('a reader that stops closes the stream', async (t) => {
  const stream = failing(['a', 'b'], null);
  for await (const chunk of bytesOf(stream)) {
    t.equal(Buffer.from(chunk).toString(), 'a');
    break;
  }
  t.ok(stream.destroyed);
});

t.test('a beginning is put together wherever it was cut', async (t) => {
  async function* letters(text: string, error: Error | null): AsyncGenerator<Uint8Array> {
    for (const letter of text) yield Buffer.from(letter);
    if (error !== null) throw error;
  }
  const texts = async (text: string, error: Error | null = null): Promise<string[]> => {
    const found: string[] = [];
    const chunks = headed(letters(text, error), (head) => head.length >= 3);
    try {
      for await (const chunk of chunks) found.push(Buffer.from(chunk).toString());
    } catch (caught) {
      found.push(String(caught));
    }
    return found;
  };
  t.strictSame(await texts('abcde'), ['abc', 'd', 'e']);
  t.strictSame(await texts('ab'), ['ab'], 'all there is');
  t.strictSame(await texts(''), []);
  t.strictSame(await texts('ab', new Error('lost')), ['ab', 'Error: lost']);
});
