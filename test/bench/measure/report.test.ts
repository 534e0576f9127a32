import t from 'tap';
import { median, report } from '../../../bench/measure/report.ts';

const usage = (wall: number, more: { cpu?: number; rss?: number | null; bytes?: number | null } = {}) => ({
  wall,
  cpu: 1,
  rss: null,
  bytes: null,
  stdout: '',
  ...more,
});

t.test('the median is the one in the middle, whatever the order', async (t) => {
  t.equal(median([3]), 3);
  t.equal(median([9, 1, 2]), 2);
  t.equal(median([4, 1, 2, 9]), 3);
});

t.test('a row gives rates for the median run, and the ratio to mawk', async (t) => {
  const text = report(
    [
      { name: 'mawk, counting', usages: [usage(0.5), usage(2), usage(1)] },
      { name: 'product', usages: [usage(4, { cpu: 6, rss: 120.4, bytes: 40_000_000 })] },
    ],
    { lines: 1_000_000, seed: 1, runs: 3, bytes: 250_000_000 },
  );
  t.match(text, '| mawk, counting | 1,000,000 | 1.00 | 1.00 | - | - |');
  t.match(text, '| product | 250,000 | 4.00 | 6.00 | 120 | 40.0 |');
  t.match(text, '250.0 bytes a line');
});

t.test('without mawk there is no ratio', async (t) => {
  const text = report([{ name: 'product', usages: [usage(1)] }], { lines: 10, seed: 1, runs: 1, bytes: 10 });
  t.match(text, '| product | 10 | - |');
});
