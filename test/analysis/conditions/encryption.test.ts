import t from 'tap';
import type { ParsedLine } from '../../../src/domain/entry.ts';
import { at, cluster, incidentsOf, into, matchEach, out, owned, PASSTHROUGH, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const db = pod('db', '10.1.0.9', 'bb2cc', 'data');
const DB = 'db.data.svc.cluster.local';
const VIP = '10.96.0.10:5432';
const call = (minute: number, rest = {}) =>
  out(web, VIP, {
    time: at(minute),
    cluster: cluster(5432, DB),
    host: '10.1.0.9:5432',
    upstream_local_address: `10.1.0.5:${50_000 + minute}`,
    ...rest,
  });
const encrypted = (minute: number) => [
  call(minute),
  owned(db, 5432, DB, at(minute), `10.1.0.5:${50_000 + minute}`),
];
const plain = (minute: number, rest = {}) => [
  call(minute, rest),
  into(db, 5432, `10.1.0.5:${50_000 + minute}`, { time: at(minute) }),
];
const AGAINST = [1, 2].flatMap(encrypted);

t.test('plaintext under the same name after mutual TLS is told, of the server', async (t) => {
  const incidents = await incidentsOf([...AGAINST, ...[10, 11].flatMap(plain)]);
  t.equal(incidents.length, 1);
  t.match(incidents[0], {
    diagnosis: 'mtls_lost',
    severity: 'medium',
    port: 5432,
    onset: { after: '2024-05-01T10:02:00.000Z', before: '2024-05-01T10:10:00.000Z' },
    sources: [{ pod: web.name }],
    destinations: [{ address: '10.1.0.9:5432', pod: db.name }],
    connections: 2,
  });
  t.match(
    incidents[0]?.evidence.join(' '),
    /2 connections of these clients came with mutual TLS.*outbound_\.5432/,
  );
  t.equal(incidents[0]?.sample_lines.length, 3);
});

t.test('one line alone, a mixture, and the way to mutual TLS are no loss', async (t) => {
  t.strictSame(await incidentsOf([...AGAINST, ...plain(10)]), [], 'one line');
  t.strictSame(
    await incidentsOf([...AGAINST, ...[10, 11].flatMap(plain), ...encrypted(12)]),
    [],
    'a mixture',
  );
  t.strictSame(await incidentsOf([1, 2].flatMap(plain).concat([10, 11].flatMap(encrypted))), [], 'a gain');
});

t.test('what passes by the mesh is told as that, and not twice', async (t) => {
  const passed = [10, 11].flatMap((minute) =>
    plain(minute, {
      cluster: PASSTHROUGH,
      upstream_cluster: PASSTHROUGH,
      downstream_local_address: '10.1.0.9:5432',
    }),
  );
  const diagnoses = async (lines: readonly ParsedLine[]) =>
    (await incidentsOf(lines)).map((one) => one.diagnosis);
  t.notOk((await diagnoses([...AGAINST, ...passed])).includes('mtls_lost'));
  t.notOk((await diagnoses([...AGAINST, call(12), ...passed])).includes('mtls_lost'));
  const alias = [10, 11].flatMap((minute) =>
    plain(minute, { upstream_cluster: cluster(5432, 'db-alias.example'), upstream_host: '10.96.0.10:5432' }),
  );
  t.notOk(
    (await diagnoses([...AGAINST, call(12), ...alias])).includes('mtls_lost'),
    'through a service address',
  );
});

t.test('TLS of the application itself is neither', async (t) => {
  const own = [10, 11].flatMap((minute) => [
    call(minute),
    into(db, 5432, `10.1.0.5:${50_000 + minute}`, { time: at(minute), requested_server_name: 'db.example' }),
  ]);
  t.strictSame(await incidentsOf([...AGAINST, ...own]), []);
});

t.test('an address that nobody claims may have passed to a pod without a sidecar', async (t) => {
  const lines = [
    ...[1, 2].map((minute) => owned(db, 5432, DB, at(minute), '10.1.0.77:50000')),
    ...[10, 11].map((minute) => into(db, 5432, '10.1.0.77:50001', { time: at(minute) })),
  ];
  matchEach(t, await incidentsOf(lines), []);
});

t.test('calls by name whose arrivals failed do not stand for arrivals of another way', async (t) => {
  const failed = [20, 21].flatMap((minute) => [
    call(minute),
    into(db, 5432, `10.1.0.5:${50_000 + minute}`, {
      time: at(minute),
      response_flags: ['UF', 'URX'],
      upstream_local_address: null,
      requested_server_name: `outbound_.5432_._.${DB}`,
    }),
  ]);
  const alias = [10, 11].flatMap((minute) =>
    plain(minute, { upstream_cluster: cluster(5432, 'db-alias.example'), upstream_host: '10.96.0.10:5432' }),
  );
  const told = (await incidentsOf([...AGAINST, ...alias, ...failed])).map((incident) => incident.diagnosis);
  t.notOk(told.includes('mtls_lost'), told.join());
});
