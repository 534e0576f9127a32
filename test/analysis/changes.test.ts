import t from 'tap';
import {
  at,
  cluster,
  incidentsOf,
  into,
  matchEach,
  out,
  owned,
  PASSTHROUGH,
  pod,
  shiftsOf,
} from './scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const api = pod('api', '10.1.0.6', 'zz2zz', 'shop');
const db = pod('db', '10.1.0.9', 'bb2cc', 'data');
const DB = 'db.data.svc.cluster.local';
const VIP = '10.96.0.10:5432';
const HOLE = { cluster: 'BlackHoleCluster', host: null, response_flags: ['UH'] };
const pass = (from: typeof web, to: string, minute: number) =>
  out(from, to, { time: at(minute), cluster: PASSTHROUGH });
const hole = (from: typeof web, to: string, minute: number) => out(from, to, { time: at(minute), ...HOLE });
const EXTERNAL = '203.0.113.5:9092';

t.test('blocked from the start is an incident without an onset', async (t) => {
  const incidents = await incidentsOf([hole(web, EXTERNAL, 1), hole(web, '198.51.100.4:9092', 2)]);
  t.equal(incidents.length, 1);
  t.match(incidents[0], {
    diagnosis: 'blocked_by_registry_only',
    port: 9092,
    onset: { after: null },
    destinations: [{ address: '198.51.100.4:9092' }, { address: EXTERNAL }],
    failures: 2,
  });
});

t.test('a single blocked connection after others passed may be a race; two are a change', async (t) => {
  const before = [pass(web, EXTERNAL, 1), pass(web, EXTERNAL, 2)];
  t.strictSame(await shiftsOf([...before, hole(web, EXTERNAL, 10)]), []);
  const lines = [...before, hole(web, EXTERNAL, 10), hole(web, EXTERNAL, 11)];
  matchEach(t, await shiftsOf(lines), [{ kind: 'passthrough_to_blackhole', evidence: 'g4' }]);
  matchEach(t, await incidentsOf(lines), [
    { diagnosis: 'blocked_by_registry_only', onset: { after: '2024-05-01T10:02:00.000Z' }, ended: null },
  ]);
});

t.test('what is let through again is over', async (t) => {
  const lines = [
    hole(web, EXTERNAL, 10),
    hole(web, EXTERNAL, 11),
    pass(web, EXTERNAL, 20),
    pass(web, EXTERNAL, 21),
  ];
  matchEach(t, await incidentsOf(lines), [
    { ended: { after: '2024-05-01T10:11:00.000Z', before: '2024-05-01T10:20:00.000Z' } },
  ]);
});

t.test('an old proxy names no cluster and blocks all the same', async (t) => {
  const lines = [1, 2].map((minute) =>
    out(web, EXTERNAL, { time: at(minute), cluster: null, host: null, response_flags: ['UH'], duration: 3 }),
  );
  matchEach(t, await incidentsOf([owned(web, 80, 'web.shop.svc.cluster.local', at(0)), ...lines]), [
    { diagnosis: 'blocked_by_registry_only' },
  ]);
});

t.test('many proxies and ports that are blocked at once are a change of policy', async (t) => {
  const destinations: ReadonlyArray<readonly [typeof web, string]> = [
    [web, EXTERNAL],
    [web, '203.0.113.6:443'],
    [api, EXTERNAL],
  ];
  const lines = destinations.flatMap(([from, to], i) => [
    pass(from, to, 1 + i),
    hole(from, to, 20 + i),
    hole(from, to, 25 + i),
  ]);
  const incidents = await incidentsOf(lines);
  t.equal(incidents.length, 1);
  t.match(incidents[0], { diagnosis: 'mesh_policy_change', severity: 'critical', port: null });
  t.match(incidents[0]?.cause, /REGISTRY_ONLY/);
});

t.test('the reverse is a change of policy too', async (t) => {
  const lines = [web, api].flatMap((from) =>
    [EXTERNAL, '203.0.113.6:443'].flatMap((to, i) => [
      hole(from, to, 1 + i),
      hole(from, to, 3 + i),
      pass(from, to, 20 + i),
      pass(from, to, 25 + i),
    ]),
  );
  const found = (await incidentsOf(lines)).map((incident) => [incident.diagnosis, incident.ended !== null]);
  t.strictSame(found.sort(), [
    ['blocked_by_registry_only', true],
    ['blocked_by_registry_only', true],
    ['mesh_policy_change', false],
  ]);
});

t.test('a service address that passes through all of a sudden has lost its service', async (t) => {
  const named = [1, 2].map((minute) =>
    out(web, VIP, { time: at(minute), cluster: cluster(5432, DB), host: `10.1.0.${minute + 8}:5432` }),
  );
  const lines = [owned(db, 5432, DB, at(0)), ...named, pass(web, VIP, 10), pass(web, VIP, 11)];
  const [incident] = await incidentsOf(lines);
  t.match(incident, {
    diagnosis: 'visibility_lost',
    severity: 'medium',
    upstream_cluster: PASSTHROUGH,
    onset: { after: '2024-05-01T10:02:00.000Z', before: '2024-05-01T10:10:00.000Z' },
  });
  t.strictSame(await incidentsOf(lines.slice(0, -1)), [], 'one line alone may be a race');
});

t.test('pods that lose their headless service are called past the mesh', async (t) => {
  const lines = [
    owned(db, 5432, DB, at(0)),
    out(web, '10.1.0.9:5432', { time: at(1), cluster: cluster(5432, DB) }),
    pass(web, '10.1.0.9:5432', 10),
  ];
  const [incident] = await incidentsOf(lines);
  t.match(incident, { diagnosis: 'pod_ip_passthrough', severity: 'medium' });
  t.match(incident?.evidence.join(' '), /mutual TLS; what passes by the mesh is plaintext/);
  const plain = [into(db, 5432, '10.1.9.9:1', { time: at(0) }), ...lines.slice(1)];
  matchEach(t, await incidentsOf(plain), [{ diagnosis: 'pod_ip_passthrough', severity: 'info' }]);
});

t.test('an external destination that loses its name is told, once', async (t) => {
  const name = cluster(9092, 'kafka.example');
  const lines = [
    out(web, EXTERNAL, { time: at(1), cluster: name }),
    out(web, EXTERNAL, { time: at(2), cluster: name }),
    pass(web, EXTERNAL, 10),
    pass(web, EXTERNAL, 11),
  ];
  matchEach(t, await incidentsOf(lines), [{ diagnosis: 'unknown_external', severity: 'info' }]);
});

t.test('pods and strangers that were always called by address are no incident', async (t) => {
  const lines = [owned(db, 5432, DB, at(0)), pass(web, '10.1.0.9:5432', 1), pass(web, EXTERNAL, 2)];
  t.strictSame(await incidentsOf(lines), []);
});

t.test(
  'one workload that is blocked on several ports is hidden by a Sidecar rather than by the mesh',
  async (t) => {
    const twin = pod('web', '10.1.0.15', 'xx5xx', 'shop');
    const lines = [web, twin].flatMap((from) =>
      [EXTERNAL, '203.0.113.6:443', '203.0.113.7:25'].flatMap((to, i) => [
        pass(from, to, 1 + i),
        hole(from, to, 20 + i),
        hole(from, to, 25 + i),
      ]),
    );
    const incidents = await incidentsOf(lines);
    t.equal(incidents.length, 1);
    t.match(incidents[0], { diagnosis: 'blocked_by_registry_only', severity: 'critical', port: null });
    t.equal(incidents[0]?.sources.length, 2);
  },
);

t.test('a change of some while most go on as before is no policy of the mesh', async (t) => {
  const others = ['c', 'd', 'e'].map((name, i) => pod(name, `10.1.0.${40 + i}`, 'zz2zz', 'ops'));
  const changed = [web, api].flatMap((from) =>
    [EXTERNAL, '203.0.113.6:443'].flatMap((to) => [
      pass(from, to, 1),
      hole(from, to, 20),
      hole(from, to, 25),
    ]),
  );
  const same = others.flatMap((from) => [
    pass(from, '203.0.113.9:587', 2),
    pass(from, '203.0.113.9:587', 30),
  ]);
  const diagnoses = (lines: Parameters<typeof incidentsOf>[0]) =>
    incidentsOf(lines).then((found) => found.map((incident) => incident.diagnosis));
  t.strictSame(await diagnoses([...changed, ...same]), ['blocked_by_registry_only']);
  const [incident] = await incidentsOf([...changed, ...same.slice(0, 2)]);
  t.match(incident, { diagnosis: 'mesh_policy_change' });
  t.match(incident?.evidence.join(' '), /1 client went on as before \(ops\/c-/);
});

t.test('workloads that are blocked on one port within minutes share one incident', async (t) => {
  const lines = [web, api].flatMap((from, i) => [
    pass(from, EXTERNAL, 1),
    hole(from, EXTERNAL, 20 + i),
    hole(from, EXTERNAL, 25 + i),
  ]);
  const incidents = await incidentsOf(lines);
  t.equal(incidents.length, 1);
  t.match(incidents[0], { sources: [{ workload: 'api' }, { workload: 'web' }], failures: 4, connections: 4 });
  const later = [pass(api, EXTERNAL, 120), hole(api, EXTERNAL, 140), hole(api, EXTERNAL, 141)];
  t.equal((await incidentsOf([...lines.slice(0, 4), ...later])).length, 2, 'hours apart');
});
