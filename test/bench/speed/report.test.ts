import t from 'tap';
import { goals, isMet } from '../../../bench/speed/goals.ts';
import { speedReport } from '../../../bench/speed/report.ts';
import type { Result } from '../../../bench/speed/results.ts';

const MILLION = 1_000_000;

function result(
  id: string,
  lines: number,
  walls: readonly number[],
  more: { rss?: number; bytes?: number } = {},
): Result {
  const { rss = null, bytes = null } = more;
  return {
    id,
    name: id,
    work: 'P',
    lines,
    runs: walls.map((wall) => ({ wall, cpu: 2 * wall, rss, bytes, stdout: '' })),
  };
}

const RESULTS = [
  result('meshwake', MILLION, [1.2, 9, 1.1]),
  result('start-up', MILLION, [0.2]),
  result('mixed', MILLION, [3]),
  result('meshwake', 5 * MILLION, [5.2], { rss: 140, bytes: 200 * MILLION }),
  result('start-up', 5 * MILLION, [0.2]),
  result('chdb-split', 5 * MILLION, [7.8]),
  result('parse', 5 * MILLION, [2]),
];

const reached = (results: readonly Result[], what: string): number | null => {
  const goal = goals(results, [MILLION, 5 * MILLION]).find((one) => one.what.startsWith(what));
  if (goal === undefined) throw new Error(`no goal ${what}`);
  return goal.reached;
};

t.test('goals are reached by ratios of medians', async (t) => {
  t.equal(reached(RESULTS, 'times as fast as chDB, splitByChar'), 1.5);
  t.equal(reached(RESULTS, 'parse only'), 2.5);
  t.equal(reached(RESULTS, 'peak RSS'), 140);
  t.equal(reached(RESULTS, 'bytes a line'), 40);
  t.equal(reached(RESULTS, 'rate of mixed formats'), 1.2 / 3);
});

t.test('start-up is no part of the rate that must not fall', async (t) => {
  t.equal(reached(RESULTS, 'rate on the largest file')?.toFixed(3), (5 / 5 / (1 / 1)).toFixed(3));
});

t.test('what was not measured is neither met nor missed', async (t) => {
  t.equal(reached(RESULTS, 'times as fast as DuckDB'), null);
  t.equal(isMet({ what: '', bound: 'least', aim: 1, reached: null }), null);
  t.equal(reached([], 'peak RSS'), null);
});

t.test('a goal may bound from above or from below', async (t) => {
  t.equal(isMet({ what: '', bound: 'least', aim: 1.5, reached: 1.5 }), true);
  t.equal(isMet({ what: '', bound: 'least', aim: 1.5, reached: 1.4 }), false);
  t.equal(isMet({ what: '', bound: 'most', aim: 150, reached: 150 }), true);
  t.equal(isMet({ what: '', bound: 'most', aim: 150, reached: 151 }), false);
});

t.test('the page has rates of the median run, and ratios to the product', async (t) => {
  const text = speedReport(RESULTS, {
    command: 'npm run bench',
    sizes: [MILLION, 5 * MILLION],
    runs: 3,
    bytesPerLine: 250,
    missing: ['No DuckDB here.'],
  });
  t.match(text, '| meshwake | P | 833,333 | 2.40 | - | - | 1.00 | 1.00 |');
  t.match(text, '| chdb-split | P | 641,026 | 3.12 | - | - | 1.50 | 1.50 |');
  t.match(text, '| meshwake | P | 961,538 | 2.08 | 140 | 40.0 | 1.00 | 1.00 |');
  t.match(text, 'No DuckDB here.');
  t.match(text, '| times as fast as chDB, splitByChar | ≥ 1.5 | 1.50 | yes |');
  t.match(text, '| times as fast as DuckDB, CSV reader | ≥ 2.5 | - | not measured |');
});
