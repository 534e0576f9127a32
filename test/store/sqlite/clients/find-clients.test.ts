import Database from 'better-sqlite3';
import t from 'tap';
import { createClientLog } from '../../../../src/store/sqlite/clients/client-log.ts';
import { CLIENTS_MAX, prepareFindClients } from '../../../../src/store/sqlite/clients/find-clients.ts';
import { createDictionary } from '../../../../src/store/sqlite/dictionary.ts';
import { migrate } from '../../../../src/store/sqlite/migrate.ts';
import { callsOf } from '../../../helpers/calls.ts';

const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER };

t.test('spans are those in which a client may have called', async (t) => {
  const db = new Database(':memory:');
  t.teardown(() => db.close());
  migrate(db);
  const host = createDictionary(db).idOf('10.0.0.1') ?? 0;
  const log = createClientLog(db, () => host);
  log.gather(
    callsOf([
      { second: 900, shape: 1, port: 80 },
      { second: 100, shape: 1, port: 80 },
      { second: 101, shape: 1, port: 80 },
      { second: 100, shape: 1, port: 81 },
    ]),
  );
  log.write();
  const find = prepareFindClients(db);
  const client = { ip: '10.0.0.1', port: 80 };
  t.same(find([client], EVER), [
    { from: 100, to: 102 },
    { from: 900, to: 901 },
  ]);
  t.same(find([client], { from: 101, to: 900 }), [{ from: 101, to: 102 }]);
  t.same(find([{ ...client, port: 82 }], EVER), []);
  t.same(find([{ ip: '10.9.9.9', port: 80 }], EVER), [], 'of an address that no line has');
  t.same(find([], EVER), []);
  t.same(
    find([client, { ...client, port: 81 }], EVER),
    [
      { from: 100, to: 102 },
      { from: 900, to: 901 },
    ],
    'each second once',
  );
  t.equal(find([client, { ip: '127.0.0.6', port: 80 }], EVER), null, 'nothing is taken down of loopback');
  t.equal(find(new Array(CLIENTS_MAX + 1).fill(client), EVER), null);
});
