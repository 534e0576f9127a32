import t from 'tap';
import { chanceOfRise } from '../../src/analysis/posterior.ts';

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
