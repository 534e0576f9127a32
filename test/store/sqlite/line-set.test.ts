import fc from 'fast-check';
import t from 'tap';
import { LineSet } from '../../../src/store/sqlite/line-set.ts';

const SECOND = 1_709_629_200;
/** Few values, so that many are equal, and the edges of 32 and 48 bits. */
const hash = fc.constantFrom(
  0,
  1,
  2,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 32 + 1,
  2 ** 48 - 1,
  2 ** 48 - 2 ** 32,
);
const second = fc.integer({ min: 0, max: 30 }).map((n) => SECOND + n);

t.test('a line is new once', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(second, hash), { maxLength: 400, size: 'max' }), (lines) => {
      const set = new LineSet();
      const plain = new Set<string>();
      for (const [second, hash] of lines) {
        const key = `${second} ${hash}`;
        if (set.add(second, hash) === plain.has(key)) return false;
        plain.add(key);
      }
      return set.size === plain.size;
    }),
    { numRuns: 200 },
  );
  t.pass('held');
});

t.test('the newest lines are kept, by whole seconds, and no more than asked for', async (t) => {
  const spread = fc.oneof(second, fc.nat({ max: 2 ** 31 - 1 }));
  fc.assert(
    fc.property(
      fc.uniqueArray(spread, { minLength: 1, maxLength: 60 }),
      fc.nat({ max: 150 }),
      (seconds, most) => {
        const set = new LineSet();
        const lines = seconds.flatMap((second) => [1, 2, 2 ** 40].map((hash) => [second, hash] as const));
        for (const [second, hash] of lines) set.add(second, hash);
        const gone = set.keepNewest(most);
        const kept = lines.filter(([second]) => second > gone);
        if (set.size !== kept.length || kept.length > most) return false;
        return lines.every(([second, hash]) => set.add(second, hash) === second <= gone);
      },
    ),
    { numRuns: 200 },
  );
  t.pass('held');
});

t.test('many lines find place, and none is taken for another', async (t) => {
  const set = new LineSet();
  const add = (i: number) => set.add(SECOND + (i % 300), ((i * 2_654_435_761) % 2 ** 32) + 2 ** 32 * (i % 7));
  for (let i = 0; i < 100_000; i++) if (!add(i)) t.fail(`line ${i} was taken for another`);
  t.equal(set.size, 100_000);
  for (let i = 0; i < 100_000; i += 7) if (add(i)) t.fail(`line ${i} is not there any more`);
  const gone = set.keepNewest(50_000);
  t.equal(gone, SECOND + 149);
  t.ok(set.size <= 50_000 && set.size > 49_000, `${set.size} lines`);
  set.clear();
  t.equal(set.size, 0);
  t.ok(add(1));
});
