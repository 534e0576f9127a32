import t from 'tap';
import { at, cluster, incidentsOf, matchEach, out, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const HOUR = 3_600_000;
/** One connection in each hour, or all in one. */
const lasting = (durations: readonly number[], apart: number) =>
  durations.map((duration, i) =>
    out(web, '203.0.113.5:5432', { time: at(i * apart), cluster: cluster(5432, 'db.example'), duration }),
  );

t.test('connections that last exactly an hour were never used', async (t) => {
  const told = [{ diagnosis: 'idle_timeout', severity: 'info', port: 5432 }];
  const some = [HOUR, HOUR + 1, HOUR + 3, HOUR, HOUR + 2];
  const incidents = await incidentsOf(lasting([...some, 90_000, 4 * HOUR], 60));
  matchEach(t, incidents, told);
  t.match(incidents[0]?.evidence[0], /At least 5 connections ended between 1 h and 1 h and 1 s/);
  matchEach(t, await incidentsOf(lasting(some, 1)), told);
});

t.test('four, or lives of many lengths, are no limit', async (t) => {
  t.strictSame(await incidentsOf(lasting([HOUR, HOUR + 1, HOUR + 3, HOUR, 90_000], 60)), []);
  const many = [1, 2, 3, 4, 5, 6].map((i) => HOUR + i * 70_000);
  t.strictSame(await incidentsOf(lasting(many, 60)), []);
});
