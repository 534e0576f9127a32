import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { COLUMNS } from '../../../src/store/sqlite/shape-columns.ts';
import { createShapeTable } from '../../../src/store/sqlite/shape-table.ts';

/** Few different numbers, so that keys come again and differ in one place. */
const number = fc.constantFrom(0, 1, 2, 2 ** 31 - 1);
/** What has to be there is; the rest may be absent. */
const key = fc
  .array(number, { minLength: COLUMNS.length, maxLength: COLUMNS.length })
  .map((values) =>
    Int32Array.from(values, (value, i) =>
      COLUMNS[i] === 'format_id' || COLUMNS[i] === 'envelope_id' ? value || 3 : value,
    ),
  );
/** In transactions, some of which fail; a few keys are met again and again. */
const transactions = fc.array(key, { minLength: 3, maxLength: 8 }).chain((keys) =>
  fc.array(
    fc.record({
      keys: fc.array(fc.oneof(fc.constantFrom(...keys), key), { maxLength: 30 }),
      fails: fc.constantFrom(false, false, true),
      restarts: fc.boolean(),
    }),
    { maxLength: 6 },
  ),
);

t.test('a shape has one id, also when there are more than memory holds', async (t) => {
  for (const knownMax of [4, 30, 100_000]) {
    fc.assert(
      fc.property(transactions, (transactions) => {
        const { db, close } = openDatabase({ path: null, mode: 'write' });
        let table = createShapeTable(db, knownMax);
        let ids = new Map<string, number>();
        for (const { keys, fails, restarts } of transactions) {
          const before = new Map(ids);
          db.exec(fails ? 'SAVEPOINT part' : 'BEGIN');
          for (const one of keys) {
            const known = ids.get(one.join()) ?? 0;
            deepStrictEqual(table.find(one), known);
            if (known === 0) ids.set(one.join(), table.add(one));
            deepStrictEqual([...table.columnsOf(ids.get(one.join()) ?? 0)], [...one]);
          }
          table.write();
          db.exec(fails ? 'ROLLBACK TO part; RELEASE part' : 'COMMIT');
          if (fails) ids = before;
          if (fails) table.reset();
          if (restarts) table = createShapeTable(db, knownMax);
        }
        deepStrictEqual(new Set(ids.values()).size, ids.size);
        const rows = db.prepare<[], Array<number | null>>('SELECT * FROM shape ORDER BY id').raw().all();
        const stored = rows.map(([id, ...values]) => [values.map((value) => value ?? 0).join(), id]);
        deepStrictEqual(new Map(stored as Array<[string, number]>), ids);
        close();
      }),
      { numRuns: 60 },
    );
  }
  t.pass('held');
});

t.test('many new shapes are copied from an image, and found again', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const table = createShapeTable(db);
  const keyOf = (i: number) =>
    Int32Array.from(COLUMNS, (_, column) => (column === 4 || column === 5 ? 1 : (i >> column) & 3));
  const count = 5_000;
  for (const from of [0, count]) {
    table.prepare(count);
    for (let i = from; i < from + count; i++) {
      const key = keyOf(i);
      key[7] = 10 + i;
      t.equal(table.find(key), 0);
      t.equal(table.add(key), i + 1);
    }
    t.equal(db.prepare('SELECT count(*) FROM shape').pluck().get(), from, 'not before they are written');
    table.write();
  }
  t.equal(db.prepare('SELECT count(*) FROM shape WHERE upstream_host_id = id + 9').pluck().get(), 2 * count);
  t.same(db.pragma('main.integrity_check'), [{ integrity_check: 'ok' }]);
  const again = createShapeTable(db);
  for (const i of [0, 77, 2 * count - 1]) {
    const key = keyOf(i);
    key[7] = 10 + i;
    t.equal(again.find(key), i + 1);
    t.same([...again.columnsOf(i + 1)], [...key]);
  }
  t.throws(() => again.columnsOf(2 * count + 1), { code: 'db_damaged', message: /shape 10001 is missing/ });
  table.close();
  close();
});

t.test('a shape that was added when memory was emptied is not taken for another one', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const table = createShapeTable(db, 2);
  const ofPod = (pod: number) => Int32Array.from(COLUMNS, (column) => (column === 'pod_id' ? pod : 1));
  for (const pod of [1, 2, 3]) {
    t.equal(table.find(ofPod(pod)), 0);
    table.add(ofPod(pod));
  }
  for (const pod of [4, 5, 6, 7]) t.equal(table.find(ofPod(pod)), 0, `pod ${pod}`);
  t.same(
    [1, 2, 3].map((pod) => table.find(ofPod(pod))),
    [1, 2, 3],
  );
  close();
});
