import t from 'tap';
import {
  hostNamespace,
  hostService,
  isInboundPassthrough,
  normalizeCluster,
  parseCluster,
  parseClusterSni,
  sameCluster,
} from '../../src/domain/cluster-name.ts';

t.test('takes the names of clusters apart', async (t) => {
  const host = 'cache.shop.svc.cluster.local';
  const rows: [name: string, direction: string, port: number, subset: string | null, host: string | null][] =
    [
      [`outbound|6379||${host}`, 'outbound', 6379, null, host],
      [`outbound|6379|v2|${host}`, 'outbound', 6379, 'v2', host],
      [`outbound|6379||${host};`, 'outbound', 6379, null, host],
      [`outbound_.6379_._.${host}`, 'outbound', 6379, null, host],
      [`outbound_.6379_.v2_.${host}`, 'outbound', 6379, 'v2', host],
      ['outbound|443||*.example.org', 'outbound', 443, null, '*.example.org'],
      [`inbound|6379|tcp-redis|${host}`, 'inbound', 6379, 'tcp-redis', host],
      ['inbound|6379||', 'inbound', 6379, null, null],
      ['inbound|6379||;', 'inbound', 6379, null, null],
      ['inbound-vip|6379||cache.shop', 'inbound-vip', 6379, null, 'cache.shop'],
    ];
  for (const [name, direction, port, subset, host] of rows) {
    t.same(parseCluster(name), { direction, port, subset, host }, name);
  }
});

t.test('answers null for every other name', async (t) => {
  const names = [
    ...['', '-', ';', '|', '|||', 'PassthroughCluster', 'BlackHoleCluster', 'InboundPassthroughClusterIpv4'],
    ...['outbound', 'outbound|80', 'outbound|80|', 'sideways|80||a', 'Outbound|80||a', ' outbound|80||a'],
    ...['outbound|||a', 'outbound|http||a', 'outbound|-1||a', 'outbound|123456||a', 'outbound|8 0||a'],
    ...['xds-grpc', 'agent', 'outbound_.80_.a', 'outbound-80--a', 'kuma:envoy:admin'],
  ];
  for (const name of names) t.equal(parseCluster(name), null, JSON.stringify(name));
});

t.test('strips one trailing semicolon and nothing else', async (t) => {
  t.equal(normalizeCluster('PassthroughCluster;'), 'PassthroughCluster');
  t.equal(normalizeCluster('a;;'), 'a;');
  t.equal(normalizeCluster(';'), '');
  t.equal(normalizeCluster('a;b'), 'a;b');
});

t.test('only an SNI that a mesh client wrote names a cluster', async (t) => {
  t.same(parseClusterSni('outbound_.6379_.v2_.cache.shop'), {
    direction: 'outbound',
    port: 6379,
    subset: 'v2',
    host: 'cache.shop',
  });
  for (const sni of [
    'cache.shop',
    'outbound|6379||cache.shop',
    'inbound_.6379_._.cache.shop',
    'outbound_.x',
    '',
  ])
    t.equal(parseClusterSni(sni), null, sni);
});

t.test('two spellings of one cluster are the same', async (t) => {
  const rows: [a: string, b: string, same: boolean][] = [
    ['outbound|80||a.b', 'outbound_.80_._.a.b', true],
    ['outbound|80|v1|a.b;', 'outbound_.80_.v1_.a.b', true],
    ['PassthroughCluster;', 'PassthroughCluster', true],
    ['outbound|80||a.b', 'outbound_.81_._.a.b', false],
    ['outbound|80|v1|a.b', 'outbound_.80_._.a.b', false],
    ['outbound|80||a.b', 'outbound_.80_._.a.c', false],
    ['PassthroughCluster', 'BlackHoleCluster', false],
    ['outbound|80||a.b', 'PassthroughCluster', false],
  ];
  for (const [a, b, same] of rows) {
    t.equal(sameCluster(a, b), same, `${a} and ${b}`);
    t.equal(sameCluster(b, a), same, `${b} and ${a}`);
  }
});

t.test('knows inbound traffic to undeclared ports in the spelling of every version', async (t) => {
  for (const name of [
    'InboundPassthroughCluster',
    'InboundPassthroughClusterIpv4',
    'InboundPassthroughClusterIpv6;',
  ])
    t.equal(isInboundPassthrough(name), true, name);
  for (const name of ['PassthroughCluster', 'inbound|80||', '', 'xInboundPassthroughCluster'])
    t.equal(isInboundPassthrough(name), false, name);
});

t.test('reads service and namespace out of the host of a service of Kubernetes', async (t) => {
  const rows: [host: string, service: string | null, namespace: string | null][] = [
    ['cache.shop.svc.cluster.local', 'cache', 'shop'],
    ['cache.shop.svc', 'cache', 'shop'],
    ['cache.shop.svc.corp.example', 'cache', 'shop'],
    ['cache.shop', null, null],
    ['cache.shop.svcs.cluster.local', null, null],
    ['a.cache.shop.svc.cluster.local', null, null],
    ['svc.example.org', null, null],
    ['', null, null],
  ];
  for (const [host, service, namespace] of rows)
    t.same([hostService(host), hostNamespace(host)], [service, namespace], JSON.stringify(host));
});
