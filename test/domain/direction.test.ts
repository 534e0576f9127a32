import t from 'tap';
import { directionOf, refineDirection } from '../../src/domain/direction.ts';

t.test('the cluster tells the direction', async (t) => {
  const rows: [cluster: string | null, direction: string][] = [
    ['outbound|6379||cache.shop.svc.cluster.local', 'outbound'],
    ['outbound_.6379_._.cache.shop.svc.cluster.local', 'outbound'],
    ['PassthroughCluster', 'outbound'],
    ['PassthroughCluster;', 'outbound'],
    ['inbound|6379||', 'inbound'],
    ['inbound|6379|tcp|cache.shop.svc.cluster.local;', 'inbound'],
    ['inbound-vip|6379||cache.shop', 'inbound'],
    ['InboundPassthroughCluster', 'inbound'],
    ['InboundPassthroughClusterIpv4', 'inbound'],
    ['InboundPassthroughClusterIpv6;', 'inbound'],
    ['BlackHoleCluster', 'unknown'],
    ['BlackHoleCluster;', 'unknown'],
    ['my-own-cluster', 'unknown'],
    [null, 'unknown'],
  ];
  for (const [upstream_cluster, direction] of rows)
    t.equal(directionOf({ upstream_cluster, attributes: null }), direction, String(upstream_cluster));
});

t.test('a line that says its direction is believed', async (t) => {
  const upstream_cluster = 'outbound|80||a.b';
  t.equal(directionOf({ upstream_cluster, attributes: { direction: 'inbound' } }), 'inbound');
  t.equal(directionOf({ upstream_cluster: null, attributes: { direction: 'outbound' } }), 'outbound');
  t.equal(directionOf({ upstream_cluster, attributes: { direction: 'sideways' } }), 'outbound');
});

t.test("the pod's own addresses tell what the cluster does not", async (t) => {
  const own = { hasIp: (ip: string) => ip === '10.0.0.1', hasInboundPort: (port: number) => port === 80 };
  const rows: [
    remoteIp: string | null,
    localIp: string | null,
    localPort: number | null,
    direction: string,
  ][] = [
    ['10.0.0.1', '10.0.0.9', 5701, 'outbound'],
    ['10.0.0.1', null, null, 'outbound'],
    ['10.0.0.9', '10.0.0.1', 80, 'inbound'],
    [null, '10.0.0.1', 81, 'inbound'],
    ['10.0.0.1', '10.0.0.1', 81, 'outbound'],
    ['10.0.0.1', '10.0.0.1', 80, 'unknown'],
    ['10.0.0.1', '10.0.0.1', null, 'outbound'],
    ['10.0.0.8', '10.0.0.9', 80, 'unknown'],
    [null, null, null, 'unknown'],
  ];
  for (const [remoteIp, localIp, localPort, direction] of rows) {
    const line = { remoteIp, localIp, localPort };
    t.equal(refineDirection(line, own), direction, JSON.stringify(line));
  }
});
