// Promises: C5 (docs/reliability.md).
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { compress } from 'snappyjs';
import t from 'tap';
import { DecompressError } from '../../src/ingest/decompress.ts';
import { BlockTooLongError, unpackSnappy } from '../../src/ingest/snappy.ts';

const MAX = 1_000_000;

t.test('unpacks what another program has packed', async (t) => {
  const rows = [
    Buffer.alloc(0),
    Buffer.from('a'),
    Buffer.from('abcabcabcabcabcabcabcabcabc'),
    Buffer.alloc(200_000, 'x'),
    randomBytes(70_000),
    Buffer.concat([randomBytes(5_000), Buffer.alloc(100_000, 'line of a log\n'), randomBytes(300)]),
  ];
  for (const bytes of rows) t.ok(unpackSnappy(compress(bytes), MAX).equals(bytes), `${bytes.length} bytes`);
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'bc', 'def ', '\u0000'), { maxLength: 500 }), (words) => {
      const bytes = Buffer.from(words.join(''));
      return unpackSnappy(compress(bytes), MAX).equals(bytes);
    }),
  );
});

t.test('reads tags of every kind', async (t) => {
  // abcd by a literal, then copies with an offset of one, two and four bytes; and a literal with its length in a byte.
  const block = Buffer.from([
    ...[16 + 60, 0x0c, ...Buffer.from('abcd'), 0x01, 4, 0x0e, 8, 0, 0x0f, 12, 0, 0, 0],
    ...[0xf0, 59, ...Buffer.alloc(60, 'z')],
  ]);
  t.equal(unpackSnappy(block, MAX).toString(), `${'abcd'.repeat(4)}${'z'.repeat(60)}`);
});

t.test('refuses a block that says too much of itself, before any memory is taken', async (t) => {
  t.throws(() => unpackSnappy(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]), MAX), BlockTooLongError);
  t.throws(() => unpackSnappy(compress(Buffer.alloc(1_001)), 1_000), BlockTooLongError);
});

t.test('refuses what is broken', async (t) => {
  const rows: [name: string, bytes: number[]][] = [
    ['nothing', []],
    ['a length without end', [0x80, 0x80, 0x80, 0x80, 0x80, 1]],
    ['a literal that is cut off', [4, 0x0c, 0x61]],
    ['more than it says', [1, 0x0c, 0x61, 0x62, 0x63, 0x64]],
    ['less than it says', [9, 0x0c, 0x61, 0x62, 0x63, 0x64]],
    ['a copy from before the beginning', [8, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x01, 5]],
    ['a copy from here', [8, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x01, 0]],
    ['a copy that is cut off', [8, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x0e, 4]],
    ['a literal with a length beyond 2^31', [100, 0xfc, 0xfa, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7, 8]],
  ];
  for (const [name, bytes] of rows)
    t.throws(() => unpackSnappy(Uint8Array.from(bytes), MAX), DecompressError, name);
});

t.test('any bytes are unpacked or refused', async (t) => {
  const block = compress(Buffer.from('GET /a HTTP/1.1 GET /a HTTP/1.1 and so on, GET /a HTTP/1.1'));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(block.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
      const bytes = Buffer.from(block);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        return unpackSnappy(bytes, MAX).length <= MAX;
      } catch (error) {
        return error instanceof DecompressError || error instanceof BlockTooLongError;
      }
    }),
    { numRuns: 5_000 },
  );
  t.pass('5,000 blocks');
});
