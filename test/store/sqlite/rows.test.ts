import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { NO_PORT } from '../../../src/domain/address.ts';
import { BatchLines } from '../../../src/store/sqlite/batch-lines.ts';
import { attachImage } from '../../../src/store/sqlite/image-copy.ts';
import { LineBatch } from '../../../src/store/sqlite/line-batch.ts';
import { AMBIGUOUS, type LineRecord, PLAIN, SUPERSEDED } from '../../../src/store/sqlite/line-record.ts';
import { NewRows } from '../../../src/store/sqlite/new-rows.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { NONE } from '../../../src/store/sqlite/pairing/pairing-window.ts';
import { addRowsToImage } from '../../../src/store/sqlite/row-pages.ts';
import {
  type HashOf,
  isShort,
  prepareInsertRow,
  type RawRow,
  ROWS_PER_SECOND,
  readRow,
  secondOfRow,
} from '../../../src/store/sqlite/rows.ts';

const SECOND = Math.floor(Date.UTC(2024, 2, 5, 8, 15, 42) / 1_000);
const ROW = SECOND * ROWS_PER_SECOND + 17;

const count = fc.option(
  fc.oneof(fc.nat({ max: 3 }), fc.nat(), fc.constantFrom(2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER)),
);
const port = fc.oneof(fc.integer({ min: 0, max: 65_535 }), fc.constantFrom(NO_PORT, 0, 32_768, 65_535));
/** Stands for the hash that shape and numbers tell. */
const hashOf: HashOf = (shape, numbers) =>
  Object.values(numbers).reduce((sum, n) => (sum * 31 + (n % 1_000_003) + 2_000_000) % 2 ** 48, shape);
/** Of every length whose type or row takes a byte more, and of characters of several bytes. */
const texts = fc.oneof(
  fc.constantFrom(
    '["/cart"]',
    '',
    'x'.repeat(57),
    'x'.repeat(58),
    'é€',
    'x'.repeat(1_000),
    'é'.repeat(2_001),
    'x'.repeat(20_000),
  ),
  fc.nat({ max: 1_200 }).map((length) => '€'.repeat(length)),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
);
const record: fc.Arbitrary<LineRecord> = fc
  .record(
    {
      shape: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      // The line of the other side may have begun long before the row's second, or after it.
      start: fc.integer({ min: -5_000_000, max: 5_000_000 }).map((ms) => SECOND * 1_000 + ms),
      duration: count,
      received: count,
      sent: count,
      upstreamLocalPort: port,
      downstreamRemotePort: port,
      hash: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      ownHash: fc.constantFrom(false, false, true),
      extra: fc.option(texts, { freq: 2 }),
      standing: fc.constant(0 as const),
    },
    { noNullPrototype: true },
  )
  .map((line) => (line.ownHash || line.extra !== null ? { ...line, ownHash: true } : withoutOwnHash(line)));

function withoutOwnHash(line: LineRecord): LineRecord {
  const numbers = {
    start_time: line.start,
    duration: line.duration ?? -1,
    bytes_received: line.received ?? -1,
    bytes_sent: line.sent ?? -1,
    upstream_local_port: line.upstreamLocalPort,
    downstream_remote_port: line.downstreamRemotePort,
  };
  return { ...line, hash: hashOf(line.shape, numbers), ownHash: false };
}

/** Writes a row with these lines, by an image where that takes them, and reads it back. */
function throughTable(client: LineRecord | null, server: LineRecord | null) {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const batch = new LineBatch();
  // Something before them, so that no index is zero by chance.
  const other = client ?? server;
  if (other !== null) batch.addRecord({ ...other, hash: 1 }, false, NONE, NONE);
  const index = (line: LineRecord | null, isServer: boolean) =>
    line === null ? NONE : batch.addRecord(line, isServer, NONE, NONE);
  const [c, s] = [index(client, false), index(server, true)];
  prepareInsertRow(db)(ROW, batch, c, s);
  const select = db.prepare<[], RawRow>('SELECT * FROM connection');
  const raw = select.get();
  if (isShort(batch, c, s)) {
    db.exec('DELETE FROM connection');
    const copy = attachImage(db, 'connection', 'image0');
    if (copy === null) throw new Error('no place for an image');
    const lines = new BatchLines();
    lines.take(batch);
    const made = new NewRows();
    made.add({ rows: Float64Array.of(ROW), clients: Int32Array.of(c), servers: Int32Array.of(s) }, 0);
    made.keepShort(batch, () => {
      throw new Error('a short row is kept');
    });
    if (made.hasRest) lines.takeRest(batch);
    copy.image.clear();
    addRowsToImage(copy.image, lines, made);
    if (!copy.copy() || !isDeepStrictEqual(select.get(), raw)) throw new Error('the image has another row');
    copy.close();
    copied++;
  }
  close();
  if (raw === undefined) return undefined;
  const read = readRow(raw, hashOf);
  return { row: read.row, client: told(read.client), server: told(read.server) };
}

/** All that a line tells, its hash too, which is worked out only when it is asked for. */
function told(line: LineRecord | null): LineRecord | null {
  return line === null ? null : { ...line, hash: line.hash };
}

let copied = 0;
t.teardown(() => {
  if (copied < 10) throw new Error(`${copied} rows went through an image`);
});

t.test('both lines of a connection come back as they were', async (t) => {
  fc.assert(
    fc.property(record, record, (client, server) => {
      return isDeepStrictEqual(throughTable(client, server), { row: ROW, client, server });
    }),
    { numRuns: 150 },
  );
  t.pass('held');
});

t.test('a line alone comes back as it was, on its own side', async (t) => {
  fc.assert(
    fc.property(record, fc.constantFrom(PLAIN, AMBIGUOUS, SUPERSEDED), (line, standing) => {
      const alone = { ...line, standing };
      return (
        isDeepStrictEqual(throughTable(alone, null), { row: ROW, client: alone, server: null }) &&
        isDeepStrictEqual(throughTable(null, alone), { row: ROW, client: null, server: alone })
      );
    }),
    { numRuns: 100 },
  );
  t.pass('held');
});

t.test('the number of a row tells its second and its hour', async (t) => {
  t.equal(secondOfRow(ROW), SECOND);
  t.equal(secondOfRow((SECOND + 1) * ROWS_PER_SECOND - 1), SECOND);
  t.ok((Date.UTC(2100, 0, 1) / 1_000) * ROWS_PER_SECOND < Number.MAX_SAFE_INTEGER, 'also in 2100');
});
