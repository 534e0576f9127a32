import fc from 'fast-check';
import t from 'tap';
import { openDatabase } from '../../../../src/store/sqlite/open.ts';
import { type AddressLists, createAddressLists } from '../../../../src/store/sqlite/pairing/address-lists.ts';

interface Added {
  readonly hash: number;
  readonly row: number;
  readonly start: number;
  readonly end: number;
}

const hash = fc.constantFrom(0, 1, 2, 77, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1);
const one: fc.Arbitrary<Added> = fc
  .tuple(hash, fc.nat({ max: 2 ** 40 }), fc.nat({ max: 1_000 }), fc.nat({ max: 100 }))
  .map(([hash, row, start, life]) => ({ hash, row: row * 1_000, start, end: start + life }));

/** Batches of one or a few, so that lists are merged, and merged lists merged again. */
const batches = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.array(one, { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.array(one, { maxLength: 30 }) },
  ),
  { maxLength: 90, size: 'max' },
);

function addAll(lists: AddressLists, batch: readonly Added[]): void {
  for (const { hash, row, start, end } of batch) lists.add(hash, row, start, end);
  lists.write();
}

/** True when every row whose life touches the span is found, and nothing of another hash. */
function findsAll(
  lists: AddressLists,
  added: readonly Added[],
  hash: number,
  from: number,
  to: number,
): boolean {
  const found = lists.find(hash, from, to);
  const sought = added.filter((one) => one.hash === hash && one.start <= to && one.end >= from);
  return (
    sought.every(({ row }) => found.includes(row)) &&
    found.every((row) => added.some((one) => one.hash === hash && one.row === row)) &&
    found.length <= added.filter((one) => one.hash === hash).length
  );
}

t.test('finds every row that was added, whatever was merged since', async (t) => {
  let merged = 0;
  fc.assert(
    fc.property(batches, fc.nat({ max: 1_100 }), fc.nat({ max: 300 }), (batches, from, width) => {
      const { db, close } = openDatabase({ path: null, mode: 'write' });
      const lists = createAddressLists(db);
      const added: Added[] = [];
      const hashes = [0, 1, 77, 2 ** 32 - 1, 5];
      let holds = true;
      for (const [at, batch] of batches.entries()) {
        addAll(lists, batch);
        added.push(...batch);
        if (at % 10 === 3) holds &&= hashes.every((hash) => findsAll(lists, added, hash, from, from + width));
      }
      const count = db.prepare('SELECT count(*) FROM address_list').pluck().get() as number;
      if (count < batches.filter((batch) => batch.length > 0).length) merged++;
      const reopened = createAddressLists(db);
      for (const each of [lists, reopened]) {
        holds &&= hashes.every((hash) => findsAll(each, added, hash, from, from + width));
        holds &&= each.latestEnd() === Math.max(Number.NEGATIVE_INFINITY, ...added.map((one) => one.end));
      }
      const pairs = db.prepare('SELECT total(pairs) FROM address_list').pluck().get();
      close();
      return holds && pairs === added.length;
    }),
    { numRuns: 120 },
  );
  t.ok(merged > 20, `${merged} runs had merged lists`);
});

t.test('there are never many lists to search', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const lists = createAddressLists(db);
  for (let i = 0; i < 3_000; i++) addAll(lists, [{ hash: i % 50, row: i, start: i, end: i + 1 }]);
  const count = db.prepare('SELECT count(*) FROM address_list').pluck().get() as number;
  t.ok(count < 40, `${count} lists`);
  t.same(
    lists.find(7, 0, 10_000).sort((a, b) => a - b),
    Array.from({ length: 60 }, (_, i) => 7 + 50 * i),
  );
  close();
});

t.test('a large batch is sorted, and equal hashes keep all their rows', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const lists = createAddressLists(db);
  const batch = Array.from({ length: 20_000 }, (_, i) => ({
    hash: ((i * 2_654_435_761) % 2 ** 32) >>> (i % 3 === 0 ? 20 : 0),
    row: 2 ** 45 + i,
    start: 0,
    end: 10,
  }));
  addAll(lists, batch);
  const byHash = new Map<number, number[]>();
  for (const { hash, row } of batch) byHash.set(hash, [...(byHash.get(hash) ?? []), row]);
  for (const [hash, rows] of [...byHash].slice(0, 3_000)) {
    const found = lists.find(hash, 5, 5).sort((a, b) => a - b);
    if (found.join() !== rows.join()) t.fail(`rows of ${hash}`);
  }
  t.pass('found');
  close();
});

t.test('what is added counts at once, and is forgotten by a reset', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const lists = createAddressLists(db);
  lists.add(7, 1, 0, 10);
  lists.reset();
  t.same(lists.find(7, 0, 10), []);
  t.equal(lists.latestEnd(), Number.NEGATIVE_INFINITY);
  lists.add(7, 2, 0, 10);
  t.same(lists.find(7, 0, 10), [2]);
  t.same(lists.find(7, 11, 20), []);
  lists.write();
  t.same(createAddressLists(db).find(7, 0, 10), [2]);
  close();
});

t.test('rows that lie far apart are kept whole', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const lists = createAddressLists(db);
  const rows = [2 ** 49 + 5, 2 ** 49, 2 ** 49 + 2 ** 32, 2 ** 32, 1];
  for (const [at, row] of rows.entries()) lists.add(at % 2, row, 0, 0);
  t.same(lists.find(0, 0, 0), [rows[0], rows[2], rows[4]]);
  t.same(lists.find(1, 0, 0), [rows[1], rows[3]]);
  lists.add(3, 2 ** 49, 0, 0);
  lists.add(3, 2 ** 49 + 2 ** 32 - 1, 0, 0);
  t.same(lists.find(3, 0, 0), [2 ** 49, 2 ** 49 + 2 ** 32 - 1]);
  close();
});

t.test('lists that retention dropped are missed by nobody', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const lists = createAddressLists(db);
  const addList = (hash: number, end: number): void => {
    for (let n = 0; n < 20; n++) lists.add(hash, 1_000 * hash + n * (hash % 2 === 0 ? 1 : 2 ** 33), end, end);
    lists.write();
  };
  const dropBefore = (end: number): void =>
    void db.prepare('DELETE FROM address_list WHERE last < ?').run(end);
  const kept = [9_000, 9_001];
  for (const [n, hash] of kept.entries()) {
    addList(hash, 9_000 + n);
    addList(10 + n, 100);
    // The newest list is gone: its number must not be that of the next one, which is of another length.
    dropBefore(1_000);
    lists.add(77 + n, 5, 2_000, 2_000);
    lists.write();
  }
  // Merges all there is, with what is gone.
  for (let n = 0; n < 70; n++) {
    addList(100 + n, 3_000 + n);
    if (n % 9 === 0) {
      addList(500, 100);
      dropBefore(1_000);
    }
  }
  for (const again of [lists, createAddressLists(db)]) {
    for (const hash of [...kept, 100, 133, 169]) t.equal(again.find(hash, 0, 10_000).length, 20, `${hash}`);
    for (const hash of [0, 10, 11]) t.same(again.find(hash, 1_000, 10_000), [], `${hash}`);
    for (const hash of [77, 78]) t.same(again.find(hash, 0, 10_000), [5]);
  }
  close();
});
