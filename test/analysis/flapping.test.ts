/** Routing to and fro: one story where it is quick, several changes where it is slow. */
import t from 'tap';
import { at, cluster, incidentsOf, matchEach, out, owned, PASSTHROUGH, pod, shiftsOf } from './scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const cache = pod('cache', '10.1.0.7', 'bb2cc', 'shop');
const CACHE = 'cache.shop.svc.cluster.local';
const DIALLED = '10.1.0.7:6379';
const known = owned(cache, 6379, CACHE, at(0));
const pass = (minute: number, rest = {}) =>
  out(web, DIALLED, { time: at(minute), cluster: PASSTHROUGH, ...rest });
const captured = (minute: number) =>
  out(web, DIALLED, {
    time: at(minute),
    cluster: cluster(6379, 'trap.team-b.svc.cluster.local'),
    host: '10.96.7.7:6379',
    response_flags: ['UF', 'URX'],
    duration: 10_000,
  });
const kinds = async (lines: Parameters<typeof shiftsOf>[0]) =>
  (await shiftsOf(lines)).map((shift) => shift.kind);

t.test('three changes within half an hour are one, into the worse routing', async (t) => {
  const lines = [known, pass(1), captured(10), pass(20), captured(30)];
  t.strictSame(await kinds(lines), ['passthrough_to_captured']);
  matchEach(t, await incidentsOf(lines), [{ connections: 2, ended: null }]);
});

t.test('what ends in the better routing is over', async (t) => {
  const lines = [known, pass(1), captured(10), pass(15), captured(20), pass(25)];
  t.strictSame(await kinds(lines), ['captured_to_passthrough', 'passthrough_to_captured']);
  t.match(await incidentsOf(lines), [{ ended: { before: '2024-05-01T10:25:00.000Z' } }]);
});

t.test('two changes, or three over a longer time, are as many', async (t) => {
  t.strictSame(await kinds([known, pass(1), captured(10), pass(20)]), [
    'captured_to_passthrough',
    'passthrough_to_captured',
  ]);
  t.strictSame(await kinds([known, pass(1), captured(10), pass(25), captured(41)]), [
    'passthrough_to_captured',
    'captured_to_passthrough',
    'passthrough_to_captured',
  ]);
});

t.test('connections of the old routing that end or are read late are no flapping', async (t) => {
  const lines = [
    known,
    pass(1),
    pass(3, { duration: 3_600_000 }),
    pass(5, { duration: 7_200_000 }),
    captured(10),
    captured(11),
  ];
  const late = [lines[0], lines[4], lines[5], lines[3], lines[2], lines[1]].filter(
    (line) => line !== undefined,
  );
  t.strictSame(await kinds(late), ['passthrough_to_captured']);
  matchEach(t, await shiftsOf(late), [
    { last_before: '2024-05-01T10:05:00.000Z', before: { connections: 3 } },
  ]);
});

t.test('proxies of two control planes may differ for as long as they like', async (t) => {
  const canary = pod('api', '10.1.0.6', 'zz2zz', 'shop');
  const name = cluster(6379, 'cache-headless.shop.svc.cluster.local');
  const lines = [1, 20, 40].flatMap((minute) => [
    pass(minute),
    out(canary, DIALLED, { time: at(minute + 1), cluster: name }),
  ]);
  t.strictSame(await kinds([known, ...lines]), []);
  t.strictSame(await incidentsOf([known, ...lines]), []);
});
