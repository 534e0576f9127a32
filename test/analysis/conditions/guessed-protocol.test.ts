import t from 'tap';
import { at, cluster, incidentsOf, matchEach, out, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const api = pod('api', '10.1.0.6', 'zz2zz', 'shop');
const HOST = 'orders.shop.svc.cluster.local';
const SIDES = { cluster: cluster(8080, HOST), host: '10.1.0.9:8080' };
const tcp = (from: typeof web, minute: number, rest = {}) =>
  out(from, '10.96.0.10:8080', { time: at(minute), ...SIDES, ...rest });
const http = (from: typeof web, minute: number) =>
  tcp(from, minute, { method: 'GET', path: '/', protocol: 'HTTP/1.1', response_code: 200 });

t.test('a port that is HTTP and TCP in turn has no declared protocol', async (t) => {
  const lines = [1, 3, 5, 7].map((minute) => http(web, minute)).concat([2, 4, 6].map((m) => tcp(web, m)));
  matchEach(t, await incidentsOf(lines), [
    {
      diagnosis: 'undeclared_port_name',
      severity: 'info',
      title: `Port 8080 of ${HOST} is HTTP on some connections of web and TCP on others`,
      connections: 3,
    },
  ]);
});

t.test('others have', async (t) => {
  const none = async (lines: Parameters<typeof incidentsOf>[0], what: string) =>
    t.strictSame(await incidentsOf(lines), [], what);
  const requests = [1, 3, 5, 7].map((minute) => http(web, minute));
  await none([...requests, ...[8, 9, 10].map((m) => tcp(web, m))], 'changed once');
  await none([...requests, ...[2, 4, 6].map((m) => tcp(api, m))], 'of two proxies');
  await none([...requests, ...[2, 4].map((m) => tcp(web, m))], 'few');
  const tls = [2, 4, 6].map((m) => tcp(web, m, { requested_server_name: 'orders.example' }));
  await none([...requests, ...tls], 'TLS of the client');
});

const mysql = (minute: number, rest = {}, port = 3306) =>
  out(web, `10.96.0.20:${port}`, {
    time: at(minute),
    cluster: cluster(port, 'db.data.svc.cluster.local'),
    host: `10.1.0.9:${port}`,
    duration: 10_000 + minute,
    bytes_received: 0,
    bytes_sent: 0,
    ...rest,
  });

t.test('a server that speaks first and is never heard', async (t) => {
  const incidents = await incidentsOf([1, 2, 3, 4].map((minute) => mysql(minute)));
  matchEach(t, incidents, [{ diagnosis: 'server_first', severity: 'medium', connections: 4, port: 3306 }]);
  t.match(incidents[0]?.evidence[0], /^4 of 4 connections carried nothing either way and all lasted 10\.0s/);
});

t.test('is not meant where something is said, or the waits differ, or the client speaks first', async (t) => {
  const none = async (lines: Parameters<typeof incidentsOf>[0], what: string) =>
    t.strictSame(await incidentsOf(lines), [], what);
  await none(
    [1, 2, 3, 4].map((minute) => mysql(minute, { bytes_sent: 80 })),
    'said',
  );
  await none(
    [1, 2, 3, 4].map((minute) => mysql(minute, { duration: 2_000 * minute })),
    'differ',
  );
  await none(
    [1, 2, 3, 4].map((minute) => mysql(minute, {}, 5432)),
    'client first',
  );
  await none(
    [1, 2, 3].map((minute) => mysql(minute, { duration: 40 })),
    'short',
  );
  const heard = [5, 6, 7, 8].map((minute) => mysql(minute, { bytes_sent: 80 }));
  await none([...[1, 2, 3].map((minute) => mysql(minute)), ...heard], 'most are heard');
});
