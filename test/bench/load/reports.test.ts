import t from 'tap';
import { historyReport } from '../../../bench/load/history.ts';
import { memoryReport } from '../../../bench/load/memory.ts';
import { queriesReport } from '../../../bench/load/queries.ts';
import { questions } from '../../../bench/load/questions.ts';
import { reportsPage } from '../../../bench/load/reports.ts';
import { requestsReport } from '../../../bench/load/requests.ts';
import { retentionReport } from '../../../bench/load/retention.ts';

const SUBJECT = {
  pod: 'mill-0',
  source: '10.40.1.2:40000',
  destination: '10.112.0.4:5432',
  cluster: 'outbound|5432||mill.works.svc.cluster.local',
  port: 5_432,
  first: '2026-03-02T06:00:00.000Z',
  last: '2026-03-02T09:00:00.500Z',
};

t.test('memory: the peak at the end is held against the peak after a twentieth', async (t) => {
  const sample = (lines: number, rss: number | null) => ({ lines, seconds: lines / 10, rss });
  const samples = [sample(4, 90), sample(5, 100), sample(50, 105), sample(99, 108), sample(100, null)];
  const text = memoryReport({ samples, peak: 109 }, { lines: 100, bytes: 4_000, command: 'x' });
  t.match(text, '| peak at the end to peak at 5 % | ≤ 1.1 | 1.09 | yes |');
  t.match(text, '| peak RSS, MB | ≤ 250 | 109 | yes |');
  t.match(text, '| 5 | 10 | 100 |');
  t.match(text, '| 100 | 10 | 109 |');
  t.match(text, '40.0 bytes a line');
  const grown = memoryReport({ samples, peak: 260 }, { lines: 100, bytes: 4_000, command: 'x' });
  t.match(grown, '| ≤ 1.1 | 2.60 | no |');
  t.match(grown, '| ≤ 250 | 260 | no |');
});

t.test('memory: where the system does not tell, nothing is claimed', async (t) => {
  const samples = [5, 50, 100].map((lines) => ({ lines, seconds: lines, rss: null }));
  t.match(
    memoryReport({ samples, peak: null }, { lines: 100, bytes: 1, command: 'x' }),
    '| - | not measured |',
  );
});

t.test('history: the ratio of the rates is that of the medians', async (t) => {
  const usage = (wall: number) => ({ wall, cpu: wall, rss: 100, stdout: '' });
  const turns = [1, 9, 2].map((wall) => ({ empty: usage(wall), full: usage(2 * wall), held: 10 }));
  const text = historyReport(turns, { lines: 1_000_000, stored: 20_000_000, bytes: 8e8, command: 'x' });
  t.match(text, '| an empty database | 500,000 | 2.00 | 100 |');
  t.match(text, '| the full one | 250,000 | 4.00 | 100 |');
  t.match(text, '**0.50** of the other (goal: at least 0.85, not met)');
  t.match(text, '40.0 bytes a line');
});

t.test(
  'reports: time and memory count where there are most connections, and a failure is told',
  async (t) => {
    const measured = (connections: number, wall: number, rss: number) => ({
      connections,
      bytes: 4e7,
      flows: 1_000,
      usage: { wall, cpu: 2, rss, stdout: '' },
      why: '',
    });
    const text = reportsPage([measured(1_000, 60, 900), measured(50_000, 9.5, 190)], 28, 'x');
    t.match(text, '| 50,000 | 40 | 1,000 | 9.5 | 2.0 | 190 |');
    t.match(text, 'under 10 s and 200 MB (met)');
    t.match(reportsPage([measured(1_000, 9, 201)], 28, 'x'), '(not met)');
    const failed = { ...measured(1_000, 1, 1), usage: null, why: 'out of memory' };
    const told = reportsPage([failed], 28, 'x');
    t.match(told, '| 1,000 | 40 | 1,000 | out of memory | - | - |');
    t.match(told, '(not met)');
  },
);

t.test('queries: the aim holds alone, and twice of it under ingest', async (t) => {
  const [question] = questions(SUBJECT);
  if (question === undefined) throw new Error('no question');
  const asked = (median: number) => ({ first: 1, median, slowest: 90, times: 3 });
  const around = {
    lines: 5_000_000,
    rate: 1_000,
    reached: 800,
    held: 20,
    command: 'x',
  };
  const row = (alone: number, loaded: number): string =>
    queriesReport([{ question, alone: asked(alone), cpu: 7, loaded: asked(loaded) }], around);
  t.match(row(50, 100), '| 1.0 | 50.0 | 90.0 | 7.0 | 100.0 | 90.0 | ≤ 50 | yes |');
  t.match(row(51, 10), '| ≤ 50 | no |');
  t.match(row(10, 101), '| ≤ 50 | no |');
  const none = queriesReport(
    [{ question, alone: { why: 'no such | endpoint' }, cpu: 7, loaded: asked(1) }],
    around,
  );
  t.match(none, 'no such \\| endpoint');
  t.match(none, '| not measured |');
});

t.test('questions name what is stored, and every filter is a filter', async (t) => {
  const list = questions(SUBJECT);
  const of = (name: string): URLSearchParams => {
    const path = list.find((one) => one.name.startsWith(name))?.path ?? '';
    return new URL(path, 'http://x').searchParams;
  };
  t.equal(of('connections to an address').get('destination'), SUBJECT.destination);
  t.equal(of('connections through a cluster').get('upstream_cluster'), SUBJECT.cluster);
  t.equal(of('connections of an hour').get('since'), '2026-03-02T08:00:00.500Z');
  t.equal(of('A1').get('step'), '366d', 'one step holds all');
  t.strictSame(of('A1').getAll('group_by'), ['upstream_cluster', 'response_flag']);
  for (const letter of ['A1', 'A2', 'A3', 'A4', 'A5', 'A6'])
    t.ok(list.some(({ name }) => name.startsWith(letter)));
});

t.test('requests: what most and nearly all senders waited for', async (t) => {
  const taken = Array.from({ length: 200 }, (_, index) => 200 - index);
  const text = requestsReport([{ lines: 1_000, bodies: 10, asked: true, taken }], {
    stored: 5,
    command: 'x',
  });
  t.match(text, '| 1,000 | 10 | 10,000 | two pages ask | 101.0 | 199.0 | 200.0 |');
});

t.test('retention: held is what the event loop was held at p99', async (t) => {
  const phase = (name: string, p99: number) => ({
    name,
    rate: 5_000,
    strain: { p50: 1, p99, max: 99, cpu: 1 },
    begin: 10,
    end: 20,
  });
  const phases = [phase('filling', 50), phase('dropping', 51)];
  const around = { stored: 1_000, isDone: true, command: 'x' };
  const text = retentionReport(phases, around);
  t.match(text, '| filling | 5,000 | 50.0 | 99 | 10.0 | 20.0 | yes |');
  t.match(text, '| dropping | 5,000 | 51.0 | 99 | 10.0 | 20.0 | no |');
  t.notMatch(text, 'Not all old lines');
  t.match(retentionReport(phases, { ...around, isDone: false }), 'Not all old lines were dropped');
});
