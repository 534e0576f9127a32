import t from 'tap';
import { count, formatCount, humanTime, listNames, plainText, say, share } from '../../src/output/text.ts';

t.test('marks what is quoted, and not our own words', async (t) => {
  t.strictSame(say`from ${'a'} to ${2}`, ['from ', { code: 'a' }, ' to ', '2']);
  t.strictSame(say`${say`x ${'y'}`}!`, ['x ', { code: 'y' }, '!']);
});

t.test('lists names as a phrase', async (t) => {
  const rows: [names: string[], phrase: string][] = [
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
    [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
  ];
  for (const [names, phrase] of rows) t.equal(plainText(listNames(names)), phrase);
});

t.test('counts for people', async (t) => {
  t.equal(formatCount(1234567), '1,234,567');
  t.equal(count(1, 'line'), '1 line');
  t.equal(count(0, 'line'), '0 lines');
  t.equal(share(2, 3), '2 of 3 (66.7 %)');
  t.equal(share(0, 0), '0 of 0');
  t.equal(humanTime('2020-07-23T14:47:24.040Z'), '2020-07-23 14:47:24.040 UTC');
});
