import { deepStrictEqual } from 'node:assert';
import { readdirSync } from 'node:fs';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import t from 'tap';
import { attachImage, copyStatement } from '../../../src/store/sqlite/image-copy.ts';
import { NULL } from '../../../src/store/sqlite/table-image.ts';

const COLUMNS = ['a', 'b', 'c'] as const;

function openTable(): Database.Database {
  const db = new Database(':memory:');
  const columns = COLUMNS.map((name) => `${name} INTEGER`).join(', ');
  db.exec(`CREATE TABLE numbers (id INTEGER PRIMARY KEY, ${columns}, d INTEGER NOT NULL DEFAULT 7) STRICT`);
  return db;
}

function attach(db: Database.Database) {
  const copy = attachImage(db, 'numbers', 'image');
  if (copy === null) throw new Error('no place for an image');
  return copy;
}

const edges = [7, 8, 15, 16, 23, 24, 31, 32, 47, 48, 52].flatMap((bits) => [
  2 ** bits - 1,
  2 ** bits,
  2 ** bits + 1,
]);
const value = fc.oneof(
  fc.constantFrom(0, 1, 2, NULL),
  fc.constantFrom(...edges, ...edges.map((n) => -n)),
  fc.integer(),
  fc.maxSafeInteger(),
);
const key = fc.oneof(fc.nat(), fc.constantFrom(...edges), fc.maxSafeInteger().map(Math.abs));
const row = fc.record({ id: key, values: fc.array(value, { maxLength: COLUMNS.length }) });
/** Files one after the other, each of rows with keys of their own. */
const files = fc
  .uniqueArray(row, { selector: ({ id }) => id, maxLength: 60 })
  .chain((rows) => fc.tuple(fc.constant(rows), fc.integer({ min: 1, max: 3 })));

t.test('every number comes back, and what was left out has its default', async (t) => {
  fc.assert(
    fc.property(files, ([rows, parts]) => {
      const db = openTable();
      const copy = attach(db);
      for (let part = 0; part < parts; part++) {
        const own = rows.filter((_, i) => i % parts === part).sort((a, b) => a.id - b.id);
        for (const { id, values } of own)
          copy.image.add(Float64Array.of(id), 0, Float64Array.from(values), values.length);
        copy.copy();
      }
      const expected = [...rows]
        .sort((a, b) => a.id - b.id)
        .map(({ id, values }) => ({
          id,
          ...Object.fromEntries(
            COLUMNS.map((name, i) => [name, (values[i] ?? NULL) === NULL ? null : values[i]]),
          ),
          d: 7,
        }));
      deepStrictEqual(db.prepare('SELECT * FROM numbers ORDER BY id').all(), expected);
      deepStrictEqual(db.pragma('integrity_check'), [{ integrity_check: 'ok' }]);
      copy.close();
      db.close();
    }),
    { numRuns: 150 },
  );
  t.pass('held');
});

t.test('an image of one page, of several, and of many is whole', async (t) => {
  const db = openTable();
  const copy = attach(db);
  let id = 1;
  for (const count of [1, 2_047, 2_048, 2_049, 30_000, 200_000, 3]) {
    const first = id;
    for (; id < first + count; id++)
      copy.image.add(Float64Array.of(id * 1_000_003), 0, Float64Array.of(id, -id * 70_000, 2 ** 40 + id), 3);
    t.ok(copy.copy());
    t.same(db.pragma('image.integrity_check'), [{ integrity_check: 'ok' }], `the file of ${count} rows`);
    t.equal(db.prepare('SELECT count(*) FROM image.numbers').pluck().get(), count);
  }
  t.equal(
    db.prepare('SELECT count(*) FROM numbers WHERE id = a * 1000003 AND b = -a * 70000').pluck().get(),
    id - 1,
  );
  t.same(db.pragma('main.integrity_check'), [{ integrity_check: 'ok' }]);
  copy.close();
  db.close();
});

t.test('what was added and not copied can be dropped', async (t) => {
  const db = openTable();
  const copy = attach(db);
  for (let id = 1; id < 5_000; id++) copy.image.add(Float64Array.of(id), 0, Float64Array.of(id), 1);
  copy.image.clear();
  copy.image.add(Float64Array.of(7), 0, Float64Array.of(8), 1);
  copy.copy();
  t.same(db.prepare('SELECT id, a FROM numbers').raw().all(), [[7, 8]]);
  copy.close();
  db.close();
});

t.test('SQLite copies the rows as they are', async (t) => {
  const db = openTable();
  const copy = attach(db);
  const steps = db.prepare<[], { opcode: string }>(`EXPLAIN ${copyStatement('numbers', 'image')}`).all();
  t.ok(
    steps.some(({ opcode }) => opcode === 'RowCell'),
    'and does not take them apart',
  );
  copy.image.add(Float64Array.of(1), 0, Float64Array.of(1), 1);
  copy.copy();
  copy.image.add(Float64Array.of(1), 0, Float64Array.of(2), 1);
  t.throws(() => copy.copy(), /UNIQUE/, 'and sees a key that is there');
  copy.close();
  db.close();
});

t.test('nothing is left among temporary files, and where they have no place there is no image', async (t) => {
  const { TMPDIR } = process.env;
  t.teardown(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
  const db = openTable();
  const place = t.testdir({});
  process.env.TMPDIR = place;
  const copy = attach(db);
  t.same(readdirSync(place), []);
  copy.image.add(Float64Array.of(1), 0, Float64Array.of(5), 1);
  t.ok(copy.copy(), 'it serves without a name');
  t.equal(db.prepare('SELECT a FROM numbers').pluck().get(), 5);
  copy.close();
  process.env.TMPDIR = `${place}/missing`;
  t.equal(attachImage(db, 'numbers', 'other'), null);
  db.close();
});
