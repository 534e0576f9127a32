import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { pairsStored, tableSizes } from '../../../bench/measure/product.ts';

t.test('tells what tables and indexes take', async (t) => {
  const path = join(t.testdir(), 'a.db');
  const db = new Database(path);
  db.exec(
    'CREATE TABLE large (text TEXT); CREATE TABLE small (n INTEGER); CREATE INDEX by_text ON large (text)',
  );
  db.prepare('INSERT INTO large VALUES (?)').run('x'.repeat(100_000));
  db.close();
  const sizes = new Map(tableSizes(path).map(({ name, bytes }) => [name, bytes]));
  t.ok((sizes.get('large') ?? 0) > 100_000);
  t.ok((sizes.get('by_text') ?? 0) > 100_000);
  t.equal(sizes.get('small'), 4_096);
  t.strictSame(
    new Set([...sizes.keys()].slice(0, 2)),
    new Set(['large', 'by_text']),
    'the largest come first',
  );
});

t.test('tells how many pairs are stored', async (t) => {
  const path = join(t.testdir(), 'a.db');
  const db = new Database(path);
  db.exec(
    `CREATE TABLE counter (name TEXT, value INTEGER); INSERT INTO counter VALUES ('lines', 9), ('pairs', 4)`,
  );
  db.close();
  t.equal(pairsStored(path), 4);
});
