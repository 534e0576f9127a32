import fc from 'fast-check';
import t, { type Test } from 'tap';
import {
  halfScore,
  livesOverlap,
  PAIR_SCORE_MIN,
  pairScore,
  sniContradicts,
} from '../../../src/analysis/pairing/score.ts';
import type { ConnectionEnd } from '../../../src/domain/ports.ts';

const SNI = 'outbound_.5701_._.cache.shop.svc.cluster.local';

const OUT: ConnectionEnd = {
  start: 10_000,
  end: 12_000,
  bytes_received: 6,
  bytes_sent: 20,
  upstream_cluster: 'outbound|5701||cache.shop.svc.cluster.local',
  requested_server_name: null,
  client_ip: null,
  server_ip: null,
  unordered: false,
  tie: 1,
};
const INTO: ConnectionEnd = {
  ...OUT,
  upstream_cluster: 'inbound|5701||',
  requested_server_name: SNI,
  tie: 2,
};

const close = (t: Test, a: number, b: number, what: string) =>
  t.ok(Math.abs(a - b) < 1e-9, `${what}: ${a}, not ${b}`);

t.test('all that agrees adds up', async (t) => {
  close(t, pairScore(OUT, INTO), 5 + 2 + 1 + 1 + 1, 'key, end, start, bytes, SNI');
});

t.test('each thing has its weight', async (t) => {
  const rows: [what: string, out: Partial<ConnectionEnd>, into: Partial<ConnectionEnd>, change: number][] = [
    ['ends 50 ms apart', {}, { end: 12_050 }, 2 / Math.E - 2],
    ['ends 50 ms apart the other way', { end: 12_050 }, {}, 2 / Math.E - 2],
    ['ends far apart', {}, { end: 999_000 }, -2],
    ['a start a second late', {}, { start: 11_003 }, 0],
    ['a start just before', {}, { start: 9_750 }, 0],
    ['a start too early', {}, { start: 9_749 }, -4],
    ['a start just after the end', {}, { start: 12_250 }, 0],
    ['a start too late', {}, { start: 12_251 }, -4],
    ['other bytes received', {}, { bytes_received: 7 }, -1.5],
    ['other bytes sent', {}, { bytes_sent: 0 }, -1.5],
    [
      'no bytes on both sides',
      { bytes_received: 0, bytes_sent: 0 },
      { bytes_received: 0, bytes_sent: 0 },
      -0.75,
    ],
    ['bytes unknown', { bytes_received: null }, {}, -1],
    ['bytes unknown there', {}, { bytes_received: null, bytes_sent: null }, -1],
    ['no SNI', {}, { requested_server_name: null }, -1],
    ['no cluster', { upstream_cluster: null }, {}, -1],
    ['an SNI of the application', {}, { requested_server_name: 'cache.example.org' }, -1],
    ['an SNI of another service', {}, { requested_server_name: SNI.replace('cache', 'queue') }, -4],
    ['an SNI of another port', {}, { requested_server_name: SNI.replace('5701', '5702') }, -4],
    ['a mesh SNI behind passthrough', { upstream_cluster: 'PassthroughCluster' }, {}, -4],
    ['a mesh SNI behind passthrough, newer name', { upstream_cluster: 'PassthroughCluster;' }, {}, -4],
  ];
  for (const [what, out, into, change] of rows)
    close(t, pairScore({ ...OUT, ...out }, { ...INTO, ...into }) - pairScore(OUT, INTO), change, what);
});

t.test('an SNI contradicts when it names another cluster than the client used', async (t) => {
  t.equal(sniContradicts(OUT, INTO), false);
  t.equal(sniContradicts(OUT, { ...INTO, requested_server_name: SNI.replace('cache', 'queue') }), true);
  t.equal(sniContradicts({ ...OUT, upstream_cluster: 'PassthroughCluster' }, INTO), true);
  t.equal(sniContradicts(OUT, { ...INTO, requested_server_name: null }), false);
  t.equal(sniContradicts(OUT, { ...INTO, requested_server_name: 'www.example.org' }), false);
});

t.test('the score of a pair does not depend on the pairs met before it', async (t) => {
  const expected = pairScore(OUT, INTO);
  for (let i = 0; i < 2_500; i++) {
    const other = `outbound_.${i}_._.s${i % 50}.shop.svc.cluster.local`;
    pairScore(
      { ...OUT, upstream_cluster: `outbound|${i}||s${i}` },
      { ...INTO, requested_server_name: other },
    );
    pairScore({ ...OUT, upstream_cluster: `outbound|${i}||s${i}` }, INTO);
  }
  t.equal(pairScore(OUT, INTO), expected);
});

t.test('lives overlap when they have a moment in common', async (t) => {
  const life = (start: number, end: number): ConnectionEnd => ({ ...OUT, start, end });
  const rows: [a: [number, number], b: [number, number], tolerance: number, overlap: boolean][] = [
    [[0, 10], [5, 15], 0, true],
    [[0, 10], [10, 15], 0, true],
    [[0, 10], [11, 15], 0, false],
    [[0, 10], [11, 15], 1, true],
    [[0, 100], [40, 50], 0, true],
    [[5, 5], [5, 5], 0, true],
    [[0, 0], [5_001, 6_000], 5_000, false],
  ];
  for (const [a, b, tolerance, overlap] of rows) {
    t.equal(livesOverlap(life(...a), life(...b), tolerance), overlap, `${a} and ${b}`);
    t.equal(livesOverlap(life(...b), life(...a), tolerance), overlap, `${b} and ${a}`);
  }
});

t.test('a score is a number between what speaks against a pair and what speaks for it', async (t) => {
  const count = fc.option(fc.nat({ max: 3 }));
  const end = fc
    .tuple(
      fc.nat({ max: 10_000 }),
      fc.nat({ max: 10_000 }),
      count,
      count,
      fc.option(fc.constantFrom(SNI, 'a.b')),
    )
    .map(
      ([start, life, received, sent, sni]): ConnectionEnd => ({
        ...OUT,
        start,
        end: start + life,
        bytes_received: received,
        bytes_sent: sent,
        requested_server_name: sni,
      }),
    );
  fc.assert(fc.property(end, end, (a, b) => pairScore(a, b) >= 5 - 3 - 0.5 - 3 && pairScore(a, b) <= 10));
  t.ok(PAIR_SCORE_MIN > 1 && PAIR_SCORE_MIN < 10);
});

t.test('half a key is not believed where the addresses that differ are likely both pods', async (t) => {
  const rows = [
    ['dnat', { server_ip: '10.96.0.10' }, { server_ip: '10.2.0.7' }, true],
    ['dnat', { server_ip: '10.2.0.3' }, { server_ip: '10.2.0.7' }, false],
    ['dnat', { server_ip: null }, { server_ip: '10.2.0.7' }, true],
    ['snat', { client_ip: '10.1.0.5' }, { client_ip: '192.168.0.9' }, true],
    ['snat', { client_ip: '10.1.0.5' }, { client_ip: '10.1.0.6' }, false],
    ['tunnel', { client_ip: '10.1.0.5' }, { client_ip: '10.1.0.5' }, true],
    ['tunnel', { client_ip: '10.1.0.5' }, { client_ip: '10.1.0.6' }, false],
    ['tunnel', { client_ip: 'fd00:1:2:3::5' }, { client_ip: 'fd00:1:2:3::6' }, false],
  ] as const;
  for (const [kind, client, server, isPair] of rows) {
    const end = { start: 0, end: 100, bytes_received: 7, bytes_sent: 9, upstream_cluster: null };
    const rest = { requested_server_name: null, client_ip: null, server_ip: null, unordered: false, tie: 1 };
    const score = halfScore(kind, { ...end, ...rest, ...client }, { ...end, ...rest, ...server });
    t.equal(score !== null, isPair, `${kind} ${JSON.stringify([client, server])}`);
  }
});
