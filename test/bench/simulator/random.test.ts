import t from 'tap';
import { Random, WeightedIndex, zipfWeights } from '../../../bench/simulator/random.ts';

const draw = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.next());

t.test('the same seed and label give the same numbers', async (t) => {
  t.strictSame(draw(new Random(1, 'a'), 20), draw(new Random(1, 'a'), 20));
});

t.test('another seed or label gives other numbers', async (t) => {
  const first = draw(new Random(1, 'a'), 3);
  for (const other of [
    new Random(2, 'a'),
    new Random(1, 'b'),
    new Random(1 + 2 ** 40, 'a'),
    new Random(-1, 'a'),
  ]) {
    t.notSame(draw(other, 3), first);
  }
});

t.test('numbers are spread evenly over 0 to 1', async (t) => {
  const counts = new Array<number>(10).fill(0);
  for (const value of draw(new Random(3, 'spread'), 20_000)) {
    counts[Math.floor(value * 10)] = (counts[Math.floor(value * 10)] ?? 0) + 1;
  }
  t.ok(
    counts.every((count) => count > 1_800 && count < 2_200),
    counts.join(' '),
  );
});

t.test('a weighted index follows its weights', async (t) => {
  const random = new Random(4, 'weights');
  const index = new WeightedIndex([1, 0, 3]);
  const counts = [0, 0, 0];
  for (let i = 0; i < 8_000; i++) {
    const drawn = index.draw(random);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  t.equal(counts[1], 0);
  t.ok(Math.abs((counts[0] ?? 0) - 2_000) < 200, counts.join(' '));
});

t.test('half of log-normal numbers are below the median', async (t) => {
  const random = new Random(5, 'log-normal');
  const below = Array.from({ length: 4_000 }, () => random.logNormal(300, 1.5)).filter((x) => x < 300).length;
  t.ok(Math.abs(below - 2_000) < 150, String(below));
});

t.test('the first of a Zipf distribution is the busiest', async (t) => {
  t.strictSame(zipfWeights(3, 1), [1, 1 / 2, 1 / 3]);
});
