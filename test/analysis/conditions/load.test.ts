import t from 'tap';
import type { ParsedLine } from '../../../src/domain/entry.ts';
import { at, cluster, incidentsOf, matchEach, out, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const HOSTS = ['10.1.0.7:5432', '10.1.0.8:5432', '10.1.0.9:5432'];
const NAMED = cluster(5432, 'db.data.svc.cluster.local');

/** So many connections to each host, evenly over an hour; `rest` of each host. */
function hour(
  index: number,
  counts: readonly number[],
  rest: (host: number) => object = () => ({}),
): ParsedLine[] {
  return counts.flatMap((amount, host) =>
    Array.from({ length: amount }, (_, i) =>
      out(web, '10.96.0.10:5432', {
        time: at(60 * index) + Math.floor(((i + 0.5) * 3_500_000) / amount),
        cluster: NAMED,
        host: HOSTS[host] ?? null,
        ...rest(host),
      }),
    ),
  );
}

t.test('hosts that get far more than others are told, by the hour', async (t) => {
  const incidents = await incidentsOf([...hour(0, [60, 60, 60]), ...hour(1, [150, 20, 20])]);
  matchEach(t, incidents, [
    { diagnosis: 'load_imbalance', severity: 'info', connections: 190, upstream_cluster: NAMED },
  ]);
  t.match(
    incidents[0]?.evidence.join(' '),
    /2024-05-01T11:00:00.000Z on 10\.1\.0\.7:5432 got 150 connections and 10\.1\.0\.\d:5432 20, of 3 .* 1 hour of 2/,
  );
});

t.test('small differences, few connections and hosts that come or go are none', async (t) => {
  const none = async (lines: readonly ParsedLine[], what: string) =>
    t.strictSame(await incidentsOf(lines), [], what);
  await none(hour(0, [80, 60, 50]), 'small');
  await none(hour(0, [90, 15, 15]), 'few');
  const late = hour(0, [100, 100]).concat(
    Array.from({ length: 5 }, (_, i) =>
      out(web, '10.96.0.10:5432', { time: at(50 + i), cluster: NAMED, host: HOSTS[2] ?? null }),
    ),
  );
  await none(late, 'a host that came late');
});

t.test('a host with most of the bytes and its share of connections is hot', async (t) => {
  const heavy = (host: number) => ({ bytes_sent: host === 1 ? 90_000 : 1_000 });
  const lines = [0, 1, 2].flatMap((index) => hour(index, [60, 60, 60], heavy));
  const incidents = await incidentsOf(lines);
  matchEach(t, incidents, [{ diagnosis: 'hot_endpoint', severity: 'info', connections: 180 }]);
  t.match(incidents[0]?.evidence[0], /In 3 hours of 3 10\.1\.0\.8:5432 had more than half/);
  t.strictSame(await incidentsOf(lines.slice(0, 360)), [], 'not of two hours');
});
