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
const twin = pod('web', '10.1.0.6', 'xx5xx', 'shop');
const SHARED = '10.1.0.7';
const DIALLED = `${SHARED}:6379`;
const cache = pod('cache', SHARED, 'bb2cc', 'shop');
const queue = pod('queue', SHARED, 'dd4dd', 'shop');
const CACHE = 'cache.shop.svc.cluster.local';
const QUEUE = 'queue.shop.svc.cluster.local';
const TRAP = {
  cluster: cluster(6379, 'trap.team-b.svc.cluster.local'),
  host: '10.96.7.7:6379',
  response_flags: ['UF', 'URX'],
};
const kinds = async (lines: Parameters<typeof shiftsOf>[0]) =>
  (await shiftsOf(lines)).map((shift) => shift.kind).sort();

t.test('an address that goes to another pod takes another name, and nothing was routed anew', async (t) => {
  const before = [1, 2].flatMap((minute) => [
    owned(cache, 6379, CACHE, at(minute)),
    out(web, DIALLED, { time: at(minute), cluster: cluster(6379, CACHE) }),
  ]);
  const after = [20, 21].flatMap((minute) => [
    owned(queue, 6379, QUEUE, at(minute)),
    out(web, DIALLED, { time: at(minute), cluster: cluster(6379, QUEUE) }),
  ]);
  t.strictSame(await kinds([...before, ...after]), []);
  const unnamed = [20, 21].flatMap((minute) => [
    into(queue, 6379, '10.1.9.9:1', { time: at(minute) }),
    out(web, DIALLED, { time: at(minute), cluster: PASSTHROUGH }),
  ]);
  t.strictSame(await kinds([...before, ...unnamed]), []);
  t.strictSame(await incidentsOf([...before, ...unnamed]), []);
  t.test('but a capture there is one', async (t) => {
    const taken = [25, 26].map((minute) => out(web, DIALLED, { time: at(minute), ...TRAP }));
    matchEach(t, await incidentsOf([...before, ...after, ...taken]), [{ diagnosis: 'catch_all_capture' }]);
    t.strictSame(await kinds([...before, ...after, ...taken]), ['direct_to_captured']);
  });
});

t.test('a change between two pods of a workload is told of the workload, and of no pod', async (t) => {
  const [old, moved] = [
    pod('cache', '10.1.0.17', 'ff6ff', 'shop'),
    pod('cache', '10.1.0.18', 'gg7gg', 'shop'),
  ];
  const lines = [
    owned(old, 6379, CACHE, at(0)),
    owned(moved, 6379, CACHE, at(0)),
    out(twin, '203.0.113.9:80', { time: at(0), cluster: PASSTHROUGH }),
    out(web, '10.1.0.17:6379', { time: at(1), cluster: PASSTHROUGH }),
    out(web, '10.1.0.17:6379', { time: at(2), cluster: PASSTHROUGH }),
    ...[10, 11].map((minute) => out(twin, '10.1.0.18:6379', { time: at(minute), ...TRAP })),
  ];
  const source = { pod: null, workload: 'web', namespace: 'shop', ip: null };
  matchEach(t, await shiftsOf(lines), [{ kind: 'passthrough_to_captured', source }]);
  const own = [12, 13].map((minute) => out(web, '10.1.0.17:6379', { time: at(minute), ...TRAP }));
  const sources = (await shiftsOf([...lines, ...own])).map((shift) => shift.source.pod);
  t.strictSame(sources.sort(), [null, web.name].sort(), 'who shows both sides is named');
});
