/** The log is taken into the file by another connection than the one that writes. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { openCheckpoints } from '../../../src/store/sqlite/checkpoints.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';

const ROW = 'x'.repeat(4_000);

function openBoth(folder: string) {
  const path = join(folder, 'a.db');
  const { db, close } = openDatabase({ path, mode: 'write' });
  // Only what is tested takes anything into the file.
  db.pragma('wal_autocheckpoint = 0');
  db.exec('CREATE TABLE big (text TEXT)');
  const add = db.prepare('INSERT INTO big VALUES (?)');
  const write = db.transaction((rows: number) => {
    for (let row = 0; row < rows; row++) add.run(ROW);
  });
  const rowsIn = (file: string): number => {
    const reader = new Database(file, { readonly: true });
    const rows = reader.prepare<[], number>('SELECT count(*) FROM big').pluck().get() ?? 0;
    reader.close();
    return rows;
  };
  return { path, db, close, write, rowsIn };
}

t.test('what was committed is taken into the file when it is much, and not before', async (t) => {
  const { path, db, close, write } = openBoth(t.testdir());
  const checkpoints = openCheckpoints(path, 100);
  write(20);
  const small = statSync(path).size;
  t.equal(checkpoints.take(), false);
  t.equal(statSync(path).size, small);
  write(400);
  t.equal(checkpoints.take(), true);
  t.ok(statSync(path).size > small + 400 * ROW.length);
  t.match(db.pragma('wal_checkpoint(NOOP)'), [{ log: /\d+/, checkpointed: /\d+/ }]);
  t.equal(checkpoints.take(), false, 'all of it is there');
  checkpoints.close();
  close();
});

t.test('a transaction that is under way goes on, and is not in the file', async (t) => {
  const { path, db, close, write, rowsIn } = openBoth(t.testdir());
  const checkpoints = openCheckpoints(path, 10);
  write(100);
  db.exec('BEGIN');
  const add = db.prepare('INSERT INTO big VALUES (?)');
  for (let row = 0; row < 10_000; row++) add.run(ROW);
  t.equal(checkpoints.take(), true);
  t.equal(rowsIn(path), 100);
  for (let row = 0; row < 10; row++) add.run(ROW);
  db.exec('COMMIT');
  t.equal(rowsIn(path), 10_110);
  checkpoints.close();
  close();
  t.equal(rowsIn(path), 10_110);
});

t.test('while somebody reads, or takes the log in himself, nothing is lost', async (t) => {
  const { path, close, write, rowsIn } = openBoth(t.testdir());
  const checkpoints = openCheckpoints(path, 1);
  write(300);
  const reader = new Database(path, { readonly: true });
  reader.exec('BEGIN');
  t.equal(reader.prepare('SELECT count(*) FROM big').pluck().get(), 300);
  write(300);
  checkpoints.take();
  t.equal(reader.prepare('SELECT count(*) FROM big').pluck().get(), 300);
  reader.exec('COMMIT');
  t.equal(reader.prepare('SELECT count(*) FROM big').pluck().get(), 600);
  reader.close();
  checkpoints.close();
  close();
  t.equal(rowsIn(path), 600);
});

t.test('a file that is not there is no database to take anything into', async (t) => {
  t.throws(() => openCheckpoints(join(t.testdir(), 'none.db')));
});
