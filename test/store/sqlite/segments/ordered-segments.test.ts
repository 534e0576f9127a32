/** Segments that another thread packs are there for whoever asks for one of their rows, and held up nobody else. */
import { isDeepStrictEqual } from 'node:util';
import type Database from 'better-sqlite3';
import fc from 'fast-check';
import t from 'tap';
import { threadOf } from '../../../../src/domain/package-files.ts';
import { BatchLines } from '../../../../src/store/sqlite/batch-lines.ts';
import { LineBatch } from '../../../../src/store/sqlite/line-batch.ts';
import { openDatabase } from '../../../../src/store/sqlite/open.ts';
import { createRowInsert } from '../../../../src/store/sqlite/row-insert.ts';
import { type RawRow, ROWS_PER_SECOND } from '../../../../src/store/sqlite/rows.ts';
import { SIDES } from '../../../../src/store/sqlite/segments/levels.ts';
import {
  createOrderedSegments,
  type OrderedSegments,
} from '../../../../src/store/sqlite/segments/ordered-segments.ts';
import { createSegmentTable, type NewSegment } from '../../../../src/store/sqlite/segments/segment-table.ts';
import { startSummingThread } from '../../../../src/store/sqlite/sums/summing-thread.ts';
import { createSumsApart } from '../../../../src/store/sqlite/sums/sums-apart.ts';
import { lineOf, putInSegments } from '../../../helpers/segments.ts';

const SECOND = Date.UTC(2024, 2, 5, 8, 15, 42) / 1_000;
const FIRST = SECOND * ROWS_PER_SECOND;
const ROWS = 200;

/** Segments as they are packed here, of rows that begin at `from` and lie `gap` apart: to be ordered of another table. */
function segmentsFrom(from: number, gap: number): { segments: NewSegment[]; columns: Buffer[] } {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const [segments, columns]: [NewSegment[], Buffer[]] = [[], []];
  const table = createSegmentTable(db);
  const rows = Array.from({ length: ROWS }, (_, n) => {
    const row = from + n * gap;
    const line = lineOf(1_000 * Math.floor(row / ROWS_PER_SECOND), n);
    return { row, client: line, server: line };
  });
  putInSegments(db, rows, {
    ...table,
    add(segment) {
      segments.push(segment);
      columns.push(Buffer.from(segment.columns));
    },
  });
  close();
  return { segments, columns };
}

/** A table of which some segments are ordered, and how often they were waited for. */
function ordering(from = FIRST, gap = 2) {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const table = createOrderedSegments(createSegmentTable(db, 8));
  const { segments, columns } = segmentsFrom(from, gap);
  let waits = 0;
  table.order(segments, () => {
    waits++;
    return columns;
  });
  return { db, close, table, waits: () => waits };
}

const rowsFrom = (table: OrderedSegments, from: number, to: number): number => {
  let rows = 0;
  table.each(from, to, () => rows++);
  return rows;
};

t.test('whoever asks for one of their rows waits, and nobody else', async (t) => {
  const end = FIRST + 2 * ROWS;
  const asked: Record<string, [(table: OrderedSegments) => unknown, number, unknown]> = {
    'a row of one': [(table) => table.remove(FIRST + 4), 1, true],
    'a row between': [(table) => table.remove(FIRST + 5), 0, false],
    'a row before': [(table) => table.remove(FIRST - 1), 0, false],
    'a row behind': [(table) => table.remove(end + 1), 0, false],
    'rows of which one is there': [
      (table) => {
        const found: number[] = [];
        table.eachOf([FIRST + 5, FIRST + 6, end + 9], (segment, place) =>
          found.push(segment.number(0, place)),
        );
        return found;
      },
      1,
      [FIRST + 6],
    ],
    'rows of which none is': [
      (table) => table.eachOf([FIRST - 2, FIRST + 7, end + 9], () => {}),
      0,
      undefined,
    ],
    'a range that ends before them': [(table) => rowsFrom(table, FIRST - 500, FIRST), 0, 0],
    'a range that ends at the first': [(table) => rowsFrom(table, FIRST - 500, FIRST + 1), 1, 1],
    'a range that begins at the last': [(table) => rowsFrom(table, end - 2, end + 500), 1, 1],
    'a range that begins behind them': [(table) => rowsFrom(table, end - 1, end + 500), 0, 0],
    'where they are': [(table) => table.find(FIRST, end).length, 1, 1],
    'the first from there': [(table) => table.firstFrom(FIRST), 1, FIRST],
    'the last before': [(table) => table.lastBefore(end + 9), 1, end - 2],
    'the last within': [(table) => table.lastIn(FIRST, end), 1, end - 2],
    'the last before all': [(table) => table.lastIn(FIRST - 900, FIRST), 0, null],
    'whether there is place': [(table) => table.hasPlace(SIDES.both, FIRST, end), 0, true],
    'the end of a transaction': [(table) => table.settle(), 1, undefined],
  };
  for (const [name, [ask, waits, expected]] of Object.entries(asked)) {
    const { table, close, waits: waited } = ordering();
    t.same(ask(table), expected, name);
    t.equal(waited(), waits, `${name}: waits`);
    table.settle();
    table.settle();
    t.equal(waited(), 1, `${name}: once`);
    t.equal(
      rowsFrom(table, FIRST, end),
      ROWS - (expected === true && waits === 1 ? 1 : 0),
      `${name}: all are there`,
    );
    close();
  }
});

t.test('what was ordered and forgotten is never waited for, and a failure is told once', async (t) => {
  const { table, close, waits } = ordering();
  table.reset();
  table.settle();
  t.equal(rowsFrom(table, FIRST, FIRST + 9), 0);
  t.equal(waits(), 0);
  table.order(segmentsFrom(FIRST, 2).segments, () => {
    throw new Error('no columns');
  });
  t.throws(() => table.remove(FIRST), /no columns/);
  table.settle();
  t.notOk(table.remove(FIRST), 'they are gone');
  close();
});

/** All rows, wherever they are, in their order. */
function readAll(db: Database.Database): RawRow[] {
  const rows = db.prepare<[], RawRow>('SELECT * FROM connection').all();
  createSegmentTable(db).each(0, Number.MAX_SAFE_INTEGER, (segment, place) => rows.push(segment.raw(place)));
  return rows.sort((a, b) => a.row - b.row);
}

const batchOfRows = fc.record({
  pairs: fc.constantFrom(0, 20, 700, 2_500),
  singles: fc.constantFrom(0, 20, 700, 2_000),
  gap: fc.constantFrom(1, 5_000, ROWS_PER_SECOND),
  hasText: fc.constantFrom(false, false, true),
  end: fc.constantFrom('commit', 'commit', 'more', 'more', 'failure', 'failure before lines are added'),
});

/** Rows are cut and ordered, and their lines never come; then others do. */
const FAILED_BEFORE = (['failure before lines are added', 'commit'] as const).map((end) => {
  return { pairs: 2_500, singles: 0, gap: 1, hasText: false, end } as const;
});

t.test('rows that a thread packs are those that are packed here, whatever failed before', async (t) => {
  const thread = startSummingThread(threadOf('summing-thread'));
  while (!thread.isReady()) await new Promise((resolve) => setTimeout(resolve, 5));
  t.teardown(() => thread.close());
  fc.assert(
    fc.property(fc.array(batchOfRows, { minLength: 1, maxLength: 5 }), (batches) => {
      const sides = [false, true].map((isApart) => {
        const { db, close } = openDatabase({ path: null, mode: 'write' });
        const lines = new BatchLines();
        const batch = new LineBatch();
        const sums = createSumsApart({ db, hostOf: () => 0 }, thread);
        const segments = createOrderedSegments(createSegmentTable(db, 16));
        const insert = createRowInsert(db, batch, lines, segments, () => (isApart ? sums.packer : null));
        const begin = (lines: number): void => {
          if (db.inTransaction) return;
          insert.prepare(lines);
          db.exec('BEGIN');
        };
        const commit = (): void => {
          if (!db.inTransaction) return;
          segments.settle();
          sums.write();
          db.exec('COMMIT');
        };
        let row = FIRST;
        for (const { pairs, singles, gap, hasText, end } of batches) {
          const size = pairs + singles;
          begin(10_000);
          const columns = {
            rows: new Float64Array(size),
            clients: new Int32Array(size),
            servers: new Int32Array(size).fill(-1),
          };
          for (let n = 0; n < size; n++) {
            row += gap;
            const start = 1_000 * Math.floor(row / ROWS_PER_SECOND);
            const line = lineOf(start, n);
            columns.rows[n] = row;
            columns.clients[n] = batch.addRecord(line, false, -1, -1);
            if (n < pairs)
              columns.servers[n] = batch.addRecord(
                hasText && n % 9 === 0
                  ? { ...line, ownHash: true, extra: '["/cart"]' }
                  : { ...line, start: start + 3 },
                true,
                -1,
                -1,
              );
          }
          batch.counted.fill(0);
          const part = (from: number, to: number) => ({
            rows: columns.rows.slice(from, to),
            clients: columns.clients.slice(from, to),
            servers: columns.servers.slice(from, to),
          });
          insert.add(part(0, pairs), part(pairs, size));
          lines.take(batch);
          insert.fillSegments();
          if (end !== 'failure before lines are added') {
            sums.addBatch(batch, new Int32Array(batch.length).fill(-1));
            insert.write();
          }
          batch.clear();
          if (end === 'commit') commit();
          if (!end.startsWith('failure')) continue;
          db.exec('ROLLBACK');
          sums.reset();
          insert.reset();
          segments.reset();
        }
        commit();
        const all = readAll(db);
        const inSegments = db
          .prepare('SELECT level, first, last, rows, columns, texts FROM segment ORDER BY level, first')
          .all();
        insert.close();
        close();
        return { all, inSegments };
      });
      if (!isDeepStrictEqual(sides[1], sides[0])) throw new Error('not the same');
      let [kept, open] = [0, 0];
      for (const { pairs, singles, end } of batches) {
        open += pairs + singles;
        if (end === 'commit') kept += open;
        if (end !== 'more') open = 0;
      }
      if (sides[0]?.all.length !== kept + open)
        throw new Error(`${sides[0]?.all.length} rows, not ${kept + open}`);
    }),
    { numRuns: 40, examples: [[FAILED_BEFORE]] },
  );
  t.pass('held');
});
