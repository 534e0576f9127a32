import Database from 'better-sqlite3';
import t from 'tap';
import { prepareInsertMany } from '../../../src/store/sqlite/insert-many.ts';

t.test('every row is put in once, however many there are', async (t) => {
  for (const count of [0, 1, 31, 32, 33, 64, 100]) {
    const db = new Database(':memory:');
    db.exec('CREATE TABLE pair (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID');
    const rows = Array.from({ length: count }, (_, i) => [i, `text ${i}`]);
    const insert = prepareInsertMany(db, 'INSERT OR IGNORE INTO pair', 2);
    insert(rows.flat());
    insert(rows.flat());
    t.same(db.prepare('SELECT * FROM pair ORDER BY a').raw().all(), rows, `${count} rows`);
    db.close();
  }
});
