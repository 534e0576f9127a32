import t from 'tap';
import { NO_FILTER } from '../../src/domain/filter.ts';
import { analysisOf, at, cluster, into, out, PAGE, PASSTHROUGH, pod } from './scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const db = pod('db', '10.1.0.9', 'bb2cc', 'shop');
const DB = 'db.shop.svc.cluster.local';
const SNI = `outbound_.5432_._.${DB}`;

const pairsOf = async (...lines: Parameters<typeof analysisOf>[0]) =>
  (await analysisOf(lines).pairs(NO_FILTER, PAGE)).items.map(({ kind, mtls, remarks }) => [
    kind,
    mtls,
    ...remarks,
  ]);

t.test('a tunnel between proxies is mutual TLS although nobody names a service in it', async (t) => {
  const lines = [
    out(web, '10.96.0.10:5432', {
      time: at(1),
      duration: 50,
      cluster: cluster(5432, DB),
      host: 'envoy://connect_originate/10.1.0.9:5432',
      upstream_local_address: 'envoy://internal_client_address/',
    }),
    into(db, 5432, '10.1.0.5:50777', { time: at(1) + 2, duration: 48 }),
  ];
  t.strictSame(await pairsOf(...lines), [['tunnel', true]]);
});

t.test('a name that the client cannot have sent makes no mutual TLS', async (t) => {
  const call = (name: string, sni: string | null) => [
    out(web, '10.1.0.9:5432', { time: at(1), cluster: name, upstream_local_address: '10.1.0.5:50100' }),
    into(db, 5432, '10.1.0.5:50100', { time: at(1) + 1, requested_server_name: sni }),
  ];
  t.strictSame(await pairsOf(...call(cluster(5432, DB), SNI)), [['full', true]]);
  t.strictSame(await pairsOf(...call(cluster(5432, DB), null)), [['full', false]]);
  t.strictSame(await pairsOf(...call(PASSTHROUGH, SNI)), [['full', false, 'sni_conflict']]);
});
