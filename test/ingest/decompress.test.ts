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
