/** Many rows at once, in segments and by way of images, are the rows that they are one by one. */
import type Database from 'better-sqlite3';
import fc from 'fast-check';
import t from 'tap';
import { BatchLines } from '../../../src/store/sqlite/batch-lines.ts';
import { LineBatch } from '../../../src/store/sqlite/line-batch.ts';
import { AMBIGUOUS, PLAIN, type Standing, SUPERSEDED } from '../../../src/store/sqlite/line-record.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { NONE } from '../../../src/store/sqlite/pairing/pairing-window.ts';
import { createRowInsert, type RowInsert } from '../../../src/store/sqlite/row-insert.ts';
import { prepareInsertRow, type RawRow, ROWS_PER_SECOND } from '../../../src/store/sqlite/rows.ts';
import { createOrderedSegments } from '../../../src/store/sqlite/segments/ordered-segments.ts';
import { createSegmentTable } from '../../../src/store/sqlite/segments/segment-table.ts';
import { lineOf } from '../../helpers/segments.ts';

const SECOND = Math.floor(Date.UTC(2024, 2, 5, 8, 15, 42) / 1_000);
const kind = fc.record({
  client: fc.boolean(),
  server: fc.boolean(),
  standing: fc.constantFrom(PLAIN, PLAIN, AMBIGUOUS, SUPERSEDED),
  text: fc.constantFrom(null, null, '["/cart","7"]', 'x'.repeat(70), 'x'.repeat(7_000)),
});

/** A row, with its lines as they are numbered in the batch. */
interface Row {
  readonly row: number;
  readonly client: number;
  readonly server: number;
}

function addAll(insert: RowInsert, rows: readonly Row[]): void {
  const columns = (some: readonly Row[]) => ({
    rows: Float64Array.from(some, ({ row }) => row),
    clients: Int32Array.from(some, ({ client }) => client),
    servers: Int32Array.from(some, ({ server }) => server),
  });
  const isPair = ({ client, server }: Row) => client !== NONE && server !== NONE;
  insert.add(columns(rows.filter(isPair)), columns(rows.filter((row) => !isPair(row))));
}

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
      const insert = createRowInsert(
        db,
        batch,
        lines,
        createOrderedSegments(createSegmentTable(db)),
        () => null,
      );
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
      addAll(insert, rows);
      db.exec('BEGIN');
      lines.take(batch);
      insert.fillSegments();
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

interface Kind {
  readonly lines: 'both' | 'client' | 'server';
  readonly standing?: Standing;
  readonly text?: string;
}

/** Writes rows at once. Shape of the result: how many there are in the table, and in segments by the lines that they hold. */
function write(kinds: readonly Kind[]): { readonly single: number; readonly held: Record<number, number> } {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const batch = new LineBatch();
  const lines = new BatchLines();
  const insert = createRowInsert(db, batch, lines, createOrderedSegments(createSegmentTable(db)), () => null);
  const add = (n: number, isServer: boolean, { standing = PLAIN, text }: Kind): number =>
    batch.addRecord(
      { ...lineOf(SECOND * 1_000 + n, n), standing, extra: text ?? null, ownHash: text !== undefined },
      isServer,
      NONE,
      NONE,
    );
  const rows = kinds.map((kind, n) => ({
    row: SECOND * ROWS_PER_SECOND + n,
    client: kind.lines === 'server' ? NONE : add(n, false, kind),
    server: kind.lines === 'client' ? NONE : add(n, true, kind),
  }));
  addAll(insert, rows);
  lines.take(batch);
  insert.fillSegments();
  insert.write();
  const segments = db.prepare<[], { level: number; rows: number }>(
    'SELECT level / 4 AS level, sum(rows) AS rows FROM segment GROUP BY 1',
  );
  const held = Object.fromEntries(segments.all().map(({ level, rows }) => [level, rows]));
  const single = db.prepare<[], number>('SELECT count(*) FROM connection').pluck().get() ?? 0;
  insert.close();
  close();
  return { single, held };
}

const many = (count: number, kind: Kind): Kind[] => Array.from({ length: count }, () => kind);
const pairs = many(1_500, { lines: 'both' });

t.test('rows with one line are put into segments where most rows have two', async (t) => {
  const clients = many(800, { lines: 'client' });
  const servers = many(600, { lines: 'server' });
  t.same(write([...clients, ...servers, ...pairs]), { single: 0, held: { 0: 1_500, 1: 800, 2: 600 } });
  t.same(
    write([...clients, ...servers.slice(0, 500), ...pairs]),
    { single: 500, held: { 0: 1_500, 1: 800 } },
    'few',
  );
  t.same(
    write([...clients, ...clients, ...pairs]),
    { single: 1_600, held: { 0: 1_500 } },
    'where they have not, the others are likely to come',
  );
  t.same(
    write([...pairs, ...clients, ...clients.slice(0, 400)]),
    { single: 525, held: { 0: 1_500, 1: 675 } },
    'nor do those of the lines that came last',
  );
});

t.test('rows with one line that has a mark or a long text are not put into segments', async (t) => {
  const one = (kind: Omit<Kind, 'lines'>) => many(1, { lines: 'client', ...kind });
  const rest = [
    ...one({ standing: AMBIGUOUS }),
    ...one({ standing: SUPERSEDED }),
    ...one({ text: 'x'.repeat(7_000) }),
  ];
  const short = many(700, { lines: 'client', text: 'short' });
  t.same(write([...rest, ...short, ...pairs]), { single: 3, held: { 0: 1_500, 1: 700 } });
});
