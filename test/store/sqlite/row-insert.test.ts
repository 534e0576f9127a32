/** Many rows at once, in segments and by way of images, are the rows that they are one by one. */
import type Database from 'better-sqlite3';
import fc from 'fast-check';
import t from 'tap';
import { BatchLines } from '../../../src/store/sqlite/batch-lines.ts';
import { LineBatch } from '../../../src/store/sqlite/line-batch.ts';
import { AMBIGUOUS, PLAIN, SUPERSEDED } from '../../../src/store/sqlite/line-record.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { NONE } from '../../../src/store/sqlite/pairing/pairing-window.ts';
import { createRowInsert } from '../../../src/store/sqlite/row-insert.ts';
import { prepareInsertRow, type RawRow, ROWS_PER_SECOND } from '../../../src/store/sqlite/rows.ts';
import { createSegmentTable } from '../../../src/store/sqlite/segments/segment-table.ts';

const SECOND = Math.floor(Date.UTC(2024, 2, 5, 8, 15, 42) / 1_000);
const kind = fc.record({
  client: fc.boolean(),
  server: fc.boolean(),
  standing: fc.constantFrom(PLAIN, PLAIN, AMBIGUOUS, SUPERSEDED),
  text: fc.constantFrom(null, null, '["/cart","7"]', 'x'.repeat(70), 'x'.repeat(7_000)),
});

/** All rows, wherever they are, in their order. */
function readAll(db: Database.Database): RawRow[] {
  const rows = db.prepare<[], RawRow>('SELECT * FROM connection').all();
  createSegmentTable(db).each(0, Number.MAX_SAFE_INTEGER, (segment, place) => rows.push(segment.raw(place)));
  return rows.sort((a, b) => a.row - b.row);
}

t.test('rows that are written at once are those that are put in one by one', async (t) => {
  fc.assert(
    fc.property(fc.array(kind, { minLength: 1, maxLength: 12 }), (kinds) => {
      const { db, close } = openDatabase({ path: null, mode: 'write' });
      const batch = new LineBatch();
      const lines = new BatchLines();
      const insert = createRowInsert(db, batch, lines, createSegmentTable(db));
      const addLine = (n: number, isServer: boolean, { standing, text }: (typeof kinds)[number]): number => {
        const numbers = {
          duration: n,
          received: 2 * n,
          sent: 3 * n,
          upstreamLocalPort: 5,
          downstreamRemotePort: 6,
        };
        const own = { hash: 7 * n, ownHash: text !== null, extra: text, standing };
        const record = { shape: 1 + n, start: SECOND * 1_000 + n, ...numbers, ...own };
        return batch.addRecord(record, isServer, NONE, NONE);
      };
      insert.prepare(4_000);
      const rows = Array.from({ length: 2_100 }, (_, n) => {
        const kind = kinds[n % kinds.length] as (typeof kinds)[number];
        const client = kind.client || !kind.server ? addLine(n, false, kind) : NONE;
        const server = kind.server ? addLine(n, true, kind) : NONE;
        return { row: SECOND * ROWS_PER_SECOND + n, client, server };
      });
      const columns = (some: typeof rows) => ({
        rows: Float64Array.from(some, ({ row }) => row),
        clients: Int32Array.from(some, ({ client }) => client),
        servers: Int32Array.from(some, ({ server }) => server),
      });
      const isPair = ({ client, server }: (typeof rows)[number]) => client !== NONE && server !== NONE;
      insert.add(columns(rows.filter(isPair)), columns(rows.filter((row) => !isPair(row))));
      db.exec('BEGIN');
      lines.take(batch);
      insert.write();
      db.exec('COMMIT');
      const atOnce = readAll(db);
      db.exec('DELETE FROM connection; DELETE FROM segment');
      const insertOne = prepareInsertRow(db);
      for (const { row, client, server } of rows) insertOne(row, batch, client, server);
      t.strictSame(atOnce, readAll(db));
      insert.close();
      close();
    }),
    { numRuns: 12 },
  );
});
