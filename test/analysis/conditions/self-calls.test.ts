import t from 'tap';
import { at, cluster, incidentsOf, matchEach, out, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
/** Calls to the own service, shared among the hosts in turn, and those that go to the pod itself. */
const calls = (hosts: readonly string[], count: number) =>
  Array.from({ length: count }, (_, i) =>
    out(web, '10.96.0.10:5701', {
      time: at(i % 59),
      cluster: cluster(5701, 'web.shop.svc.cluster.local'),
      host: `${hosts[i % hosts.length]}:5701`,
    }),
  );
const OTHERS = ['10.1.0.15', '10.1.0.25', '10.1.0.35', '10.1.0.45'];

t.test('a pod that mostly gets itself is told', async (t) => {
  const incidents = await incidentsOf([...calls(['10.1.0.5'], 60), ...calls(OTHERS, 8)]);
  matchEach(t, incidents, [{ diagnosis: 'self_call', severity: 'info', port: 5701, connections: 60 }]);
  t.match(incidents[0]?.evidence[0], /60 of 68 connections .* would be 14/);
});

t.test('an even choice, a single host and few calls are no reason to', async (t) => {
  t.strictSame(await incidentsOf(calls(['10.1.0.5', ...OTHERS], 150)), [], 'even');
  t.strictSame(await incidentsOf(calls(['10.1.0.5'], 60)), [], 'one host');
  t.strictSame(await incidentsOf([...calls(['10.1.0.5'], 19), ...calls(OTHERS, 4)]), [], 'few');
});
