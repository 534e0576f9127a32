import Database from 'better-sqlite3';
import t from 'tap';
import { clientHash, stretchesOf } from '../../../../src/store/sqlite/clients/client-filter.ts';
import { createClientLog } from '../../../../src/store/sqlite/clients/client-log.ts';
import { LISTED_LINES_MAX } from '../../../../src/store/sqlite/clients/gatherer.ts';
import { migrate } from '../../../../src/store/sqlite/migrate.ts';
import { callsOf } from '../../../helpers/calls.ts';

const BEGIN = 1_700_000_000;

t.test('few lines a transaction come together, and are packed when they are many', async (t) => {
  const db = new Database(':memory:');
  t.teardown(() => db.close());
  migrate(db);
  const log = createClientLog(db, (shape) => shape);
  const rows = db.prepare<[], { packed: number; lines: number; list: Buffer }>(
    'SELECT packed, lines, list FROM client_filter ORDER BY id',
  );
  const calls = Array.from({ length: LISTED_LINES_MAX + 700 }, (_, i) => ({
    second: BEGIN + Math.floor(i / 40),
    shape: 1 + (i % 9),
    port: i,
  }));
  let most = 0;
  for (let from = 0; from < calls.length; from += 7) {
    log.gather(callsOf(calls.slice(from, from + 7)));
    log.write();
    if (from % 707 !== 0) continue;
    const all = rows.all();
    most = Math.max(most, all.length);
    t.equal(
      all.reduce((sum, { lines }) => sum + lines, 0),
      Math.min(calls.length, from + 7),
    );
    t.ok(all.every(({ packed, list }) => packed === 1 || list.length <= 4_096));
  }
  t.ok(most > 20 && most < 40, `${most} rows at once`);
  const stretches = rows.all().flatMap(({ packed, list }) => stretchesOf(list, packed === 1));
  t.ok(rows.all().some(({ packed }) => packed === 1));
  t.ok(
    calls.every(({ second, shape, port }) =>
      stretches.some((s) => s.first <= second && s.last >= second && s.mayHave(clientHash(shape, port))),
    ),
    'all are found',
  );
});

t.test('many lines are packed before they are held', async (t) => {
  const db = new Database(':memory:');
  t.teardown(() => db.close());
  migrate(db);
  const log = createClientLog(db, (shape) => shape);
  const count = db.prepare('SELECT sum(lines) FROM client_filter').pluck();
  const calls = Array.from({ length: 70_000 }, (_, i) => ({ second: BEGIN + i, shape: 1, port: i % 60_000 }));
  log.gather(callsOf(calls));
  t.equal(count.get(), 70_000);
  log.write();
  t.equal(count.get(), 70_000, 'once');
  log.gather(callsOf(calls.slice(0, 10)));
  log.reset();
  log.write();
  t.equal(count.get(), 70_000, 'what was given up is not written');
  // Retention drops rows meanwhile.
  log.gather(callsOf(calls.slice(0, 10)));
  log.write();
  db.exec('DELETE FROM client_filter');
  log.gather(callsOf(calls.slice(0, 3)));
  log.write();
  t.equal(count.get(), 3);
});

t.test('after something was given up, the ids of shapes may mean others', async (t) => {
  const db = new Database(':memory:');
  t.teardown(() => db.close());
  migrate(db);
  let host = 11;
  const log = createClientLog(db, () => host);
  const call = { second: BEGIN, shape: 5, port: 40_000 };
  log.gather(callsOf([call]));
  log.reset();
  host = 12;
  log.gather(callsOf([call]));
  log.write();
  const list = db.prepare<[], Buffer>('SELECT list FROM client_filter').pluck().get() ?? Buffer.alloc(0);
  const mayHave = (host: number) => stretchesOf(list, false).some((s) => s.mayHave(clientHash(host, 40_000)));
  t.ok(mayHave(12));
  t.notOk(mayHave(11));
});
