/** What stands, whether or not anything happened: ports at risk, mutual TLS, what is not registered. */
import t from 'tap';
import { parse } from 'yaml';
import type { ParsedLine } from '../../../src/domain/entry.ts';
import type { Report } from '../../../src/domain/report.ts';
import { analysisOf, at, cluster, into, out, owned, PASSTHROUGH, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.1', 'bb2cc', 'shop');
const api = pod('api', '10.1.0.3', 'bb2cc', 'shop');
const db = pod('db', '10.1.0.2', 'dd4bb', 'data');
const DB = '10.1.0.2:5701';

function report(lines: readonly ParsedLine[]): Promise<Report> {
  return analysisOf(lines).report({ since: at(0), until: at(60), filters: {}, compareSince: null });
}

const pass = (from: typeof web, to: string, minute: number, more: object = {}) =>
  out(from, to, { time: at(minute), cluster: PASSTHROUGH, ...more });

t.test('the radar shows ports by who depends on them, those within the mesh first', async (t) => {
  const { collision_radar: radar } = await report([
    owned(db, 5701, 'db.data.svc.cluster.local', at(0)),
    ...[1, 2, 3].map((minute) => pass(web, '203.0.113.9:443', minute)),
    pass(api, '203.0.113.9:443', 4),
    pass(web, DB, 5),
    out(api, DB, {
      time: at(6),
      cluster: cluster(5701, 'taker.far.svc.cluster.local'),
      host: '10.9.0.9:5701',
    }),
    // Taken by name, though it gets where it was dialled.
    out(api, DB, { time: at(6), cluster: cluster(5701, 'other.far.svc.cluster.local') }),
    pass(web, DB, 9, { response_flags: ['UF'] }),
    out(api, '10.96.0.9:443', {
      time: at(7),
      cluster: cluster(443, 'pay.shop.svc.cluster.local'),
      host: '10.1.0.8:8443',
    }),
    out(web, '10.96.0.7:80', {
      time: at(8),
      cluster: cluster(80, 'shop.shop.svc.cluster.local'),
      host: '10.1.0.8:80',
    }),
  ]);
  t.match(radar, { connections: 6, ports_total: 2 });
  t.match(radar.ports, [
    {
      port: 5701,
      connections: 2,
      failures: 1,
      destinations: [{ destination: 'db', in_mesh: true }],
      callers: [{ workload: 'web', namespace: 'shop', connections: 2 }],
      captured_by: ['other.far.svc.cluster.local', 'taker.far.svc.cluster.local'],
    },
    {
      port: 443,
      connections: 4,
      callers_total: 2,
      destinations: [{ destination: '203.0.113.9', in_mesh: false }],
      services: ['pay.shop.svc.cluster.local'],
      captured_by: [],
    },
  ]);
});

t.test('mutual TLS is counted at the servers, with who comes without it', async (t) => {
  const { mtls } = await report([
    owned(db, 5701, 'db.data.svc.cluster.local', at(1), '10.1.0.1:41000'),
    owned(db, 5701, 'db.data.svc.cluster.local', at(2), '10.1.0.1:41002'),
    pass(web, '203.0.113.9:443', 3),
    into(db, 5701, '10.1.0.1:41004', { time: at(4) }),
    into(db, 5701, '192.168.7.7:41004', { time: at(5), requested_server_name: 'app.example' }),
    into(db, 5701, '192.168.7.7:41006', { time: at(6), response_flags: ['NR'] }),
    owned(web, 80, 'web.shop.svc.cluster.local', at(7)),
    // Encrypted, though no name says so.
    { ...into(db, 5701, '10.1.0.1:41008', { time: at(8) }), format: 'ztunnel_text' },
  ]);
  t.match(mtls, { lines: 5, with_mtls: 3, rate: 0.6, servers_total: 2, uncovered_total: 1 });
  t.match(mtls.uncovered[0], {
    workload: 'db',
    namespace: 'data',
    port: 5701,
    lines: 4,
    with_mtls: 2,
    clients: [
      { client: 'web', in_mesh: true, lines: 1 },
      { client: '192.168.7.7', in_mesh: false, lines: 1 },
    ],
  });
});

t.test('without lines of servers nothing is known of mutual TLS', async (t) => {
  t.match((await report([pass(web, DB, 1)])).mtls, { lines: 0, rate: null, uncovered: [] });
});

t.test('what REGISTRY_ONLY would block is told with what registers it', async (t) => {
  const tls = { requested_server_name: 'api.pay.example' };
  const { registry_only: readiness } = await report([
    owned(db, 5701, 'db.data.svc.cluster.local', at(0)),
    pass(web, DB, 1),
    ...[2, 3, 4].map((minute) => pass(web, `203.0.113.${minute}:443`, minute, tls)),
    ...[5, 6].map((minute) => pass(api, '203.0.113.9:9000', minute)),
    pass(web, '172.16.5.5:1521', 7),
    out(web, '10.99.0.1:25', {
      time: at(8),
      cluster: 'BlackHoleCluster',
      host: null,
      response_flags: ['UH'],
    }),
  ]);
  t.match(readiness, { lines: 8, blocked_lines: 7, blackholed_lines: 1, destinations_total: 4 });
  t.match(
    readiness.destinations,
    [
      {
        destination: 'api.pay.example',
        kind: 'outside',
        lines: 3,
        addresses_total: 3,
        server_name: 'api.pay.example',
      },
      { destination: '203.0.113.9', kind: 'outside', lines: 2, server_name: null },
      { destination: '172.16.5.5', kind: 'unknown', lines: 1 },
      { destination: 'db', kind: 'pod', lines: 1 },
    ].sort((a, b) => b.lines - a.lines),
  );
  const objects = new Map(readiness.destinations.map((one) => [one.destination, parse(one.yaml ?? '')]));
  t.match(objects.get('api.pay.example'), {
    kind: 'ServiceEntry',
    metadata: { name: 'api-pay-example', namespace: 'shop' },
    spec: { hosts: ['api.pay.example'], ports: [{ number: 443, protocol: 'TLS' }], resolution: 'DNS' },
  });
  t.match(objects.get('203.0.113.9'), {
    spec: { addresses: ['203.0.113.9'], ports: [{ number: 9000, protocol: 'TCP' }], resolution: 'NONE' },
  });
  t.match(objects.get('db'), {
    kind: 'Service',
    metadata: { name: 'db-headless', namespace: 'data' },
    spec: { clusterIP: 'None', ports: [{ port: 5701 }] },
  });
});

t.test('the address of a service stays one, whatever clients name in TLS', async (t) => {
  const { registry_only: readiness } = await report([
    out(api, '10.96.0.9:443', {
      time: at(1),
      cluster: cluster(443, 'pay.shop.svc.cluster.local'),
      host: '10.1.0.8:8443',
    }),
    pass(web, '10.96.0.9:443', 2, { requested_server_name: 'pay.example' }),
    // Some clusters give their services addresses that are nobody's own.
    out(api, '198.51.100.7:80', {
      time: at(3),
      cluster: cluster(80, 'shop.shop.svc.cluster.local'),
      host: '10.1.0.8:8080',
    }),
    pass(web, '198.51.100.7:80', 4),
  ]);
  t.match(readiness.destinations, [
    { destination: 'pay.shop.svc.cluster.local', kind: 'service', server_name: null, lines: 1 },
    { destination: 'shop.shop.svc.cluster.local', kind: 'service', server_name: null, lines: 1 },
  ]);
  t.match(parse(readiness.destinations[0]?.yaml ?? ''), {
    spec: { egress: [{ hosts: ['shop/pay.shop.svc.cluster.local'] }] },
  });
});

t.test('an entry without a name always has addresses: otherwise it would take the whole port', async (t) => {
  const { registry_only: readiness } = await report(
    Array.from({ length: 30 }, (_, i) => pass(web, `203.0.113.${i}:9000`, i)),
  );
  for (const { yaml } of readiness.destinations) t.ok(parse(yaml ?? '').spec.addresses.length > 0);
});

t.test('names from a log stay values of YAML', async (t) => {
  const { registry_only: readiness } = await report([
    pass(web, '203.0.113.9:443', 1, { requested_server_name: 'a: b\n- *c #"' }),
  ]);
  t.match(parse(readiness.destinations[0]?.yaml ?? ''), { spec: { hosts: ['a: b\n- *c #"'] } });
});
