/** The states of connections; above all, what looks like a capture and is none. */
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
  statesOf,
} from './scenes.ts';

const web = pod('web', '10.1.0.5');
const cache = pod('cache', '10.1.0.7');
const CACHE = 'cache.shop.svc.cluster.local';
const DIALLED = '10.1.0.7:6379';

t.test('a service address with many hosts is a service', async (t) => {
  const hosts = ['10.1.0.7:6379', '10.1.0.17:6379', '10.1.0.27:6379'];
  const lines = hosts.map((host, i) =>
    out(web, '10.96.0.10:6379', { time: at(i), cluster: cluster(6379, CACHE), host }),
  );
  t.strictSame(await statesOf(lines), ['service', 'service', 'service']);
  t.strictSame(await incidentsOf(lines), []);
});

t.test('HTTP lines say nothing of routing', async (t) => {
  const http = { method: 'GET', path: '/', protocol: 'HTTP/1.1', response_code: 200 };
  const lines = [
    owned(cache, 6379, CACHE, at(0)),
    out(web, DIALLED, { time: at(1), cluster: PASSTHROUGH, ...http }),
    out(web, DIALLED, {
      time: at(10),
      cluster: cluster(6379, 'b.other.svc.cluster.local'),
      host: '10.1.0.9:80',
      ...http,
    }),
    out(web, DIALLED, {
      time: at(11),
      cluster: cluster(6379, 'b.other.svc.cluster.local'),
      host: '10.1.0.9:80',
      ...http,
    }),
  ];
  t.strictSame(await incidentsOf(lines), []);
  t.strictSame(await shiftsOf(lines), []);
  t.strictSame(await statesOf(lines), [null, null, null]);
});

t.test('an egress gateway takes many destinations by design', async (t) => {
  const egress = cluster(443, 'istio-egressgateway.istio-system.svc.cluster.local');
  const lines = ['203.0.113.5:443', '198.51.100.7:443', '192.0.2.9:443'].flatMap((to, i) => [
    out(web, to, { time: at(i), cluster: PASSTHROUGH }),
    out(web, to, {
      time: at(30 + i),
      cluster: egress,
      host: '10.1.0.50:8443',
      requested_server_name: 'a.example',
    }),
  ]);
  t.strictSame(await incidentsOf(lines), []);
  t.strictSame((await statesOf(lines)).slice(3), ['gateway', 'gateway', 'gateway']);
});

t.test('a gateway is known by its own lines whatever its name', async (t) => {
  const edge = pod('edge', '10.1.0.50');
  const name = cluster(443, 'edge.infra.svc.cluster.local');
  const external = '203.0.113.5:443';
  const relay = (from: string, minute: number) =>
    out(edge, '10.1.0.50:443', {
      time: at(minute),
      cluster: cluster(443, 'www.example'),
      host: external,
      downstream_remote_address: from,
    });
  const lines = [
    into(web, 80, '10.1.9.9:1', { time: at(0) }),
    relay('10.1.0.5:1', 1),
    relay('10.1.0.6:1', 2),
    relay('10.1.0.5:2', 3),
    out(web, external, { time: at(10), cluster: name, host: '10.1.0.50:443' }),
    out(web, '198.51.100.7:443', { time: at(11), cluster: name, host: '10.1.0.50:443' }),
  ];
  t.strictSame(await incidentsOf(lines), []);
  t.strictSame((await statesOf(lines)).slice(-2), ['gateway', 'gateway']);
});

t.test('TLS that is routed by its own server name is no capture', async (t) => {
  const lines = [
    owned(cache, 443, CACHE, at(0)),
    out(web, '10.1.0.7:443', {
      time: at(1),
      cluster: cluster(443, '*.example'),
      host: '203.0.113.4:443',
      requested_server_name: 'www.example',
    }),
  ];
  t.strictSame(await statesOf(lines), ['gateway']);
  t.strictSame(await incidentsOf(lines), []);
});

t.test('a range that a ServiceEntry lists is no capture', async (t) => {
  const name = cluster(5432, 'db.example');
  const pool = (host: string) =>
    ['203.0.113.5:5432', '203.0.113.9:5432', '203.0.113.77:5432'].flatMap((to, i) => [
      out(web, to, { time: at(i), cluster: PASSTHROUGH }),
      out(web, to, { time: at(20 + i), cluster: name, host: host === '' ? to : host }),
    ]);
  t.strictSame(await incidentsOf(pool('198.51.100.1:5432')), [], 'with endpoints elsewhere');
  t.strictSame(await incidentsOf(pool('')), [], 'with resolution NONE');
});

t.test(
  'a range that passed before and goes to a Kubernetes service is captured: no service has a range',
  async (t) => {
    const trap = cluster(5432, 'trap.team-b.svc.cluster.local');
    const range = ['203.0.113.5:5432', '203.0.113.9:5432'];
    const taken = range.map((to, i) =>
      out(web, to, { time: at(20 + i), cluster: trap, host: '10.96.7.7:5432' }),
    );
    const passed = range.map((to, i) => out(web, to, { time: at(i), cluster: PASSTHROUGH }));
    t.strictSame(await statesOf([...passed, ...taken]), [
      'passthrough',
      'passthrough',
      'captured',
      'captured',
    ]);
    matchEach(t, await incidentsOf([...passed, ...taken]), [
      { diagnosis: 'catch_all_capture', onset: { after: '2024-05-01T10:01:00.000Z' } },
    ]);
    t.strictSame(await incidentsOf([...passed.slice(1), ...taken]), [], 'one alone may be its address');
  },
);

t.test('a range beside which other destinations pass is no catch-all', async (t) => {
  const name = cluster(5432, 'db.example');
  const lines = [
    out(web, '203.0.113.5:5432', { time: at(1), cluster: name, host: '198.51.100.1:5432' }),
    out(web, '192.0.2.8:5432', { time: at(2), cluster: PASSTHROUGH }),
    out(web, '203.0.7.5:5432', { time: at(3), cluster: name, host: '198.51.100.1:5432' }),
    out(web, '192.0.2.8:5432', { time: at(4), cluster: PASSTHROUGH }),
    out(web, '203.0.113.5:5432', { time: at(5), cluster: name, host: '198.51.100.1:5432' }),
  ];
  t.strictSame(await incidentsOf(lines), []);
});

t.test('an egress proxy takes every port and is no listener of one', async (t) => {
  const proxy = cluster(3128, 'squid.infra.svc.cluster.local');
  const lines = [
    owned(cache, 6379, CACHE, at(0)),
    out(web, DIALLED, { time: at(1), cluster: proxy, host: '10.1.0.60:3128' }),
    out(web, '10.1.0.7:3128', { time: at(2), cluster: proxy, host: '10.1.0.60:3128' }),
    out(web, '203.0.113.5:5432', { time: at(3), cluster: proxy, host: '10.1.0.60:3128' }),
  ];
  t.strictSame(await incidentsOf(lines), []);
  t.strictSame(await statesOf(lines), ['gateway', 'gateway', 'gateway']);
});

t.test('a headless service that adopts its pods is a change and no incident', async (t) => {
  const lines = [
    owned(cache, 6379, CACHE, at(0)),
    out(web, DIALLED, { time: at(1), cluster: PASSTHROUGH }),
    out(web, DIALLED, { time: at(10), cluster: cluster(6379, 'cache-headless.shop.svc.cluster.local') }),
  ];
  matchEach(t, await shiftsOf(lines), [{ kind: 'passthrough_to_direct', incident_id: null }]);
  t.strictSame(await incidentsOf(lines), []);
});

t.test('a headless service may send to another of its pods', async (t) => {
  const twin = pod('cache', '10.1.0.17', 'dd4ff');
  const lines = [
    owned(cache, 6379, CACHE, at(0)),
    owned(twin, 6379, CACHE, at(0)),
    out(web, DIALLED, { time: at(1), cluster: cluster(6379, CACHE), host: '10.1.0.17:6379' }),
    out(web, DIALLED, {
      time: at(2),
      cluster: cluster(6379, 'cache-headless.shop.svc.cluster.local'),
      host: '10.1.0.17:6379',
    }),
  ];
  t.strictSame(await statesOf(lines), ['direct', 'direct']);
  t.strictSame(await incidentsOf(lines), []);
});

t.test('a service address that is redirected to another service is re-routed, not captured', async (t) => {
  const vip = '10.96.0.10:6379';
  const lines = [
    out(web, vip, { time: at(1), cluster: cluster(6379, CACHE), host: '10.1.0.7:6379' }),
    out(web, vip, { time: at(2), cluster: cluster(6379, CACHE), host: '10.1.0.17:6379' }),
    out(web, vip, {
      time: at(9),
      cluster: cluster(6379, 'cache-v2.shop.svc.cluster.local'),
      host: '10.1.0.27:6379',
    }),
  ];
  matchEach(t, await shiftsOf(lines), [{ kind: 'service_to_service' }]);
  t.strictSame(await incidentsOf(lines), []);
});

t.test('traffic shared between two services is no change', async (t) => {
  const vip = '10.96.0.10:6379';
  const lines = [1, 2, 3, 4, 5, 6].map((minute) =>
    out(web, vip, {
      time: at(minute),
      cluster: cluster(6379, minute % 2 === 0 ? CACHE : 'cache-v2.shop.svc.cluster.local'),
      host: minute % 2 === 0 ? '10.1.0.7:6379' : '10.1.0.27:6379',
    }),
  );
  t.strictSame(await shiftsOf(lines), []);
});

t.test('a service that is created again at a new address is no catch-all', async (t) => {
  const named = (to: string, minute: number) =>
    out(web, to, { time: at(minute), cluster: cluster(6379, CACHE), host: DIALLED });
  const lines = [
    owned(cache, 6379, CACHE, at(0)),
    ...[1, 2].map((minute) => named('10.96.0.10:6379', minute)),
    ...[20, 21].map((minute) => named('10.96.0.99:6379', minute)),
  ];
  t.strictSame(new Set(await statesOf(lines)), new Set(['service']));
  t.strictSame(await incidentsOf(lines), []);
});

t.test('the first connections of a new pod may race with its listeners', async (t) => {
  const young = pod('young', '10.1.0.33');
  const vip = '10.96.0.10:6379';
  const lines = [
    owned(cache, 6379, CACHE, at(0)),
    ...[1, 2].map((minute) =>
      out(web, vip, { time: at(minute), cluster: cluster(6379, CACHE), host: DIALLED }),
    ),
    out(young, vip, { time: at(30), cluster: PASSTHROUGH }),
    out(young, vip, { time: at(30.2), cluster: cluster(6379, CACHE), host: DIALLED }),
  ];
  t.strictSame(await shiftsOf(lines), []);
});

t.test('an address that is shared by several pods at once is nobody', async (t) => {
  const one = pod('one', '10.1.0.7', 'aa1aa');
  const two = pod('two', '10.1.0.7', 'bb1bb');
  const lines = [
    ...[0, 10, 20].flatMap((minute) => [
      into(one, 9100, '10.1.9.9:1', { time: at(minute) }),
      into(two, 9200, '10.1.9.9:2', { time: at(minute + 5) }),
    ]),
    out(web, DIALLED, {
      time: at(30),
      cluster: cluster(6379, 'x.other.svc.cluster.local'),
      host: '10.96.7.7:6379',
    }),
  ];
  t.strictSame(await statesOf(lines), ['unknown']);
  t.strictSame(await incidentsOf(lines), []);
});

t.test('a ServiceEntry whose addresses lie beside its endpoints is no capture', async (t) => {
  const name = cluster(8888, 'netcat.example');
  const lines = ['172.20.0.6:8888', '172.20.0.5:8888', '172.20.0.6:8888'].map((to, minute) =>
    out(web, to, { time: at(minute), cluster: name, host: '172.20.0.5:8888' }),
  );
  t.strictSame(await incidentsOf(lines), []);
});

t.test('a gateway without a name is not taken for a captured client', async (t) => {
  const relay = (to: string, from: string, minute: number, sni: string) =>
    out({ name: '', ip: from }, to, {
      time: at(minute),
      pod: null,
      cluster: cluster(15012, 'istiod.istio-system.svc.cluster.local'),
      host: '10.1.2.6:15012',
      requested_server_name: sni,
    });
  const lines = [
    relay('10.1.1.8:15012', '172.18.0.3', 1, 'istiod.istio-system.svc'),
    relay('10.1.1.8:15012', '172.18.0.4', 2, 'other.example'),
  ];
  t.strictSame(await incidentsOf(lines), []);
});
