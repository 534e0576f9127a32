import t, { type Test } from 'tap';
import type { Incident } from '../../src/domain/resources.ts';
import { at, cluster, incidentsOf, into, matchEach, out, owned, PASSTHROUGH, pod } from './scenes.ts';

const web = pod('web', '10.1.0.5', 'aa2aa', 'shop');
const db = pod('db', '10.1.0.9', 'bb2cc', 'data');
const DB = 'db.data.svc.cluster.local';
const VIP = '10.96.0.10:5432';
const NAMED = { cluster: cluster(5432, DB), host: '10.1.0.9:5432' };
const fine = (minute: number) => out(web, VIP, { time: at(minute), ...NAMED });
const known = [owned(db, 5432, DB, at(0)), fine(1), fine(2)];

const ROWS: ReadonlyArray<readonly [diagnosis: string, what: string, line: Parameters<typeof out>[2]]> = [
  ['connection_refused', 'error 111', uf('delayed_connect_error:_111', 3)],
  ['connection_refused', 'the newer text', uf('delayed_connect_error:_Connection_refused', 3)],
  ['connection_refused', 'no reason and no time', uf(null, 2)],
  ['connect_timeout', 'no reason after ten seconds', uf(null, 10_000)],
  ['connect_timeout', 'error 110', uf('delayed_connect_error:_110', 127_000)],
  ['no_route_to_host', 'error 113', uf('delayed_connect_error:_113', 3_000)],
  ['no_route_to_host', 'the newer text', uf('delayed_connect_error:_No_route_to_host', 3_000)],
  [
    'tls_failure',
    'a server in plaintext',
    uf('TLS_error:_268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER', 5),
  ],
  ['no_endpoints', 'the flag UH', { time: at(10), ...NAMED, host: null, response_flags: ['UH'] }],
  ['circuit_breaking', 'the flag UO', { time: at(10), ...NAMED, host: null, response_flags: ['UO'] }],
  [
    'circuit_breaking',
    'the flag UO of an old proxy',
    { time: at(10), cluster: null, host: null, response_flags: ['UO'] },
  ],
  ['cluster_missing', 'the flag NC', { time: at(10), cluster: null, host: null, response_flags: ['NC'] }],
  [
    'no_endpoints',
    'the flag UH of an old proxy',
    { time: at(10), cluster: null, host: null, response_flags: ['UH'] },
  ],
];

function uf(reason: string | null, duration: number): Parameters<typeof out>[2] {
  return {
    time: at(10),
    ...NAMED,
    response_flags: ['UF', 'URX'],
    upstream_transport_failure_reason: reason,
    duration,
  };
}

for (const [diagnosis, what, line] of ROWS) {
  t.test(`${what} is ${diagnosis}`, async (t) => {
    const incidents = await incidentsOf([...known, out(web, VIP, line)]);
    t.equal(incidents.length, 1);
    t.match(incidents[0], {
      diagnosis,
      port: 5432,
      onset: { after: '2024-05-01T10:02:00.000Z', before: '2024-05-01T10:10:00.000Z' },
      ended: null,
      sources: [{ pod: web.name, workload: 'web', namespace: 'shop' }],
      failures: 1,
    });
    wellTold(t, incidents[0]);
  });
}

t.test('a client without a name and one line are enough', async (t) => {
  const line = out({ name: '', ip: '10.1.0.5' }, VIP, { ...uf('delayed_connect_error:_111', 3), pod: null });
  matchEach(t, await incidentsOf([line]), [
    { diagnosis: 'connection_refused', severity: 'medium', onset: { after: null } },
  ]);
});

t.test('few failures among many are nothing, some are worth a note, most is worse', async (t) => {
  const failed = (minute: number) =>
    out(web, VIP, { ...uf('delayed_connect_error:_111', 3), time: at(minute) });
  const several = Array.from({ length: 3 }, (_, i) => fine(21 + i));
  const many = Array.from({ length: 50 }, (_, i) => fine(3 + i));
  t.strictSame(await incidentsOf([...known, ...many, failed(20)]), [], 'one among fifty');
  matchEach(t, await incidentsOf([...known, ...several, failed(20)]), [
    { severity: 'info', ended: { after: '2024-05-01T10:20:00.000Z', before: '2024-05-01T10:21:00.000Z' } },
  ]);
  matchEach(t, await incidentsOf([...known, failed(20)]), [{ severity: 'info' }]);
  matchEach(t, await incidentsOf([failed(20)]), [{ severity: 'medium' }]);
  matchEach(t, await incidentsOf([...known, failed(20), failed(21), failed(22)]), [{ severity: 'high' }]);
});

t.test('failures hours apart with good hours between are several incidents', async (t) => {
  const failed = (minute: number) =>
    out(web, VIP, { ...uf('delayed_connect_error:_111', 3), time: at(minute) });
  t.equal((await incidentsOf([...known, failed(10), fine(100), failed(200)])).length, 2);
  t.equal((await incidentsOf([...known, failed(10), failed(200)])).length, 1);
});

t.test('what fails because it was captured is told as capture alone', async (t) => {
  const lines = [
    ...known,
    out(web, '10.1.0.9:5432', {
      time: at(10),
      cluster: cluster(5432, 'trap.team-b.svc.cluster.local'),
      host: '10.96.7.7:5432',
      response_flags: ['UF', 'URX'],
      duration: 10_000,
    }),
  ];
  matchEach(t, await incidentsOf(lines), [{ diagnosis: 'catch_all_capture' }]);
  t.equal((await incidentsOf(lines)).length, 1);
});

t.test('an application that is down behind its own proxy is told of the server', async (t) => {
  const line = into(db, 5432, '10.1.0.5:40000', {
    time: at(10),
    response_flags: ['UF', 'URX'],
    upstream_local_address: null,
    upstream_transport_failure_reason: 'delayed_connect_error:_111',
  });
  const [incident] = await incidentsOf([...known, line]);
  t.match(incident, {
    diagnosis: 'connection_refused',
    sources: [{ pod: web.name }],
    destinations: [{ address: '10.1.0.9:5432', pod: db.name }],
  });
  wellTold(t, incident);
});

t.test('a strict server that turns plaintext away is told with the client that passed by', async (t) => {
  const direct = out(web, '10.1.0.9:5432', { time: at(10), cluster: PASSTHROUGH, bytes_sent: 0 });
  const turned = into(db, 5432, '10.1.0.5:40000', {
    time: at(10),
    upstream_cluster: null,
    upstream_host: null,
    upstream_local_address: null,
    response_flags: ['NR'],
    response_code_details: 'filter_chain_not_found',
  });
  const incidents = await incidentsOf([...known, direct, turned]);
  t.equal(incidents.length, 1);
  t.match(incidents[0], { diagnosis: 'strict_vs_plaintext', port: 5432, sources: [{ pod: web.name }] });
  t.match(incidents[0]?.evidence.join(' '), /PassthroughCluster/);
  wellTold(t, incidents[0]);
});

t.test('a connection that a policy denied is told with the policy', async (t) => {
  const denied = into(db, 5432, '10.1.0.5:40000', {
    time: at(10),
    connection_termination_details: 'rbac_access_denied_matched_policy[ns[data]-policy[only-api]-rule[0]]',
  });
  const [incident] = await incidentsOf([...known, denied]);
  t.match(incident, { diagnosis: 'rbac_denied', destinations: [{ pod: db.name }] });
  t.match(incident?.cause, /only-api/);
  wellTold(t, incident);
});

t.test('names from the log cannot leave the quotes of a command', async (t) => {
  const evil = { name: "x'; reboot #", ip: '10.1.0.5' };
  const [incident] = await incidentsOf([out(evil, VIP, uf('delayed_connect_error:_113', 3))]);
  t.match(incident?.verify[0], `istioctl pc endpoints 'x'\\''; reboot #.NAMESPACE'`);
});

function wellTold(t: Test, incident: Incident | undefined): void {
  t.ok(incident !== undefined && incident.title.length > 10 && incident.cause.length > 40);
  t.ok(incident !== undefined && incident.remedies.length > 0 && incident.verify.length > 0);
  t.ok(incident !== undefined && incident.evidence.length > 0 && incident.sample_lines.length > 0);
  t.notMatch(JSON.stringify(incident), /undefined|\bnull:|NaN/);
}

t.test('one dead host of a service that works is told', async (t) => {
  const hosts = Array.from({ length: 60 }, (_, i) => `10.1.0.${(i % 12) + 20}:5432`);
  const lines = hosts.map((host, i) =>
    host === '10.1.0.25:5432'
      ? out(web, VIP, { ...uf('delayed_connect_error:_113', 3_000), time: at(i), host })
      : out(web, VIP, { time: at(i), cluster: NAMED.cluster, host }),
  );
  matchEach(t, await incidentsOf(lines), [{ diagnosis: 'no_route_to_host', severity: 'high', failures: 5 }]);
});
