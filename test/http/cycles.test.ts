/** Nothing is left behind by servers that stopped, and by requests that were given up. (B9) */
import { readdirSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { openRuntimeApart } from '../../src/compose/apart.ts';
import { openRuntime } from '../../src/compose/local.ts';
import { createReportOffice } from '../../src/compose/reports.ts';
import { buildServer } from '../../src/compose/server.ts';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import { NO_PLAN } from '../../src/domain/report-plan.ts';
import { createApp } from '../helpers/app.ts';
import { until } from '../helpers/cli.ts';
import { INCIDENT_TEXT } from '../helpers/incident-lines.ts';

const LONG = process.env.LONG_TESTS !== undefined;
const CYCLES = LONG ? 1_000 : 25;
const ABORTED = LONG ? 10_000 : 400;
/** Some are opened once and kept: by the first that need them. */
const WARM = 5;

const FDS = '/proc/self/fd';
const NO_PROC = process.platform === 'linux' ? false : 'descriptors are counted under /proc';

interface Held {
  readonly fds: number;
  /** Timers, sockets, servers. */
  readonly resources: number;
  /** MiB of memory that is in use. */
  readonly mib: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const held = (): Held => {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    fds: readdirSync(FDS).length,
    resources: process.getActiveResourcesInfo().length,
    mib: Math.round((heapUsed + arrayBuffers) / (1024 * 1024)),
  };
};

/** One server holds some 30 MiB while it runs. */
const MIB_MORE = 60;

t.test('servers that start and stop', { skip: NO_PROC }, async (t) => {
  const folder = t.testdir({});
  const once = async (number: number): Promise<void> => {
    const db = join(folder, `${number % 3}.db`);
    const runtime = await (number % 10 === 0
      ? openRuntimeApart({ db })
      : openRuntime({ db, mode: 'write', now: Date.now }));
    const office = createReportOffice(runtime, NO_PLAN, { now: Date.now, tell: () => {} });
    await office.start();
    const server = await buildServer(runtime, {
      version: '0',
      now: Date.now,
      tokens: null,
      loopback: true,
      log: process.stderr,
      office,
    });
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    const headers = { 'content-type': 'text/plain', connection: 'close' };
    await (await fetch(`${url}/api/v1/ingest`, { method: 'POST', headers, body: INCIDENT_TEXT })).text();
    await (await fetch(`${url}/api/v1/incidents`, { headers: { connection: 'close' } })).text();
    await office.stop();
    await server.stop();
    await runtime.close();
  };
  for (let number = 0; number < WARM; number++) await once(number);
  const before = held();
  for (let number = WARM; number < CYCLES; number++) await once(number);
  const after = await until('sockets are closed', async () => {
    const now = held();
    const isAll = now.fds <= before.fds + 4 && now.resources <= before.resources + 4;
    return isAll && now.mib <= before.mib + MIB_MORE ? now : null;
  });
  t.comment(JSON.stringify({ cycles: CYCLES, before, after }));
});

t.test('requests that are given up in the middle', { skip: NO_PROC }, async (t) => {
  const { app, runtime } = await createApp(t, { lines: INCIDENT_TEXT });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const heads = [
    'POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nhalf',
    'POST /loki/api/v1/push HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    'GET /api/v1/connections?format=ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'GET /api/v1/inc',
  ];
  const giveUp = (head: string): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {}).on('close', () => resolve());
      socket.write(head, () => setImmediate(() => socket.destroy()));
    });
  const some = async (count: number): Promise<void> => {
    for (let at = 0; at < count; at += 20)
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => giveUp(heads[(at + index) % heads.length] ?? '')),
      );
  };
  const settled = (): Promise<true> =>
    until('nothing is under way', async () =>
      app.server.listening && (await connections()) === 0 ? true : null,
    );
  const connections = (): Promise<number> =>
    new Promise((resolve, reject) =>
      app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  await some(40);
  await settled();
  const before = held();
  await some(ABORTED);
  await settled();
  await until('all is given back', async () => {
    const now = held();
    const isAll = now.fds <= before.fds + 4 && now.resources <= before.resources + 8;
    return isAll && now.mib <= before.mib + MIB_MORE ? now : null;
  });
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/ingest',
    headers: { 'content-type': 'text/plain' },
    payload: INCIDENT_TEXT,
  });
  t.match(answer.json(), { received: 7, duplicates: 6 }, 'and a whole one is taken as ever');
  const ingest = runtime.newIngest({ format: null, identity: NO_IDENTITY });
  t.match(await ingest.end(), { received: 0 });
  t.comment(JSON.stringify({ aborted: ABORTED, before, after: held() }));
});
