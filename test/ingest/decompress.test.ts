// Promises: C5 (docs/reliability.md).
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { AppError } from '../../src/domain/errors.ts';
import { DecompressError, decompress, type Encoding } from '../../src/ingest/decompress.ts';
import { INCIDENT_TEXT } from '../helpers/incident-lines.ts';
import { INCIDENT_ZSTD, zstdBomb } from '../helpers/zstd.ts';

const PACKED: readonly [Encoding, Buffer][] = [
  ['gzip', gzipSync(INCIDENT_TEXT)],
  ['deflate', deflateSync(INCIDENT_TEXT)],
  ['br', brotliCompressSync(INCIDENT_TEXT)],
  ['zstd', INCIDENT_ZSTD],
];

/** Chunks in one buffer that is filled anew, as some sources do. */
async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(chunk, 0, at, at + size);
    yield size < 2_000 ? Buffer.from(chunk.subarray(0, length)) : chunk.subarray(0, length);
  }
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all).toString();
}

t.test('unpacks every encoding, however it is cut', async (t) => {
  for (const [encoding, bytes] of PACKED) {
    for (const size of [1, 7, 100, 4_096])
      t.equal(await textOf(decompress(cut(bytes, size), encoding)), INCIDENT_TEXT, `${encoding} by ${size}`);
  }
});

t.test('several members or frames are one text', async (t) => {
  for (const [encoding, bytes] of PACKED.filter(([name]) => name === 'gzip' || name === 'zstd')) {
    const both = Buffer.concat([bytes, bytes]);
    t.equal(await textOf(decompress(cut(both, 333), encoding)), INCIDENT_TEXT.repeat(2), encoding);
  }
});

t.test('broken and cut data is told, with what came before it handed on', async (t) => {
  for (const [encoding, bytes] of PACKED) {
    await t.rejects(textOf(decompress(cut(bytes.subarray(0, -20), 64), encoding)), DecompressError, encoding);
  }
  for (const encoding of ['gzip', 'zstd'] as const)
    await t.rejects(
      textOf(decompress(cut(Buffer.from('no such thing, at all'), 64), encoding)),
      DecompressError,
      encoding,
    );
});

t.test('an error of the source stays what it is', async (t) => {
  const failure = new AppError('request_timeout', 'too slow');
  async function* failing(bytes: Buffer): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 50);
    throw failure;
  }
  for (const [encoding, bytes] of PACKED)
    await t.rejects(textOf(decompress(failing(bytes), encoding)), failure, encoding);
});

/** Bytes after which a reader pauses. */
const LAG_BYTES = 16_000;

/** What came before the error, and the error; the reader lags behind whatever the decoder does meanwhile. */
async function slowly(chunks: AsyncIterable<Uint8Array>): Promise<{ text: string; error: unknown }> {
  const all: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      all.push(Buffer.from(chunk));
      bytes += chunk.length;
      if (bytes < LAG_BYTES) continue;
      bytes = 0;
      await delay(50);
    }
    return { text: Buffer.concat(all).toString(), error: null };
  } catch (error) {
    return { text: Buffer.concat(all).toString(), error };
  }
}

/** Hardly to be compressed, so that no decoder can keep much of it back. */
const NOISE = Array.from({ length: 4_000 }, (_, index) =>
  createHash('sha256').update(`${index}`).digest('hex'),
)
  .map((line) => `${line}\n`)
  .join('');

const NOISE_PACKED: readonly [Encoding, Buffer][] = [
  ['gzip', gzipSync(NOISE)],
  ['deflate', deflateSync(NOISE)],
  ['br', brotliCompressSync(NOISE)],
];

t.test('a slow reader gets all that was there before the data was cut off', async (t) => {
  for (const [encoding, bytes] of NOISE_PACKED) {
    // Only the end mark and the check sum are missing, as far as there are any: all the text is there.
    const { text, error } = await slowly(decompress(cut(bytes.subarray(0, -4), 65_536), encoding));
    t.ok(error instanceof DecompressError, `${encoding} is told`);
    t.ok(NOISE.startsWith(text), `${encoding} is right as far as it goes`);
    t.ok(text.length > NOISE.length - 10, `${encoding}: ${text.length} of ${NOISE.length}`);
  }
});

t.test('a sound member is handed on whole when a broken one follows', async (t) => {
  const broken = (magic: Buffer): Buffer => Buffer.concat([magic, Buffer.from('no such thing, at all')]);
  const rows: [Encoding, Buffer, Buffer][] = [
    ['gzip', gzipSync(INCIDENT_TEXT), broken(Buffer.from('1f8b', 'hex'))],
    ['gzip', gzipSync(INCIDENT_TEXT), Buffer.from('no member')],
    ['zstd', INCIDENT_ZSTD, broken(Buffer.from('28b52ffd', 'hex'))],
    ['deflate', deflateSync(INCIDENT_TEXT), Buffer.from('nothing can stand here')],
    ['br', brotliCompressSync(INCIDENT_TEXT), Buffer.from('nothing can stand here')],
  ];
  for (const [encoding, member, rest] of rows) {
    for (const size of [1, 7, 4_096, member.length]) {
      const { text, error } = await slowly(decompress(cut(Buffer.concat([member, rest]), size), encoding));
      t.ok(error instanceof DecompressError, `${encoding} by ${size} is told`);
      t.equal(text, INCIDENT_TEXT, `${encoding} by ${size}`);
    }
  }
});

t.test('a wrong check sum is told after the text', async (t) => {
  for (const [encoding, bytes] of NOISE_PACKED.filter(([name]) => name !== 'br')) {
    const wrong = Buffer.from(bytes);
    const at = wrong.length - (encoding === 'gzip' ? 6 : 2);
    wrong[at] = (wrong[at] ?? 0) ^ 1;
    const { text, error } = await slowly(decompress(cut(wrong, 65_536), encoding));
    t.match(error, { message: 'incorrect data check' }, encoding);
    t.equal(text, NOISE, encoding);
  }
});

t.test('zeros behind the end are filling, anything else is told', async (t) => {
  for (const [encoding, bytes] of PACKED.filter(([name]) => name !== 'zstd')) {
    const filled = Buffer.concat([bytes, Buffer.alloc(3_000)]);
    for (const size of [1, 100, 4_096, bytes.length]) {
      t.equal(await textOf(decompress(cut(filled, size), encoding)), INCIDENT_TEXT, `${encoding} by ${size}`);
      const { text, error } = await slowly(decompress(cut(Buffer.concat([filled, bytes]), size), encoding));
      t.match(error, { message: /bytes behind the end/ }, `${encoding} by ${size}`);
      t.equal(text, INCIDENT_TEXT);
    }
  }
});

t.test('a source that fails takes nothing back of what it gave', async (t) => {
  const failure = new AppError('request_timeout', 'too slow');
  async function* failing(bytes: Buffer): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, -4);
    throw failure;
  }
  for (const [encoding, bytes] of NOISE_PACKED) {
    const { text, error } = await slowly(decompress(failing(bytes), encoding));
    t.equal(error, failure, encoding);
    t.ok(NOISE.startsWith(text) && text.length > NOISE.length - 10, `${encoding}: ${text.length}`);
  }
});

t.test('what unpacks to gigabytes comes in pieces', async (t) => {
  const bomb = zstdBomb(16_384);
  t.ok(bomb.length < 70_000);
  const before = process.memoryUsage().rss;
  let bytes = 0;
  for await (const chunk of decompress(cut(bomb, 65_536), 'zstd')) bytes += chunk.length;
  t.equal(bytes, 16_384 * 128 * 1024, 'two gigabytes');
  const more = process.memoryUsage().rss - before;
  t.ok(more < 300 * 1024 * 1024, `${more >> 20} MB more`);
});
