import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { NO_PORT } from '../../../../src/domain/address.ts';
import type { LineRecord } from '../../../../src/store/sqlite/line-record.ts';
import { openDatabase } from '../../../../src/store/sqlite/open.ts';
import { type RawRow, ROWS_PER_SECOND } from '../../../../src/store/sqlite/rows.ts';
import { Segment } from '../../../../src/store/sqlite/segments/segment.ts';
import { createSegmentTable } from '../../../../src/store/sqlite/segments/segment-table.ts';
import { type AnyRow, lineOf, putInSegments, putInTable } from '../../../helpers/segments.ts';

const SECOND = Math.floor(Date.UTC(2024, 2, 5, 8, 15, 42) / 1_000);
const ROWS = 300;

/** Mostly alike, as values of a column are, but for some. */
const count = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 300 }) },
  { weight: 2, arbitrary: fc.constant(null) },
  fc.constantFrom(253, 254, 255, 65_533, 65_534, 65_535, 2 ** 24 - 2, 2 ** 24, 2 ** 32 - 1, 2 ** 32),
  fc.constantFrom(2 ** 48 - 3, 2 ** 48, Number.MAX_SAFE_INTEGER, 0),
);
const port = fc.oneof(fc.integer({ min: 0, max: 65_535 }), fc.constantFrom(NO_PORT, 0, 65_535));
const text = fc.oneof(
  fc.constantFrom(null, '', '["/cart","é€"]', '["/cart","é€x"]', '["/cart","è"]', 'x'.repeat(400)),
  fc.nat({ max: 300 }).map((length) => '€'.repeat(length)),
);
const line: fc.Arbitrary<LineRecord> = fc
  .record(
    {
      shape: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 2 ** 31 - 1 })),
      start: fc
        .oneof(fc.integer({ min: 0, max: 999 }), fc.integer({ min: -5_000_000, max: 5_000_000 }))
        .map((ms) => SECOND * 1_000 + ms),
      duration: count,
      received: count,
      sent: count,
      upstreamLocalPort: port,
      downstreamRemotePort: port,
      hash: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      extra: text,
      standing: fc.constant(0 as const),
    },
    { noNullPrototype: true },
  )
  .map((record) => ({ ...record, ownHash: record.extra !== null }));
/** Some kinds of pairs, which all rows are made of; without texts there are none at all. */
const kinds = fc
  .tuple(fc.boolean(), fc.array(fc.tuple(line, line), { minLength: 1, maxLength: 40 }))
  .map(([hasTexts, pairs]) =>
    pairs.map((pair) => pair.map((one) => (hasTexts ? one : { ...one, extra: null, ownHash: false }))),
  );

/** Of each row: the lines that it holds. */
const held = fc.array(fc.constantFrom('both', 'client', 'server'), { minLength: 1, maxLength: 7 });

t.test('rows in segments are the rows that they are one by one', async (t) => {
  fc.assert(
    fc.property(kinds, held, fc.constantFrom(1, 3, 3_000), (kinds, held, step) => {
      const { db, close } = openDatabase({ path: null, mode: 'write' });
      const rows = Array.from({ length: ROWS }, (_, n): AnyRow => {
        const [client, server] = kinds[(7 * n) % kinds.length] as [LineRecord, LineRecord];
        const lines = held[n % held.length];
        // Not in their order.
        return {
          row: SECOND * ROWS_PER_SECOND + step * ((n * 7) % ROWS),
          client: lines === 'server' ? null : client,
          server: lines === 'client' ? null : server,
        };
      });
      // Too few to be worth a segment.
      const left = new Set(putInSegments(db, rows));
      putInTable(
        db,
        rows.filter(({ row }) => !left.has(row)),
      );
      const found: RawRow[] = [];
      createSegmentTable(db).each(0, Number.MAX_SAFE_INTEGER, (segment, place) =>
        found.push(segment.raw(place)),
      );
      const expected = db.prepare<[], RawRow>('SELECT * FROM connection ORDER BY row').all();
      close();
      found.sort((a, b) => a.row - b.row);
      return left.size < 64 * 3 && isDeepStrictEqual(found, expected);
    }),
    { numRuns: 150 },
  );
  t.pass('held');
});

t.test('a segment is found to be damaged wherever its length or its heads are', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const pairs = Array.from({ length: ROWS }, (_, n) => {
    const line = lineOf(SECOND * 1_000 + n, n);
    return {
      row: SECOND * ROWS_PER_SECOND + n,
      client: { ...line, extra: `["${n}"]`, ownHash: true },
      server: line,
    };
  });
  putInSegments(db, pairs);
  const { columns, texts } = db.prepare('SELECT columns, texts FROM segment').get() as {
    columns: Buffer;
    texts: Buffer;
  };
  close();
  const read = (bytes: Buffer, texts: Buffer | null) => {
    const segment = new Segment(bytes, () => texts);
    for (let place = 0; place < segment.rows; place++) segment.raw(place);
  };
  t.doesNotThrow(() => read(columns, texts));
  const damaged = { name: 'AppError', code: 'db_damaged' };
  for (const length of [0, 3, 4, 100, columns.length - 1])
    t.throws(() => read(columns.subarray(0, length), texts), damaged, `${length} bytes`);
  for (const [at, byte] of [
    [0, 1],
    [2, 7],
    [4, 5],
    [5, 1],
  ] as const) {
    const changed = Buffer.from(columns);
    changed[at] = (changed[at] as number) ^ byte;
    t.throws(() => read(changed, texts), damaged, `byte ${at}`);
  }
  t.throws(() => read(columns, texts.subarray(1)), damaged);
  t.throws(() => read(columns, null), damaged);
});

t.test('what one row of an odd number lacks is not taken for what all others have', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const line = { ...lineOf(SECOND * 1_000, 0), received: 0 };
  const rows = Array.from({ length: 65 }, (_, n): AnyRow => {
    const client = n === 5 ? { ...line, received: null } : line;
    return { row: SECOND * ROWS_PER_SECOND + n, client, server: line };
  });
  t.strictSame(putInSegments(db, rows), []);
  const received: (number | null)[] = [];
  createSegmentTable(db).each(0, Number.MAX_SAFE_INTEGER, (segment, place) => {
    received.push(segment.raw(place).c_received);
  });
  t.strictSame(
    received,
    rows.map(({ client }) => client?.received ?? null),
  );
  close();
});
