/** Blocked connections that are no policy: lost in a race with an update of the proxy. */
import t from 'tap';
import { at, incidentsOf, matchEach, out, owned, PASSTHROUGH, pod, shiftsOf } from './scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const late = pod('api', '10.1.0.6', 'zz2zz', 'shop');
const PEER = '203.0.113.5:9092';
const HOLE = { cluster: 'BlackHoleCluster', host: null, response_flags: ['UH'] };
const pass = (from: typeof web, minute: number, to = PEER) =>
  out(from, to, { time: at(minute), cluster: PASSTHROUGH });
const hole = (from: typeof web, minute: number, to = PEER) => out(from, to, { time: at(minute), ...HOLE });
const kinds = async (lines: Parameters<typeof shiftsOf>[0]) =>
  (await shiftsOf(lines)).map((shift) => shift.kind).sort();

t.test('what a new pod lost before its proxy had listeners is no incident', async (t) => {
  const first = [hole(late, 30), hole(late, 30.05), hole(late, 30.1)];
  const then = [30.4, 31, 32, 33].map((minute) => pass(late, minute));
  t.strictSame(await incidentsOf([pass(web, 0), ...first, ...then]), []);
  t.strictSame(await kinds([pass(web, 0), ...first, ...then]), []);
  t.test('unless it is never let through', async (t) => {
    matchEach(t, await incidentsOf([pass(web, 0), ...first]), [{ diagnosis: 'blocked_by_registry_only' }]);
  });
  t.test('or others are blocked on the port meanwhile', async (t) => {
    const others = [
      pass(web, 28),
      pass(web, 29),
      hole(web, 29.9),
      hole(web, 30.2),
      pass(web, 35),
      pass(web, 36),
    ];
    matchEach(t, await incidentsOf([pass(web, 0), ...others, ...first, ...then]), [
      { diagnosis: 'blocked_by_registry_only', sources: [{ workload: 'api' }, { workload: 'web' }] },
    ]);
  });
});

t.test('a single blocked connection amid others that passed is told nowhere', async (t) => {
  const lines = [pass(web, 1), pass(web, 2), hole(web, 10), pass(web, 20), pass(web, 21)];
  t.strictSame(await kinds(lines), []);
  t.strictSame(await incidentsOf(lines), []);
});

t.test('one each of two clients, minutes apart, is told with its beginning and its end', async (t) => {
  const lines = [web, late].flatMap((from, i) => [
    pass(from, 1),
    pass(from, 2),
    hole(from, 10 + i),
    pass(from, 20),
    pass(from, 21),
  ]);
  t.strictSame(await kinds(lines), [
    'blackhole_to_passthrough',
    'blackhole_to_passthrough',
    'passthrough_to_blackhole',
    'passthrough_to_blackhole',
  ]);
  matchEach(t, await incidentsOf(lines), [
    {
      onset: { after: '2024-05-01T10:02:00.000Z', before: '2024-05-01T10:10:00.000Z' },
      ended: { after: '2024-05-01T10:11:00.000Z', before: '2024-05-01T10:20:00.000Z' },
    },
  ]);
});

t.test('a capture of a new pod that ends in its first minute is over', async (t) => {
  const cache = pod('cache', '10.1.0.7', 'bb2cc', 'shop');
  const taken = [30, 30.1].map((minute) =>
    out(late, '10.1.0.7:6379', {
      time: at(minute),
      cluster: 'outbound|6379||trap.team-b.svc.cluster.local',
      host: '10.96.7.7:6379',
      response_flags: ['UF', 'URX'],
    }),
  );
  const then = [30.4, 31, 32].map((minute) => pass(late, minute, '10.1.0.7:6379'));
  const known = owned(cache, 6379, 'cache.shop.svc.cluster.local', at(0));
  matchEach(t, await incidentsOf([known, ...taken, ...then]), [
    {
      diagnosis: 'catch_all_capture',
      ended: { after: '2024-05-01T10:30:06.000Z', before: '2024-05-01T10:30:24.000Z' },
    },
  ]);
});
