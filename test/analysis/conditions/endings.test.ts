import t from 'tap';
import { createAnalysis } from '../../../src/analysis/create-analysis.ts';
import type { ParsedLine } from '../../../src/domain/entry.ts';
import { NO_FILTER } from '../../../src/domain/filter.ts';
import type { Analysis } from '../../../src/domain/queries.ts';
import { memoryStore } from '../../helpers/flows.ts';
import {
  analysisOf,
  at,
  cluster,
  incidentsOf,
  into,
  matchEach,
  out,
  PAGE,
  type Pod,
  pod,
} from '../scenes.ts';

const HOST = 'db.data.svc.cluster.local';
const VIP = '10.96.0.10:5432';
const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const api = pod('api', '10.1.0.6', 'zz2zz', 'shop');
const db = pod('db', '10.1.0.9', 'bb2cc', 'data');

/** A connection from one minute to another, to one of two hosts. */
function lasting(from: Pod, begin: number, end: number, host = '10.1.0.9:5432'): ParsedLine {
  return out(from, VIP, {
    time: at(begin),
    duration: Math.round((end - begin) * 60_000),
    cluster: cluster(5432, HOST),
    host,
  });
}
/** Twelve of them that end together. */
const cut = (from: Pod, end: number, hosts = ['10.1.0.9:5432', '10.1.0.10:5432']) =>
  Array.from({ length: 12 }, (_, i) => lasting(from, i * 0.5, end + i * 0.002, hosts[i % hosts.length]));
/** Some that end when others do not, and one much later: nobody is silent. */
const usual = (from: Pod) =>
  [5, 9, 14, 22, 30].map((end, i) => lasting(from, i, end)).concat(lasting(from, 80, 90));

t.test('several proxies that cut what they have on a port were told of a change', async (t) => {
  const incidents = await incidentsOf([...cut(web, 40), ...usual(web), ...cut(api, 40.5), ...usual(api)]);
  matchEach(t, incidents, [
    {
      diagnosis: 'drain_storm',
      severity: 'medium',
      port: 5432,
      connections: 24,
      onset: { after: null, before: '2024-05-01T10:40:00.000Z' },
      ended: { after: '2024-05-01T10:40:31.320Z' },
      sources: [{ workload: 'api' }, { workload: 'web' }],
      destinations: [{ address: VIP }],
    },
  ]);
  t.match(incidents[0]?.evidence[0], /^24 connections .* ended within 2\.0s .* 2 proxies/);
});

t.test('two such moments are two', async (t) => {
  const second = (from: Pod) =>
    Array.from({ length: 12 }, (_, i) =>
      lasting(from, 45 + i * 0.5, 70, i % 2 === 0 ? '10.1.0.9:5432' : '10.1.0.10:5432'),
    );
  const lines = [web, api].flatMap((from) => [...cut(from, 40), ...usual(from), ...second(from)]);
  const incidents = await incidentsOf(lines);
  matchEach(t, incidents, [{ diagnosis: 'drain_storm' }, { diagnosis: 'drain_storm' }]);
  t.not(incidents[0]?.id, incidents[1]?.id);
});

t.test('others are none', async (t) => {
  const none = async (lines: readonly ParsedLine[], what: string) =>
    t.strictSame(await incidentsOf(lines), [], what);
  await none([...cut(web, 40), ...usual(web)], 'one proxy: its application may have done it');
  await none([...cut(web, 40), ...usual(web), ...cut(api, 45), ...usual(api)], 'minutes apart');
  const one = ['10.1.0.9:5432'];
  await none(
    [...cut(web, 40, one), ...usual(web), ...cut(api, 40, one), ...usual(api)],
    'one host: it ended them',
  );
  const together = (from: Pod) =>
    Array.from({ length: 12 }, (_, i) =>
      lasting(from, 20, 40, i % 2 === 0 ? '10.1.0.9:5432' : '10.1.0.10:5432'),
    );
  await none([...together(web), ...usual(web), ...together(api), ...usual(api)], 'begun together');
  const busy = (from: Pod) =>
    Array.from({ length: 600 }, (_, i) =>
      lasting(from, 10 + i * 0.01, 20 + i * 0.01, i % 2 === 0 ? '10.1.0.9:5432' : '10.1.0.10:5432'),
    );
  await none([...busy(web), ...usual(web), ...busy(api), ...usual(api)], 'as many as ever');
});

t.test('a pod whose last lines they are has ended', async (t) => {
  const inbound = Array.from({ length: 12 }, (_, i) =>
    into(db, 5432, `10.1.9.${i}:40000`, { time: at(i), duration: Math.round((40 - i) * 60_000) }),
  );
  const later = lasting(web, 41, 45);
  matchEach(t, await incidentsOf([...inbound, later]), [
    {
      diagnosis: 'pod_termination_burst',
      severity: 'info',
      connections: 12,
      destinations: [{ pod: db.name }],
      onset: { before: '2024-05-01T10:40:00.000Z' },
    },
  ]);
  t.strictSame(await incidentsOf(inbound), [], 'nothing tells that it is silent');
  const alive = into(db, 5432, '10.1.9.1:40002', { time: at(43) });
  t.strictSame(await incidentsOf([...inbound, alive, later]), [], 'it goes on');
});

t.test(
  'who lived through an hour that became too long to read tells what one tells who did not',
  async (t) => {
    const lines = [...cut(web, 40), ...usual(web), ...cut(api, 40.5), ...usual(api)];
    const filler = Array.from({ length: 10_000 }, (_, i) =>
      out(web, '10.96.0.99:80', {
        time: at(0) + i * 300,
        cluster: cluster(80, 'a.b.svc.cluster.local'),
        host: '10.1.0.77:80',
      }),
    );
    const store = memoryStore();
    const living = createAnalysis({ reader: store, render: () => null, now: () => at(600) });
    const incidents = async (analysis: Analysis) => (await analysis.incidents(NO_FILTER, PAGE)).items;
    store.add(lines);
    t.equal((await incidents(living)).length, 1, 'read line by line');
    store.add(filler);
    t.strictSame(await incidents(living), await incidents(analysisOf([...lines, ...filler])));
  },
);
