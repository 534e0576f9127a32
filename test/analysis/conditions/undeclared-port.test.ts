import t from 'tap';
import { at, incidentsOf, into, matchEach, pod } from '../scenes.ts';

const db = pod('db', '10.1.0.9', 'bb2cc', 'data');
const twin = pod('db', '10.1.0.19', 'dd4ff', 'data');
const named = (minute: number, server = db) => into(server, 5432, '10.1.9.9:1', { time: at(minute) });
const unnamed = (minute: number, name = 'InboundPassthroughCluster') =>
  into(db, 5432, '10.1.9.9:1', { time: at(minute), upstream_cluster: name });

t.test('a port whose declaration is gone is told, under all spellings of the cluster', async (t) => {
  for (const name of ['InboundPassthroughCluster', 'InboundPassthroughClusterIpv4']) {
    const incidents = await incidentsOf([named(1), named(2), unnamed(10, name), unnamed(11, name)]);
    matchEach(t, incidents, [
      {
        diagnosis: 'traffic_to_undeclared_port',
        severity: 'info',
        port: 5432,
        onset: { after: '2024-05-01T10:02:00.000Z', before: '2024-05-01T10:10:00.000Z' },
        destinations: [{ pod: db.name }],
        connections: 2,
      },
    ]);
  }
});

t.test('what never was declared is no finding, nor is a roll-out on its way, nor one line', async (t) => {
  t.strictSame(await incidentsOf([unnamed(1), unnamed(2), unnamed(3)]), [], 'never');
  t.strictSame(await incidentsOf([unnamed(1), unnamed(2), named(10)]), [], 'declared since');
  t.strictSame(await incidentsOf([named(1), unnamed(10), unnamed(11), named(12, twin)]), [], 'on its way');
  t.strictSame(await incidentsOf([named(1), unnamed(10)]), [], 'one line');
});
