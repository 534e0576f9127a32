import Database from 'better-sqlite3';
import t from 'tap';
import { COLUMNS, type StoredShape } from '../../../src/store/sqlite/shape-columns.ts';
import { createWhereabouts } from '../../../src/store/sqlite/whereabouts.ts';

/** Ids of a pod, its namespace and node, and of the two addresses. */
interface Reading {
  readonly pod: number;
  readonly namespace: number | null;
  readonly node?: number | null;
  readonly local?: number | null;
}

function createTable() {
  const db = new Database(':memory:');
  db.exec(`CREATE TABLE shape (id INTEGER PRIMARY KEY, pod_id, namespace_id, container_id, node_id,
    downstream_local_address_id, downstream_remote_host_id)`);
  const insert = db.prepare('INSERT INTO shape VALUES (NULL, ?, ?, NULL, ?, ?, 90)');
  const get = db.prepare<[number | bigint], StoredShape>('SELECT * FROM shape WHERE id = ?');
  const whereabouts = createWhereabouts(db);
  return {
    whereabouts,
    /** Adds a shape; answers it, and whether others may read differently now. */
    add({ pod, namespace, node = null, local = 80 }: Reading): { shape: StoredShape; mayDiffer: boolean } {
      const shape = get.get(insert.run(pod, namespace, node, local).lastInsertRowid) as StoredShape;
      const columns = Int32Array.from(COLUMNS, (column) => shape[column] ?? 0);
      return { shape, mayDiffer: whereabouts.note(columns) };
    },
  };
}

t.test('a pod that is read in one way costs nothing and says what it said', async (t) => {
  const { whereabouts, add } = createTable();
  const { shape } = add({ pod: 1, namespace: null });
  add({ pod: 2, namespace: 7 });
  t.match(whereabouts.complete(shape), { namespace_id: null, node_id: null });
});

t.test('what another reading knew is added, whichever came first', async (t) => {
  for (const order of [
    [null, 7],
    [7, null],
  ]) {
    const { whereabouts, add } = createTable();
    const shapes = order.map((namespace) => add({ pod: 1, namespace }).shape);
    for (const shape of shapes) t.match(whereabouts.complete(shape), { namespace_id: 7 });
  }
});

t.test('another address, or none, is another place', async (t) => {
  const { whereabouts, add } = createTable();
  add({ pod: 1, namespace: 7 });
  const other = add({ pod: 1, namespace: null, local: 81 }).shape;
  const none = add({ pod: 1, namespace: null, local: null }).shape;
  for (const shape of [other, none]) t.match(whereabouts.complete(shape), { namespace_id: null });
});

t.test('one of several values is not chosen', async (t) => {
  const { whereabouts, add } = createTable();
  const bare = add({ pod: 1, namespace: null }).shape;
  const shop = add({ pod: 1, namespace: 7, node: 20 }).shape;
  t.match(whereabouts.complete(bare), { namespace_id: 7, node_id: 20 });
  add({ pod: 1, namespace: 8, node: 20 });
  t.match(whereabouts.complete(bare), { namespace_id: null, node_id: 20 });
  t.match(whereabouts.complete(shop), { namespace_id: 7 }, 'what it says itself stays');
});

t.test('whoever asked is told when another answer is possible, and only then', async (t) => {
  const { whereabouts, add } = createTable();
  const bare = add({ pod: 1, namespace: null });
  t.equal(bare.mayDiffer, false);
  t.equal(add({ pod: 1, namespace: 7 }).mayDiffer, false, 'nobody has asked');
  whereabouts.complete(bare.shape);
  t.equal(add({ pod: 1, namespace: 7 }).mayDiffer, false, 'nothing new');
  t.equal(add({ pod: 2, namespace: null }).mayDiffer, false, 'a new pod');
  t.equal(add({ pod: 2, namespace: 7 }).mayDiffer, true, 'a pod that is known better now');
  t.equal(add({ pod: 3, namespace: null }).mayDiffer, false, 'all was told');
  whereabouts.complete(bare.shape);
  t.equal(add({ pod: 3, namespace: 9 }).mayDiffer, true);
  whereabouts.complete(bare.shape);
  t.equal(add({ pod: 4, namespace: 9 }).mayDiffer, false);
  t.equal(add({ pod: 4, namespace: null }).mayDiffer, false, 'less than was known');
});
