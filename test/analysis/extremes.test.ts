import t from 'tap';
import { maxOf, minOf } from '../../src/analysis/extremes.ts';

t.test('finds the least and the most of very many numbers', async (t) => {
  const numbers = Array.from({ length: 500_000 }, (_, i) => (i * 7919) % 500_000);
  t.equal(minOf(numbers, 1), 0);
  t.equal(maxOf(numbers, 1), 499_999);
});

t.test('falls back where there are none', async (t) => {
  t.equal(minOf([], 5), 5);
  t.equal(maxOf([], 5), 5);
});
