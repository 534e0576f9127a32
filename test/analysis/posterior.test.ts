import t from 'tap';
import { chanceOfRise, riseInterval } from '../../src/analysis/posterior.ts';

const trials = (failures: number, connections: number) => ({ failures, connections });

t.test('few connections leave doubt, many leave none', async (t) => {
  const rows: Array<[before: [number, number], after: [number, number], chance: number]> = [
    [[0, 1], [1, 1], 5 / 6],
    [[0, 3], [1, 1], 14 / 15],
    [[0, 0], [0, 0], 1 / 2],
    [[0, 20], [3, 3], 0.9999],
    [[1, 1], [0, 1], 1 / 6],
    [[5, 10], [5, 10], 1 / 2],
  ];
  for (const [before, after, chance] of rows) {
    const got = chanceOfRise(trials(...before), trials(...after));
    t.ok(Math.abs(got - chance) < 1e-4, `${before} against ${after}: ${got}, expected ${chance}`);
  }
});

t.test('very many failures are no harder', async (t) => {
  t.ok(chanceOfRise(trials(0, 100_000), trials(90_000, 100_000)) > 0.999);
  t.ok(Math.abs(chanceOfRise(trials(50_000, 100_000), trials(50_000, 100_000)) - 0.5) < 0.01);
});

t.test('the rise lies within bounds that narrow with the number of connections', async (t) => {
  const [low, high] = riseInterval({ connections: 1, failures: 0 }, { connections: 1, failures: 1 });
  // The difference of Beta(2, 1) and Beta(1, 2) has these points by direct integration of the product of the two densities.
  t.ok(Math.abs(low + 0.259) < 0.01 && Math.abs(high - 0.832) < 0.01, `${low} to ${high}`);
  const [lower, upper] = riseInterval({ connections: 20, failures: 0 }, { connections: 3, failures: 3 });
  t.ok(lower > 0.4 && upper < 1, `${lower} to ${upper}`);
  const many = riseInterval(
    { connections: 40_000, failures: 400 },
    { connections: 40_000, failures: 20_400 },
  );
  t.ok(Math.abs(many[0] - 0.5) < 0.006 && Math.abs(many[1] - 0.5) < 0.006, many.join(' to '));
});

t.test('nothing known of either side leaves everything open', async (t) => {
  const [low, high] = riseInterval({ connections: 0, failures: 0 }, { connections: 0, failures: 0 });
  // Of two uniform rates: the 95 % point of a triangular density.
  t.ok(Math.abs(high - (1 - Math.sqrt(0.1))) < 0.01 && Math.abs(low + high) < 0.01);
});
