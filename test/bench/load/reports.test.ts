import t from 'tap';
import { historyReport } from '../../../bench/load/history.ts';
import { memoryReport } from '../../../bench/load/memory.ts';
import { reportsPage } from '../../../bench/load/reports.ts';
import { requestsReport } from '../../../bench/load/requests.ts';
import { retentionReport } from '../../../bench/load/retention.ts';

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
