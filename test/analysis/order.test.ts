/** The same lines in any order and any split give the same answers. */
import fc from 'fast-check';
import t from 'tap';
import { createAnalysis } from '../../src/analysis/create-analysis.ts';
import type { ParsedLine } from '../../src/domain/entry.ts';
import { NO_FILTER } from '../../src/domain/filter.ts';
import { memoryStore } from '../helpers/flows.ts';
import { at, cluster, into, out, owned, PAGE, PASSTHROUGH, pod } from './scenes.ts';

const web = pod('web', '10.1.0.5', 'aa2aa', 'shop');
const api = pod('api', '10.1.0.6', 'aa2aa', 'shop');
const cache = pod('cache', '10.1.0.7', 'bb2cc', 'shop');
const CACHE = 'cache.shop.svc.cluster.local';
const TRAP = { cluster: cluster(6379, 'trap.team-b.svc.cluster.local'), host: '10.96.7.7:6379' };
const FAILED = { response_flags: ['UF', 'URX'], duration: 10_000 };
const LINES: readonly ParsedLine[] = [
  owned(cache, 6379, CACHE, at(0)),
  ...[1, 2, 3].flatMap((minute) => [
    out(web, '10.1.0.7:6379', { time: at(minute), cluster: PASSTHROUGH }),
    out(api, '10.1.0.7:6379', { time: at(minute) + 5, cluster: PASSTHROUGH }),
    out(web, '10.96.0.10:6379', {
      time: at(minute),
      cluster: cluster(6379, CACHE),
      host: `10.1.0.${minute}:6379`,
    }),
  ]),
  out(web, '10.1.0.7:6379', { time: at(10), ...TRAP, ...FAILED }),
  out(web, '10.1.0.7:6379', { time: at(11), ...TRAP, ...FAILED }),
  out(api, '10.1.0.7:6379', { time: at(12), ...TRAP, upstream_local_address: '10.1.0.6:9' }),
  out(web, '10.1.0.7:6379', { time: at(30), cluster: PASSTHROUGH, upstream_local_address: '10.1.0.5:33002' }),
  into(cache, 6379, '10.1.0.5:33002', { time: at(30) }),
  out(web, '10.96.0.10:6379', { time: at(40), cluster: PASSTHROUGH }),
  out(web, '10.96.0.10:6379', { time: at(41), cluster: PASSTHROUGH }),
  ...[50, 51].map((minute) =>
    out(api, '203.0.113.5:443', {
      time: at(minute),
      cluster: 'BlackHoleCluster',
      host: null,
      response_flags: ['UH'],
    }),
  ),
  out(api, '10.96.0.11:80', {
    time: at(60),
    cluster: cluster(80, 'gone.shop.svc.cluster.local'),
    host: '10.1.0.50:80',
    ...FAILED,
    upstream_transport_failure_reason: 'delayed_connect_error:_113',
  }),
];

const db = pod('db', '10.1.0.9', 'bb2cc', 'data');
const DB = 'db.data.svc.cluster.local';
/** A call by name and its arrival: `late` is how far the server's clock is ahead, ms. */
const call = (minute: number, sni: string | null, late: number) => [
  out(api, '10.96.0.12:5432', {
    time: at(minute),
    cluster: cluster(5432, DB),
    host: '10.1.0.9:5432',
    upstream_local_address: `10.1.0.6:${50_000 + minute}`,
  }),
  into(db, 5432, `10.1.0.6:${50_000 + minute}`, { time: at(minute) + late, requested_server_name: sni }),
];
const CONDITIONS: readonly ParsedLine[] = [
  ...[1, 2, 3].flatMap((minute) => call(minute, `outbound_.5432_._.${DB}`, 600)),
  ...[10, 11, 12].flatMap((minute) => call(minute, null, 600)),
  ...[1, 2].map((minute) => into(db, 9_000, '10.1.9.9:1', { time: at(minute) })),
  ...[10, 11].map((minute) =>
    into(db, 9_000, '10.1.9.9:1', { time: at(minute), upstream_cluster: 'InboundPassthroughCluster' }),
  ),
  ...[1, 2, 3].map((minute) =>
    out(web, '203.0.113.8:25', {
      time: at(minute),
      cluster: cluster(25, 'mail.example'),
      response_flags: ['DT'],
    }),
  ),
  ...Array.from({ length: 20 }, (_, i) =>
    out(web, `203.0.113.9:${1_000 + i}`, { time: at(20) + i * 100, cluster: PASSTHROUGH }),
  ),
];

t.test('so do conditions, which rest on counts, pairs and times', async (t) => {
  const expected = await tellAll([CONDITIONS]);
  for (const diagnosis of [
    'clock_skew',
    'max_connection_duration',
    'mtls_lost',
    'scan',
    'traffic_to_undeclared_port',
  ])
    t.ok(expected.includes(`"diagnosis":"${diagnosis}"`), diagnosis);
  const orders = fc.shuffledSubarray([...CONDITIONS], { minLength: CONDITIONS.length });
  await fc.assert(
    fc.asyncProperty(orders, fc.integer({ min: 0, max: CONDITIONS.length }), async (order, cut) => {
      return (await tellAll([order.slice(0, cut), order.slice(cut), order.slice(0, 3)])) === expected;
    }),
    { numRuns: 25 },
  );
});

t.test('any order and any split of the lines give byte-equal answers', async (t) => {
  const expected = await tellAll([LINES]);
  t.match(expected, /silent_misdelivery.*visibility_lost/s, 'there is something to tell');
  const orders = fc.shuffledSubarray([...LINES], { minLength: LINES.length });
  await fc.assert(
    fc.asyncProperty(orders, fc.integer({ min: 0, max: LINES.length }), async (order, cut) => {
      return (await tellAll([order.slice(0, cut), order.slice(cut), order.slice(0, 3)])) === expected;
    }),
    { numRuns: 60 },
  );
});

async function tellAll(batches: ReadonlyArray<readonly ParsedLine[]>): Promise<string> {
  const store = memoryStore();
  for (const batch of batches) store.add(batch);
  const analysis = createAnalysis({ reader: store, render: () => null, now: () => at(600) });
  const answers = [
    await analysis.incidents(NO_FILTER, PAGE),
    await analysis.shifts(NO_FILTER, PAGE),
    await analysis.routes(NO_FILTER, PAGE),
    await analysis.connections(NO_FILTER, { limit: 7, cursor: null }),
    await analysis.pairs(NO_FILTER, PAGE),
    await analysis.summary(),
    await analysis.explain({ ip: '10.1.0.7', port: null }, NO_FILTER),
  ];
  return JSON.stringify(answers);
}
