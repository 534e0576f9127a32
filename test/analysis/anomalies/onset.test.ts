import t from 'tap';
import { findRise } from '../../../src/analysis/anomalies/onset.ts';

const hours = (...failures: number[]) =>
  failures.map((count, hour) => ({ hour, failures: count, connections: 100 }));

t.test('a rate that rises is dated to its first hour', async (t) => {
  t.match(findRise(hours(1, 0, 1, 12, 15, 9), 0.01), { since: 3 });
  t.equal(findRise(hours(1, 0, 1, 2, 0, 1), 0.01), null, 'the usual');
  t.equal(findRise([], 0.01), null);
});

t.test('one that rose a little is found over many hours', async (t) => {
  const few = Array.from({ length: 12 }, (_, i) => (i < 4 ? 0 : 5));
  const rise = findRise(hours(...few), 0.002);
  t.match(rise, { since: 4 });
  t.ok((rise?.score ?? 0) >= 8);
});

t.test('what worked in between ends a rise', async (t) => {
  const rise = findRise(hours(20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40), 0.01);
  t.match(rise, { since: 17 }, 'the later one is stronger');
});
