/** Every change of routing that is worth an event, and what it is told as. */
import t from 'tap';
import type { ParsedLine } from '../../src/domain/entry.ts';
import { at, cluster, incidentsOf, out, owned, PASSTHROUGH, pod, shiftsOf } from './scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const cache = pod('cache', '10.1.0.7', 'bb2cc', 'shop');
const CACHE = 'cache.shop.svc.cluster.local';
const POD = '10.1.0.7:6379';
const VIP = '10.96.0.10:6379';
const STRANGER = '203.0.113.5:6379';
type Way = Parameters<typeof out>[2] extends infer T ? Omit<T & object, 'time'> : never;

const passthrough: Way = { cluster: PASSTHROUGH };
const blackhole: Way = { cluster: 'BlackHoleCluster', host: null, response_flags: ['UH'] };
const direct: Way = { cluster: cluster(6379, CACHE) };
const service: Way = { cluster: cluster(6379, CACHE), host: POD };
const subset: Way = { cluster: `outbound|6379|v2|${CACHE}`, host: POD };
const renamed: Way = { cluster: cluster(6379, 'cache-v2.shop.svc.cluster.local'), host: '10.1.0.27:6379' };
const noChain: Way = { cluster: null, host: null, response_flags: ['NR'] };
const captured: Way = {
  cluster: cluster(6379, 'trap.team-b.svc.cluster.local'),
  host: '10.96.7.7:6379',
  response_flags: ['UF', 'URX'],
  duration: 10_000,
};
const inherited: Way = { ...captured, cluster: cluster(6379, 'younger.team-c.svc.cluster.local') };
const nominal: Way = { cluster: cluster(6379, 'partner.example') };

const ROWS: ReadonlyArray<
  readonly [from: Way, to: Way, dialled: string, kind: string, diagnosis: string | null]
> = [
  [passthrough, captured, POD, 'passthrough_to_captured', 'catch_all_capture'],
  [passthrough, nominal, POD, 'passthrough_to_captured_nominal', 'nominal_capture'],
  [direct, captured, POD, 'direct_to_captured', 'catch_all_capture'],
  [captured, passthrough, POD, 'captured_to_passthrough', 'catch_all_capture'],
  [nominal, passthrough, POD, 'captured_nominal_to_passthrough', 'nominal_capture'],
  [captured, direct, POD, 'captured_to_direct', 'catch_all_capture'],
  [captured, inherited, POD, 'captured_to_captured', 'port_owner_changed'],
  [passthrough, blackhole, POD, 'passthrough_to_blackhole', 'blocked_by_registry_only'],
  [blackhole, passthrough, POD, 'blackhole_to_passthrough', 'blocked_by_registry_only'],
  [blackhole, captured, POD, 'blackhole_to_captured', 'catch_all_capture'],
  [service, blackhole, VIP, 'service_to_blackhole', 'blocked_by_registry_only'],
  [direct, blackhole, POD, 'direct_to_blackhole', 'blocked_by_registry_only'],
  [service, passthrough, VIP, 'service_to_passthrough', 'visibility_lost'],
  [passthrough, service, VIP, 'passthrough_to_service', null],
  [direct, passthrough, POD, 'direct_to_passthrough', 'pod_ip_passthrough'],
  [passthrough, direct, POD, 'passthrough_to_direct', null],
  [service, renamed, VIP, 'service_to_service', null],
  [service, subset, VIP, 'service_to_service', null],
  [service, noChain, VIP, 'service_to_no_filter_chain', 'gateway_sni_miss'],
  [direct, passthrough, STRANGER, 'direct_to_passthrough', 'unknown_external'],
];

for (const [from, to, dialled, kind, diagnosis] of ROWS) {
  const what = kind === 'service_to_service' ? `${kind} (${to.cluster})` : `${kind} at ${dialled}`;
  t.test(`${what} is told once, as ${diagnosis ?? 'a change and no incident'}`, async (t) => {
    const named = (way: Way) =>
      dialled === STRANGER && way === direct ? { ...way, cluster: cluster(6379, 'db.example') } : way;
    const lines: ParsedLine[] = [
      owned(cache, 6379, CACHE, at(0)),
      ...[1, 2].map((minute) => out(web, dialled, { time: at(minute), ...named(from) })),
      ...[10, 11].map((minute) => out(web, dialled, { time: at(minute), ...named(to) })),
    ];
    t.strictSame(
      (await shiftsOf(lines)).map((shift) => [
        shift.kind,
        shift.last_before,
        shift.first_after,
        shift.confirmed,
      ]),
      [[kind, '2024-05-01T10:02:00.000Z', '2024-05-01T10:10:00.000Z', true]],
    );
    const told = (await incidentsOf(lines)).map((incident) => incident.diagnosis);
    if (diagnosis === null) t.strictSame(told, []);
    else t.ok(told.includes(diagnosis), told.join());
  });
}

t.test('a capture of a service address that is gone', async (t) => {
  const lines = [
    owned(cache, 6379, CACHE, at(0)),
    ...[1, 2].map((minute) => out(web, VIP, { time: at(minute), ...service })),
    ...[10, 11].map((minute) => out(web, VIP, { time: at(minute), ...captured })),
    out(web, POD, { time: at(12), ...captured }),
  ];
  const kinds = (await shiftsOf(lines)).map((shift) => shift.kind);
  t.ok(kinds.includes('service_to_captured'), kinds.join());
});
