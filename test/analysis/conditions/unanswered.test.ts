import t from 'tap';
import type { ParsedLine } from '../../../src/domain/entry.ts';
import { at, cluster, incidentsOf, into, matchEach, out, owned, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const api = pod('api', '10.1.0.6', 'zz2zz', 'shop');
const db = pod('db', '10.1.0.9', 'bb2cc', 'data');
const DB = 'db.data.svc.cluster.local';
const call = (from: typeof web, minute: number, rest = {}) =>
  out(from, '10.96.0.10:5432', {
    time: at(minute),
    cluster: cluster(5432, DB),
    host: '10.1.0.9:5432',
    upstream_local_address: `${from.ip}:${50_000 + minute}`,
    ...rest,
  });
const answered = (from: typeof web, minute: number): ParsedLine[] => [
  call(from, minute),
  owned(db, 5432, DB, at(minute), `${from.ip}:${50_000 + minute}`),
];
const lost = (minute: number, rest = {}) => call(web, minute, { bytes_sent: 0, duration: 8, ...rest });
const later = into(db, 9_999, '10.1.9.9:1', { time: at(60) });
const fine = [...answered(api, 1), ...answered(api, 2)];

t.test('short calls without an answer that the server knows nothing of are told', async (t) => {
  const incidents = await incidentsOf([...fine, lost(10), lost(11), lost(12), later]);
  matchEach(t, incidents, [
    {
      diagnosis: 'tls_failure_at_server',
      severity: 'medium',
      sources: [{ pod: web.name }],
      destinations: [{ address: '10.96.0.10:5432' }],
      connections: 3,
    },
  ]);
  t.match(
    incidents[0]?.evidence.join(' '),
    /3 connections were made, got no byte back .* the server has 2 lines/,
  );
});

t.test('few, answered, long, or not to be known of yet, they are none', async (t) => {
  t.strictSame(await incidentsOf([...fine, lost(10), lost(11), later]), [], 'few');
  const bytes = [10, 11, 12].map((minute) => lost(minute, { bytes_sent: 5 }));
  t.strictSame(await incidentsOf([...fine, ...bytes, later]), [], 'with an answer');
  const long = [10, 11, 12].map((minute) => lost(minute, { duration: 60_000 }));
  t.strictSame(await incidentsOf([...fine, ...long, later]), [], 'long');
  t.strictSame(
    await incidentsOf([...fine, lost(10), lost(11), lost(12)]),
    [],
    "the server's log ends before",
  );
  t.strictSame(
    await incidentsOf([lost(10), lost(11), lost(12), later]),
    [],
    'the server has no line of the port',
  );
});

t.test('single lines of a client that were lost on the way are none', async (t) => {
  const most = Array.from({ length: 12 }, (_, i) => answered(web, 20 + i)).flat();
  t.strictSame(await incidentsOf([...fine, lost(10), lost(11), lost(12), ...most, later]), []);
});
