import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type Database from 'better-sqlite3';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { NO_PORT } from '../../../src/domain/address.ts';
import { checkDatabase } from '../../../src/store/sqlite/maintenance.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { prepareReadRows } from '../../../src/store/sqlite/read-rows.ts';
import { ROWS_PER_SECOND } from '../../../src/store/sqlite/rows.ts';
import { createConnections } from '../../../src/store/sqlite/segments/connections.ts';
import { createSegmentTable } from '../../../src/store/sqlite/segments/segment-table.ts';
import { prepareBusy } from '../../../src/store/sqlite/steps.ts';
import { type AnyRow, lineOf, type PairRow, putInSegments, putInTable } from '../../helpers/segments.ts';

const SECOND = 1_709_629_200;
const pairAt = (n: number): PairRow => {
  const line = lineOf(SECOND * 1_000 + (n % 1_000), n);
  return { row: SECOND * ROWS_PER_SECOND + n, client: line, server: line };
};

/** A file with a row of its own and segments of which each has more rows than the one before, and a process that writes to it. */
function files(t: Test): { readonly reader: Database.Database; readonly writer: Database.Database } {
  const path = join(t.testdir(), 'm.db');
  const { db: writer, close: closeWriter } = openDatabase({ path, mode: 'write' });
  putInTable(writer, [pairAt(0)]);
  putInSegments(
    writer,
    Array.from({ length: 3_000 }, (_, n) => pairAt(1 + n)),
  );
  const { db: reader, close: closeReader } = openDatabase({ path, mode: 'read' });
  t.teardown(() => {
    closeReader();
    closeWriter();
  });
  return { reader, writer };
}

t.test('rows that are read are those of one moment, whatever another process does meanwhile', async (t) => {
  const { reader, writer } = files(t);
  const meddle = once(() => {
    const segments = createSegmentTable(writer);
    createConnections(writer).remove(SECOND * ROWS_PER_SECOND);
    putInSegments(
      writer,
      Array.from({ length: 600 }, (_, n) => pairAt(10_000 + n)),
    );
    for (const { id } of segments.find(0, Number.MAX_SAFE_INTEGER).slice(0, 3)) segments.drop(id);
  });
  // Asked with each row of a segment, as one of the shapes has a large number.
  class Asked extends Set<number> {
    override has(shape: number): boolean {
      meddle();
      return super.has(shape);
    }
  }
  const shapes = new Asked([...Array.from({ length: 301 }, (_, n) => n), 5_000_000]);
  const rowsOf = prepareReadRows(reader, () => 0)({ shapes, which: 'lines', hint: undefined });
  t.equal(rowsOf(SECOND, SECOND + 1, true).length, 3_001);
  t.equal(rowsOf(SECOND, SECOND + 1, true).length, 600, 'and those of the next one');
});

t.test('where nothing is written, nothing is held on to', async (t) => {
  const { reader } = files(t);
  prepareReadRows(reader, () => 0)({ shapes: null, which: 'lines', hint: undefined })(
    SECOND,
    SECOND + 1,
    true,
  );
  prepareBusy(reader).from(SECOND);
  t.notOk(reader.inTransaction);
  reader.exec('BEGIN');
  t.equal(prepareBusy(reader).before(SECOND + 9), SECOND + 1, 'also within a transaction');
  t.ok(reader.inTransaction);
  t.type(checkDatabase(reader), Array);
  t.ok(reader.inTransaction);
});

const asked = fc.record({
  shapes: fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 301 }), { maxLength: 40 })),
  large: fc.boolean(),
  which: fc.constantFrom('lines' as const, 'pairs' as const),
  alone: fc.boolean(),
  clients: fc.option(fc.array(fc.nat({ max: 600 }), { minLength: 1, maxLength: 3 })),
  linked: fc.boolean(),
});

t.test('rows with one line or two are read from segments as from their table', async (t) => {
  const { db: packed, close } = openDatabase({ path: null, mode: 'write' });
  const { db: single, close: closeSingle } = openDatabase({ path: null, mode: 'write' });
  const rows = Array.from({ length: 600 }, (_, n): AnyRow => {
    const { row, client, server } = pairAt(n);
    // Ports of servers' lines tell of clients as well, also those without any.
    const other = {
      ...server,
      shape: 1 + ((n + 150) % 300),
      downstreamRemotePort: n % 5 === 0 ? NO_PORT : n,
    };
    return { row, client: n % 3 === 1 ? null : client, server: n % 3 === 2 ? null : other };
  });
  t.same(putInSegments(packed, rows), []);
  putInTable(single, rows);
  for (const db of [packed, single])
    for (const { row } of rows.slice(0, 30))
      db.prepare('INSERT INTO elsewhere VALUES (?, ?)').run(SECOND + 9, row);
  let found = 0;
  fc.assert(
    fc.property(asked, ({ shapes, large, which, alone, clients, linked }) => {
      const all = shapes === null ? null : new Set([...shapes, ...(large ? [5_000_000] : [])]);
      const hint = { alone, clients: clients?.map((port) => ({ ip: '10.0.0.1', port })) ?? null };
      for (const from of [SECOND, SECOND + 9]) {
        const [a = [], b = []] = [packed, single].map((db) =>
          prepareReadRows(
            db,
            () => 0,
          )({ shapes: all, which, hint })(from, from + 1, linked).map(({ row }) => row),
        );
        a.sort((x, y) => x - y);
        found += b.length;
        if (
          !isDeepStrictEqual(
            a,
            b.sort((x, y) => x - y),
          )
        )
          return false;
      }
      return true;
    }),
    { numRuns: 300 },
  );
  t.ok(found > 1_000);
  close();
  closeSingle();
});

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
