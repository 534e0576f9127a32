import t from 'tap';
import { at, cluster, incidentsOf, matchEach, out, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const call = (minute: number, flags: string[]) =>
  out(web, '203.0.113.5:5432', {
    time: at(minute),
    cluster: cluster(5432, 'db.example'),
    duration: flags.length > 0 ? 600_000 : 100,
    upstream_local_address: '10.1.0.5:33000',
    response_flags: flags,
  });

t.test('connections that are cut when their time is up are a remark', async (t) => {
  const lines = [call(1, []), ...[2, 3, 4].map((minute) => call(minute, ['DT']))];
  const incidents = await incidentsOf(lines);
  matchEach(t, incidents, [
    { diagnosis: 'max_connection_duration', severity: 'info', port: 5432, connections: 3, failures: 0 },
  ]);
  t.match(incidents[0]?.evidence[0], /3 of 4 connections ended with the flag DT, after up to 10m0s/);
});

t.test('few, or few among many, are not worth one', async (t) => {
  t.strictSame(await incidentsOf([call(1, ['DT']), call(2, ['DT'])]), []);
  const many = Array.from({ length: 30 }, (_, i) => call(10 + i, []));
  t.strictSame(await incidentsOf([...[1, 2, 3].map((minute) => call(minute, ['DT'])), ...many]), []);
});
