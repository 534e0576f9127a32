/** Failures of a pod's first seconds, before its proxy has its listeners. */
import t from 'tap';
import { at, cluster, incidentsOf, into, matchEach, out, owned, pod } from './scenes.ts';

const web = pod('web', '10.1.0.5', 'aa2aa', 'shop');
const late = pod('api', '10.1.0.6', 'zz2zz', 'shop');
const db = pod('db', '10.1.0.9', 'bb2cc', 'data');
const DB = 'db.data.svc.cluster.local';
const VIP = '10.96.0.10:5432';
const NAMED = { cluster: cluster(5432, DB), host: '10.1.0.9:5432' };
const fine = (from: typeof web, minute: number) => out(from, VIP, { time: at(minute), ...NAMED });
const fails = (from: typeof web, minute: number, to = VIP) =>
  out(from, to, { time: at(minute), ...NAMED, host: null, response_flags: ['UH'] });
const SECONDS = [30, 30.05, 30.1];
const before = [owned(db, 5432, DB, at(0)), fine(web, 1), fine(web, 29), fine(web, 40)];
const start = SECONDS.map((minute) => fails(late, minute));
const then = [30.5, 31, 32].map((minute) => fine(late, minute));

t.test('what a new pod failed at and then reached is no incident', async (t) => {
  t.strictSame(await incidentsOf([...before, ...start, ...then]), []);
  t.test('also when its failures and successes interleave', async (t) => {
    t.strictSame(await incidentsOf([...before, ...start, fine(late, 30.07), ...then]), []);
  });
});

t.test('what it never reached is a note', async (t) => {
  const incidents = await incidentsOf([...before, ...start]);
  matchEach(t, incidents, [{ diagnosis: 'no_endpoints', severity: 'info', failures: 3 }]);
  t.match(incidents[0]?.evidence.join(' '), /in the first minute of the pod/);
});

t.test('it is told as ever', async (t) => {
  const told = [{ diagnosis: 'no_endpoints', severity: 'high' }];
  await t.test('of a pod that was there when the data begins', async (t) => {
    matchEach(t, await incidentsOf([fine(late, 0), ...before, ...start, ...then]), told);
  });
  await t.test('when it goes on after the first minute', async (t) => {
    matchEach(t, await incidentsOf([...before, ...start, fails(late, 32), fine(late, 33)]), told);
  });
  await t.test('when pods that had long been there failed too', async (t) => {
    const others = SECONDS.map((minute) => fails(web, minute + 2));
    matchEach(t, await incidentsOf([...before, ...start, ...others, ...then, fine(web, 40)]), [
      { diagnosis: 'no_endpoints', failures: 6 },
    ]);
  });
  await t.test('an hour after the others did', async (t) => {
    const others = [100, 101, 102].map((minute) => fails(web, minute));
    matchEach(t, await incidentsOf([...before, ...start, ...others, ...then]), [
      { diagnosis: 'no_endpoints', failures: 3, onset: { before: '2024-05-01T11:40:00.000Z' } },
    ]);
  });
});

t.test('a pod that has a new address under its old name has started anew', async (t) => {
  const [old, anew] = ['10.1.0.6', '10.1.0.7'].map((ip) => ({ name: 'store-0', ip, namespace: 'shop' }));
  if (old === undefined || anew === undefined) throw new Error('two addresses');
  const lines = (again: typeof old) => [
    ...before,
    fine(old, 1),
    fine(old, 20),
    ...SECONDS.map((minute) => fails(again, minute)),
    ...[30.5, 31].map((minute) => fine(again, minute)),
  ];
  t.strictSame(await incidentsOf(lines(anew)), []);
  matchEach(t, await incidentsOf(lines(old)), [{ severity: 'high' }]);
});

t.test('a server that does not listen at once is a note, and over with its first answer', async (t) => {
  const fresh = pod('db', '10.1.0.10', 'dd2dd', 'data');
  const refused = SECONDS.map((minute) =>
    into(fresh, 5432, '10.1.0.5:40000', {
      time: at(minute),
      response_flags: ['UF', 'URX'],
      upstream_local_address: null,
      upstream_transport_failure_reason: 'delayed_connect_error:_111',
    }),
  );
  const answered = into(fresh, 5432, '10.1.0.5:40010', { time: at(30.5) });
  matchEach(t, await incidentsOf([...before, ...refused, answered]), [
    {
      diagnosis: 'connection_refused',
      severity: 'info',
      ended: { after: '2024-05-01T10:30:06.000Z', before: '2024-05-01T10:30:30.000Z' },
    },
  ]);
});
