import t from 'tap';
import type { ParsedLine } from '../../../src/domain/entry.ts';
import { makeLine } from '../../helpers/flows.ts';
import { at, cluster, incidentsOf, into, matchEach, out, type Pod, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const api = pod('api', '10.1.0.6', 'zz2zz', 'shop');
const db = pod('db', '10.1.0.9', 'bb2cc', 'data');
const cache = pod('cache', '10.1.0.7', 'bb2cc', 'data');
let port = 50_000;

/** Connections of one pod to another, with the server's times so many ms off. */
function calls(from: Pod, to: Pod, count: number, off: { start: number; end: number }): ParsedLine[] {
  return Array.from({ length: count }, (_, i) => {
    port += 2;
    const inner = `${from.ip}:${port}`;
    const time = at(i);
    return [
      out(from, '10.96.0.10:5432', {
        time,
        duration: 5_000,
        cluster: cluster(5432, 'db.data.svc.cluster.local'),
        host: `${to.ip}:5432`,
        upstream_local_address: inner,
      }),
      into(to, 5432, inner, { time: time + off.start, duration: 5_000 + off.end - off.start }),
    ];
  }).flat();
}
const shifted = (ms: number) => ({ start: ms, end: ms });

t.test('ends that disagree by more than a network explains are clocks that do', async (t) => {
  const incidents = await incidentsOf(calls(web, db, 4, shifted(1_200)));
  matchEach(t, incidents, [
    {
      diagnosis: 'clock_skew',
      severity: 'info',
      title: `Clocks disagree between ${web.name} and ${db.name}`,
      sources: [{ pod: web.name }],
      destinations: [{ pod: db.name, workload: 'db' }],
      victims: ['db'],
      connections: 4,
    },
  ]);
  t.match(incidents[0]?.evidence.join(' '), /4 connections .* 1\.2s .*Which of the two clocks is off/);
});

t.test('clocks so far apart that there are no pairs are told all the same', async (t) => {
  const incidents = await incidentsOf([
    ...calls(web, db, 4, shifted(-3_600_000)),
    ...calls(api, db, 4, shifted(-3_600_000)),
    ...calls(web, cache, 4, shifted(3)),
  ]);
  matchEach(t, incidents, [{ diagnosis: 'clock_skew', destinations: [{ pod: db.name }], connections: 8 }]);
  t.match(
    incidents[0]?.evidence.join(' '),
    new RegExp(`8 connections between pod ${db.name} .* 1h0m earlier by pod ${db.name} .*are not paired`),
  );
  await t.test('not of lines that have one address by chance', async (t) => {
    const far = calls(web, db, 4, shifted(60_000));
    const others = far.map((line, i) =>
      i % 2 === 0 ? line : makeLine({ ...line.entry, pod: db.name, namespace: 'data', bytes_sent: 99 }),
    );
    t.strictSame(await incidentsOf(others), []);
  });
  await t.test('nor of two alone', async (t) => {
    t.strictSame(await incidentsOf(calls(web, db, 2, shifted(60_000))), []);
  });
});

t.test('the place that disagrees with all others is named', async (t) => {
  const lines = [
    ...calls(web, db, 4, shifted(-800)),
    ...calls(api, db, 4, shifted(-800)),
    ...calls(web, cache, 4, shifted(3)),
    ...calls(api, cache, 4, shifted(3)),
  ];
  const incidents = await incidentsOf(lines);
  t.equal(incidents.length, 1);
  t.match(
    incidents[0]?.evidence[0],
    new RegExp(`8 connections between pod ${db.name} and .*800ms earlier by pod ${db.name}`),
  );
});

t.test(
  'small differences, single connections, and a server that waits for first bytes are none',
  async (t) => {
    t.strictSame(await incidentsOf(calls(web, db, 4, shifted(200))), [], 'small');
    t.strictSame(await incidentsOf(calls(web, db, 2, shifted(1_200))), [], 'two connections');
    t.strictSame(await incidentsOf(calls(web, db, 4, { start: 1_003, end: 4 })), [], 'a wait at the start');
    t.strictSame(await incidentsOf(calls(web, db, 4, { start: 3, end: 2_000 })), [], 'ends alone');
  },
);

t.test('they are looked for in every hour, not among the newest pairs alone', async (t) => {
  const lost = calls(web, db, 2, { start: 2, end: 900_002 });
  const off = calls(api, cache, 4, shifted(1_200));
  const later = Array.from({ length: 1_100 }, (_, i) => {
    port += 2;
    const inner = `${web.ip}:${port}`;
    const time = at(200) + i * 1_000;
    return [
      out(web, '10.96.0.10:5432', {
        time,
        cluster: cluster(5432, 'db.data.svc.cluster.local'),
        host: `${db.ip}:5432`,
        upstream_local_address: inner,
      }),
      into(db, 5432, inner, { time: time + 2 }),
    ];
  }).flat();
  const found = (await incidentsOf([...lost, ...off, ...later])).map(({ diagnosis }) => diagnosis);
  t.strictSame(found.sort(), ['clock_skew', 'half_open']);
});

t.test('ends that lie minutes apart while the clocks agree are half open connections', async (t) => {
  const fine = calls(web, db, 5, shifted(2));
  const lost = calls(web, db, 2, { start: 2, end: 900_002 });
  const incidents = await incidentsOf([...fine, ...lost]);
  matchEach(t, incidents, [{ diagnosis: 'half_open', severity: 'info', sources: [{ pod: web.name }] }]);
  t.match(incidents[0]?.evidence[0], /Of 2 connections one end went on for up to 15m0s .* server's 2 times/);
  t.strictSame(await incidentsOf([...fine, ...lost.slice(0, 2)]), [], 'one alone');
});
