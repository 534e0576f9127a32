import t from 'tap';
import { nearest } from '../../src/domain/nearest.ts';

t.test('finds what may have been meant, and nothing where nothing is near', async (t) => {
  const resources = ['connections', 'pairs', 'routes', 'shifts', 'incidents'];
  const rows: [word: string, meant: string | null][] = [
    ['conections', 'connections'],
    ['pair', 'pairs'],
    ['incidnets', 'incidents'],
    ['sihfts', 'shifts'],
    ['pods', null],
    ['', null],
    ['x'.repeat(1_000), null],
  ];
  for (const [word, meant] of rows) t.equal(nearest(word, resources), meant, word.slice(0, 20));
});
