import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bytesOnDisk, removeDatabase } from '../../../bench/measure/disk.ts';

t.test('a database is its file with its journals, or its folder', async (t) => {
  const dir = t.testdir({
    'a.db': '12345',
    'a.db-wal': '67',
    'b.db': { part: { 'x.bin': '123' } },
    other: '1',
  });
  t.equal(bytesOnDisk(join(dir, 'a.db')), 7);
  t.equal(bytesOnDisk(join(dir, 'b.db')), 3);
  t.equal(bytesOnDisk(join(dir, 'none.db')), 0);
  t.equal(bytesOnDisk(join(dir, 'none', 'a.db')), 0);
  removeDatabase(join(dir, 'a.db'));
  removeDatabase(join(dir, 'b.db'));
  t.strictSame(
    ['a.db', 'a.db-wal', 'b.db', 'other'].filter((name) => existsSync(join(dir, name))),
    ['other'],
  );
});
