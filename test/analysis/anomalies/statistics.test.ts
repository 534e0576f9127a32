import t from 'tap';
import {
  chanceOfCount,
  chanceOfDeviation,
  deviationsOf,
  holdTogether,
  median,
  spread,
} from '../../../src/analysis/anomalies/statistics.ts';

const near = (a: number, b: number, digits = 9): boolean => Math.abs(a - b) <= Math.abs(b) * 10 ** -digits;

t.test('the middle, and how far values are from it', async (t) => {
  t.equal(median([]), 0);
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 2, 3]), 2.5);
  t.equal(spread([1, 2, 3, 4, 100], 3), 1.4826, 'one that is far off does not count');
});

// Reference values: sums of the terms, with exact fractions and forty digits.
t.test('chances of counts are those of Poisson and of the negative binomial distribution', async (t) => {
  const poisson = { mean: 2, variance: 2 };
  t.equal(chanceOfCount(0, poisson, 'rise'), 1);
  t.ok(near(chanceOfCount(1, poisson, 'rise'), 1 - Math.exp(-2)));
  t.ok(near(chanceOfCount(3, poisson, 'rise'), 1 - 5 * Math.exp(-2)));
  t.ok(near(chanceOfCount(2, poisson, 'drop'), 5 * Math.exp(-2)));
  // Size 1 and share 1/2: the geometric distribution, whose tail is a power of the half.
  const geometric = { mean: 1, variance: 2 };
  t.ok(near(chanceOfCount(10, geometric, 'rise'), 0.5 ** 10));
  t.ok(near(chanceOfCount(0, geometric, 'drop'), 0.5));
  t.ok(near(chanceOfCount(3, geometric, 'drop'), 1 - 0.5 ** 4));
  const many = { mean: 10_000, variance: 40_000 };
  t.ok(chanceOfCount(11_200, many, 'rise') < 1e-7, 'six deviations');
  t.ok(Math.abs(chanceOfCount(10_000, many, 'rise') - 0.5) < 0.01);
  t.ok(chanceOfCount(1_000_000, many, 'rise') >= 0, 'no number is too large');
});

t.test('chances of deviations are those of the normal distribution', async (t) => {
  t.ok(near(chanceOfDeviation(0), 0.5));
  t.ok(near(chanceOfDeviation(1), 0.158_655_253_931_457, 8));
  t.ok(near(chanceOfDeviation(-1), 0.158_655_253_931_457, 8), 'on either side');
  t.ok(near(chanceOfDeviation(2.9), 0.001_865_813_300_384, 8));
  t.ok(near(chanceOfDeviation(3), 0.001_349_898_031_63, 8));
  t.ok(near(chanceOfDeviation(6), 9.865_876_450_377e-10, 8));
});

t.test('deviations that are as unlikely as a chance', async (t) => {
  for (const z of [0.5, 2, 6, 20]) t.ok(near(deviationsOf(chanceOfDeviation(z)), z, 6), `${z}`);
  t.ok(deviationsOf(0) > 37, 'what cannot be is very many');
});

t.test('of many tests, those hold that hold together', async (t) => {
  // Benjamini and Hochberg, 1995, table of 15 chances: four hold at 0.05, though the third is above its own line.
  const chances = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1,
  ];
  const holds = holdTogether(chances, 0.05);
  t.equal(holds.filter(Boolean).length, 4);
  t.strictSame(holds.slice(0, 5), [true, true, true, true, false]);
  t.strictSame(holdTogether([0.9, 0.001], 0.05), [false, true], 'in the order given');
  t.strictSame(holdTogether([], 0.05), []);
  t.strictSame(holdTogether([0.5, 0.6], 0.05), [false, false]);
});
