import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { pairingRules } from '../../../../src/analysis/pairing/rules.ts';
import { columnsOf } from '../../../../src/domain/line-columns.ts';
import { countLostClients } from '../../../../src/store/sqlite/clients/check-clients.ts';
import { prepareFillClients } from '../../../../src/store/sqlite/clients/fill-clients.ts';
import { checkFile } from '../../../../src/store/sqlite/files.ts';
import { migrate, newestVersion } from '../../../../src/store/sqlite/migrate.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite-store.ts';
import { makeLine } from '../../../helpers/lines.ts';
import { makeTrip, WAYS } from '../../../helpers/ways.ts';

const START = Date.UTC(2024, 2, 5, 10);
const PAIRS = 20_000;

/** A database with lines of all kinds, and with more rows than one step of a migration takes. */
async function store(path: string): Promise<void> {
  const sqlite = openSqliteStore({ path, mode: 'write', rules: pairingRules });
  const trips = Array.from({ length: PAIRS / WAYS.length }, (_, again) =>
    WAYS.flatMap((way, index) =>
      makeTrip({
        way,
        start: START + again * 3_000 + index * 300,
        duration: 1_500,
        port: 20_000 + ((3 * again) % 40_000) + 10 * index,
        gap: 2 + (again % 900),
        bytes: again,
      }),
    ),
  );
  const odd = [
    makeLine('web-0', { start_time: START, downstream_remote_address: '127.0.0.1:40000' }),
    makeLine('web-0', { start_time: START + 1, downstream_remote_address: '[2001:db8::1]:40000' }),
    makeLine('web-0', { start_time: START + 2, downstream_remote_address: 'somebody' }),
    makeLine('web-0', { start_time: START + 3 }),
  ];
  // So few at a time that none of them is put into a segment, which a database that old has not.
  const some = Math.floor(400 / WAYS.length);
  for (let from = 0; from < trips.length; from += some)
    await sqlite.append(columnsOf(trips.slice(from, from + some).flat()), []);
  await sqlite.append(columnsOf(odd), []);
  await sqlite.close();
}

/** As a database was before there was the table. */
function makeOlder(db: Database.Database): void {
  db.exec('DROP TABLE client_filter; DROP TABLE segment; DROP TABLE segment_gone');
  db.exec('DELETE FROM migration WHERE version > 3');
  db.pragma('user_version = 3');
}

const lines = (db: Database.Database): unknown =>
  db.prepare('SELECT sum(lines) FROM client_filter').pluck().get();
const notes = (db: Database.Database): unknown =>
  db.prepare("SELECT count(*) FROM counter WHERE name LIKE 'migration%'").pluck().get();

t.test('what was written knows who called; what was lost is told', async (t) => {
  const path = join(t.testdir({}), 'm.db');
  await store(path);
  const db = new Database(path);
  t.teardown(() => db.close());
  t.equal(countLostClients(db), 0);
  t.same(checkFile(path).problems, []);
  const kept = lines(db);
  const fill = prepareFillClients(db, 1_000);
  db.exec('DELETE FROM client_filter');
  t.ok(countLostClients(db) > 2 * PAIRS, 'all of them');
  let steps = 0;
  for (let at = fill(-1); at !== null; at = fill(at)) steps++;
  t.ok(steps > 15, `${steps} steps`);
  t.equal(countLostClients(db), 0);
  t.equal(lines(db), kept, 'from rows as from lines');
  db.exec('DELETE FROM client_filter WHERE id = (SELECT max(id) FROM client_filter)');
  t.match(checkFile(path).problems, [/lines that are not found by their client: \d+ against 0/]);
});

t.test('a migration that is interrupted goes on where it was, and begins anew when lines came', async (t) => {
  const path = join(t.testdir({}), 'm.db');
  await store(path);
  const db = new Database(path);
  t.teardown(() => db.close());
  const kept = lines(db);
  const interrupt = (): void => {
    // Of the second step nothing is left.
    db.exec(`CREATE TRIGGER no_second BEFORE INSERT ON client_filter WHEN (SELECT count(*) FROM client_filter) > 0
      BEGIN SELECT RAISE(ABORT, 'interrupted'); END`);
  };
  makeOlder(db);
  db.exec(
    (await import('node:fs')).readFileSync(
      new URL('../../../../migrations/sqlite/0004_client_filter.sql', import.meta.url),
      'utf8',
    ),
  );
  const version = db.prepare("SELECT value FROM counter WHERE name = 'version'").pluck().get();
  db.prepare('INSERT INTO counter VALUES (?, ?), (?, ?)').run(
    ...['migration 4 of version', version, 'migration 4 at row', -1],
  );
  interrupt();
  t.throws(() => migrate(db), /interrupted/);
  t.equal(db.pragma('user_version', { simple: true }), 3);
  const begun = lines(db) as number;
  t.ok(begun > 0 && begun < (kept as number), `${begun} of ${kept}`);
  db.exec('DROP TRIGGER no_second');
  const first = db.prepare('SELECT min(id), list FROM client_filter').raw().get();
  t.same(migrate(db), { from: 3, to: newestVersion() });
  t.same(db.prepare('SELECT min(id), list FROM client_filter').raw().get(), first, 'it went on');
  t.equal(lines(db), kept);
  t.equal(notes(db), 0);
  t.equal(countLostClients(db), 0);

  makeOlder(db);
  // An earlier program wrote in between.
  db.exec('CREATE TABLE client_filter (other TEXT)');
  db.prepare('INSERT INTO counter VALUES (?, ?), (?, ?)').run(
    ...['migration 4 of version', 0, 'migration 4 at row', 2 ** 52],
  );
  migrate(db);
  t.equal(lines(db), kept);
  t.equal(notes(db), 0);
  t.equal(countLostClients(db), 0);
});
