/** Pods that write of nothing but what they turned away: the lines name no direction, and yet tell whose an address is. */
import t from 'tap';
import { NO_FILTER } from '../../src/domain/filter.ts';
import {
  analysisOf,
  at,
  incidentsOf,
  into,
  matchEach,
  out,
  owned,
  PAGE,
  PASSTHROUGH,
  pod,
} from './scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const api = pod('api', '10.1.0.6', 'zz2zz', 'shop');
const db = pod('db', '10.1.0.9', 'bb2cc', 'data');
const cache = pod('cache', '10.1.0.9', 'cc2cc', 'data');
const CACHE = '10.1.0.9:6379';
const before = [0, 20].map((minute) => owned(db, 5432, 'db.data.svc.cluster.local', at(minute)));
const turned = (from: string, minute: number, server = cache) =>
  into(server, 6379, from, {
    time: at(minute),
    upstream_cluster: null,
    upstream_host: null,
    upstream_local_address: null,
    response_flags: ['NR'],
    bytes_received: 0,
    bytes_sent: 0,
  });
const calls = (from: typeof web, ...minutes: number[]) =>
  minutes.map((minute) => out(from, CACHE, { time: at(minute), cluster: PASSTHROUGH }));
const podAt = async (lines: Parameters<typeof analysisOf>[0]) => {
  const { items } = await analysisOf(lines).routes(NO_FILTER, PAGE);
  return items.map((route) => route.destination.workload);
};

t.test('an address passes to the pod that turns away a known pod there', async (t) => {
  const lines = [...before, ...calls(web, 60, 61, 62), ...[60, 61].map((m) => turned('10.1.0.5:41000', m))];
  t.strictSame(await podAt(lines), ['cache']);
  matchEach(t, await incidentsOf(lines), [
    {
      diagnosis: 'strict_vs_plaintext',
      severity: 'medium',
      sources: [{ workload: 'web' }],
      destinations: [{ address: CACHE, pod: cache.name }],
    },
  ]);
});

t.test('or two strangers by turns', async (t) => {
  const strangers = ['203.0.113.1:1000', '203.0.113.2:1000', '203.0.113.1:1001'];
  const lines = [...before, ...calls(web, 60), ...strangers.map((from, i) => turned(from, 60 + i))];
  t.strictSame(await podAt(lines), ['cache']);
});

t.test('not where the pod may as well be the one that called', async (t) => {
  await t.test('one stranger', async (t) => {
    const lines = [
      ...before,
      ...calls(web, 60),
      turned('203.0.113.1:1000', 60),
      turned('203.0.113.1:1001', 61),
    ];
    t.strictSame(await podAt(lines), ['db']);
  });
  await t.test('two, one after the other: one pod that has got another address', async (t) => {
    const lines = [
      ...before,
      ...calls(web, 60),
      turned('203.0.113.1:1000', 60),
      turned('203.0.113.2:1001', 61),
    ];
    t.strictSame(await podAt(lines), ['db']);
  });
  await t.test('the address is shown by another pod meanwhile', async (t) => {
    const lines = [
      ...before,
      owned(db, 5432, 'db.data.svc.cluster.local', at(70)),
      ...calls(web, 60, 62),
      ...[60, 62].map((minute) => turned('10.1.0.5:41000', minute)),
    ];
    t.strictSame(await podAt(lines), ['db']);
  });
});

t.test('its first proper line changes nothing', async (t) => {
  const proper = into(cache, 6379, '10.1.0.6:42000', { time: at(63) });
  const lines = [...before, ...calls(web, 60, 61), turned('10.1.0.5:41000', 60.5), proper, ...calls(api, 63)];
  t.strictSame(await podAt(lines), ['cache', 'cache']);
});
