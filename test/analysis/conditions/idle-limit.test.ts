import t from 'tap';
import { at, cluster, incidentsOf, matchEach, out, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const lasting = (durations: readonly number[]) =>
  durations.map((duration, i) =>
    out(web, '203.0.113.5:5432', { time: at(i), cluster: cluster(5432, 'db.example'), duration }),
  );
const HOUR = 3_600_000;

t.test('connections that last exactly an hour were never used', async (t) => {
  const incidents = await incidentsOf(lasting([HOUR, HOUR + 1, HOUR + 3, HOUR, HOUR + 2, 90_000, 4 * HOUR]));
  matchEach(t, incidents, [{ diagnosis: 'idle_timeout', severity: 'info', port: 5432 }]);
  t.match(incidents[0]?.evidence[0], /5 connections of the newest 7 ended between 1 h and 1 h and 1 s/);
});

t.test('four, or lives of many lengths, are no limit', async (t) => {
  t.strictSame(await incidentsOf(lasting([HOUR, HOUR + 1, HOUR + 3, HOUR, 90_000])), []);
  t.strictSame(await incidentsOf(lasting([1, 2, 3, 4, 5, 6].map((i) => HOUR + i * 70_000))), []);
});
