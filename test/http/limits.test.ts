// Promises: A14, D15, L1, L6, L9, L12 (docs/reliability.md).
/** Bounds that hold whatever is sent, each with what happens past it. Others stand beside what they bound; docs/reliability.md lists all. */
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import {
  CONNECTIONS_MAX,
  HEADER_BYTES_MAX,
  IDLE_MS_MAX,
  LINE_BYTES_MAX,
  REJECT_TEXT_MAX,
  REQUESTS_PER_CONNECTION_MAX,
  SILENT_MS_MAX,
} from '../../src/domain/limits.ts';
import { TIMEOUTS } from '../../src/http/deps.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { waitForLock } from '../../src/store/sqlite/wait-for-lock.ts';
import { createApp } from '../helpers/app.ts';
import { rejectsOf } from '../helpers/app-lines.ts';

t.test('one line that cannot be stored stops none of the others', async (t) => {
  const { app } = await createApp(t);
  const good = (at: number) =>
    `[2024-03-05T09:00:${String(at % 60).padStart(2, '0')}.${String(at).padStart(3, '0')}Z] "- - -" 0 - - - "-" ${at} 2 3 - "-" "-" "-" "-" "10.40.2.8:6379" outbound|6379||c.shop 10.40.1.5:${20_000 + at} 10.96.14.20:6379 10.40.1.5:3 - default`;
  const bad: [line: string, reason: string][] = [
    [good(1).replace('2024', '9999'), 'out_of_range'],
    [good(2).replace(' 2 3 -', ' 18446744073709551615 3 -'), 'bad_number'],
    [good(3).replace('default', 'x'.repeat(10 * 1024 * 1024)), 'line_too_long'],
    ['{"start_time":"yesterday","bytes_sent":1}', 'unknown_format'],
  ];
  for (const [line, reason] of bad) {
    const lines = Array.from({ length: 999 }, (_, at) => good(at));
    lines.splice(500, 0, line);
    const response = await app.inject({
      method: 'POST',
      url: `/api/v1/ingest?pod=${reason.replace('_', '-')}`,
      headers: { 'content-type': 'text/plain' },
      payload: `${lines.join('\n')}\n`,
    });
    t.match(
      response.json(),
      { received: 1_000, accepted: 999, rejected: 1, rejects: [{ line: 501, reason }] },
      reason,
    );
    t.ok(response.json().rejects[0].text.length <= REJECT_TEXT_MAX, 'of which a beginning is kept');
  }
  t.equal((await rejectsOf(app)).length, bad.length);
  t.ok(LINE_BYTES_MAX < 10 * 1024 * 1024);
});

t.test('further connections are closed, and those there are go on', async (t) => {
  const { app } = await createApp(t);
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.equal(app.server.maxConnections, CONNECTIONS_MAX);
  // As many as that would be as many descriptors.
  app.server.maxConnections = 3;
  const { port } = app.server.address() as AddressInfo;
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const first = [await open(), await open(), await open()];
  const further = await open();
  await once(further, 'close');
  const [kept] = first;
  kept?.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [answer] = kept === undefined ? [] : await once(kept, 'data');
  t.match(String(answer), /^HTTP\/1\.1 200 /);
  for (const socket of first) socket.destroy();
});

t.test('limits are set inside `http` itself, all of them', async (t) => {
  const { app } = await createApp(t);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { headersTimeout, requestTimeout, timeout, keepAliveTimeout, maxRequestsPerSocket, maxConnections } =
    app.server;
  t.strictSame(
    { headersTimeout, requestTimeout, timeout, keepAliveTimeout, maxRequestsPerSocket, maxConnections },
    {
      headersTimeout: TIMEOUTS.headers,
      requestTimeout: TIMEOUTS.request,
      timeout: SILENT_MS_MAX,
      keepAliveTimeout: IDLE_MS_MAX,
      maxRequestsPerSocket: REQUESTS_PER_CONNECTION_MAX,
      maxConnections: CONNECTIONS_MAX,
    },
  );
  // Options that the types do not know of.
  t.match(app.server, { connectionsCheckingInterval: TIMEOUTS.check, maxHeaderSize: HEADER_BYTES_MAX });
});

t.test('connections to the database are opened with care', async (t) => {
  const path = join(t.testdir({}), 'm.db');
  const { db, close } = openDatabase({ path, mode: 'write' });
  const pragma = (name: string) => db.pragma(name, { simple: true });
  t.equal(pragma('synchronous'), 2);
  t.equal(pragma('trusted_schema'), 0);
  t.equal(pragma('cell_size_check'), 1);
  t.equal(pragma('busy_timeout'), 0, 'nobody is held up within SQLite');
  t.equal(pragma('journal_size_limit'), 64 * 1024 * 1024);
  db.pragma('writable_schema = ON');
  t.throws(() => db.exec("UPDATE sqlite_schema SET sql = ''"), /may not be modified/, 'defensive');
  const reader = openDatabase({ path, mode: 'read' });
  t.equal(reader.db.pragma('query_only', { simple: true }), 1);
  t.ok(Number(reader.db.pragma('mmap_size', { simple: true }) ?? 0) === 0);
  reader.close();
  close();
});

t.test('a lock is waited for so long and no longer', async (t) => {
  const busy = new Database.SqliteError('database is locked', 'SQLITE_BUSY');
  let tries = 0;
  const work = () => {
    tries++;
    if (tries < 3) throw busy;
    return 'done';
  };
  t.equal(await waitForLock(work), 'done');
  await t.rejects(
    waitForLock(() => {
      throw busy;
    }, 30),
    { code: 'SQLITE_BUSY' },
  );
  await t.rejects(
    waitForLock(() => {
      throw new Error('other');
    }),
    { message: 'other' },
  );
});
