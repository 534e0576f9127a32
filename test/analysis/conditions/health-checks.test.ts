import t from 'tap';
import { at, incidentsOf, into, matchEach, out, pod } from '../scenes.ts';

const db = pod('db', '10.1.0.9', 'bb2cc', 'data');
const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const NOTHING = { duration: 3, bytes_received: 0, bytes_sent: 0 };
const check = (seconds: number, from = '192.168.0.7', rest = {}) =>
  into(db, 5432, `${from}:${40_000 + Math.round(seconds)}`, { time: at(seconds / 60), ...NOTHING, ...rest });
const every = (interval: number, count: number) => Array.from({ length: count }, (_, i) => i * interval);

t.test('connections by the clock without a byte are health checks, told once for a workload', async (t) => {
  const other = pod('db', '10.1.0.10', 'cc2cc', 'data');
  const elsewhere = every(10, 30).map((seconds) =>
    into(other, 5432, `192.168.0.8:${40_000 + seconds}`, { time: at(seconds / 60), ...NOTHING }),
  );
  const incidents = await incidentsOf([...every(10, 30).map((seconds) => check(seconds)), ...elsewhere]);
  matchEach(t, incidents, [
    { diagnosis: 'zero_byte_connections', severity: 'info', connections: 60, failures: 0, port: 5432 },
  ]);
  t.match(
    incidents[0]?.evidence[0],
    /^60 connections of 192\.168\.0\.7 and 192\.168\.0\.8 .* one every 10\.0s/,
  );
  t.match(incidents[0]?.title, /^db \(10\.1\.0\.10:5432\) and db \(10\.1\.0\.9:5432\) are checked by /);
});

t.test('some that are missing or late do not hide them', async (t) => {
  const seconds = every(10, 30).filter((_, i) => i !== 7 && i !== 20);
  matchEach(t, await incidentsOf(seconds.map((s, i) => check(s + (i % 3) * 0.3))), [
    { diagnosis: 'zero_byte_connections' },
  ]);
});

t.test('others are none', async (t) => {
  const none = async (lines: Parameters<typeof incidentsOf>[0], what: string) =>
    t.strictSame(await incidentsOf(lines), [], what);
  await none(
    every(10, 9).map((seconds) => check(seconds)),
    'few',
  );
  await none(
    [1, 2, 9, 11, 30, 31, 33, 60, 61, 62, 90, 140].map((seconds) => check(seconds)),
    'by no clock',
  );
  await none(
    every(10, 30).map((s) => check(s, '192.168.0.7', { bytes_sent: 1 })),
    'with bytes',
  );
  await none(
    every(10, 30).map((s) => check(s, '192.168.0.7', { duration: 200 })),
    'longer ones',
  );
  const known = out(web, '10.96.0.1:80', { time: at(0), cluster: 'PassthroughCluster' });
  await none([known, ...every(10, 30).map((seconds) => check(seconds, web.ip))], 'of a pod');
});
