import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import { orderOf } from '../../../../src/store/sqlite/measures/radix-sort.ts';

t.test('hashes are put in order, and equal ones keep theirs', async (t) => {
  const hash = fc.oneof(
    fc.nat({ max: 3 }),
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fc.constant(2 ** 32 - 1),
  );
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 300, size: 'max' }), (hashes) => {
      const places = hashes.map((_, place) => place);
      const expected = places.sort((a, b) => (hashes[a] ?? 0) - (hashes[b] ?? 0) || a - b);
      deepStrictEqual([...orderOf(Uint32Array.from(hashes))], expected);
    }),
    { numRuns: 300 },
  );
  t.pass('held');
});

t.test('sorted by one key and then by another, both count', async (t) => {
  const pair = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 2 ** 32 - 1 }));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 300, size: 'max' }), (pairs) => {
      const [firsts, seconds] = [0, 1].map((key) => Uint32Array.from(pairs, (pair) => pair[key] ?? 0));
      if (firsts === undefined || seconds === undefined) return false;
      const order = orderOf(firsts, orderOf(seconds));
      const expected = [...pairs].sort(([a, b], [c, d]) => a - c || b - d);
      deepStrictEqual(
        Array.from(order, (place) => pairs[place]),
        expected,
      );
      return true;
    }),
    { numRuns: 200 },
  );
  t.pass('held');
});

t.test('some of the places are sorted when only they are given', async (t) => {
  const key = fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 2 ** 31 - 1 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.boolean()), { maxLength: 200, size: 'max' }), (keys) => {
      const chosen = keys.flatMap(([, isChosen], place) => (isChosen ? [place] : []));
      const order = orderOf(
        Int32Array.from(keys, ([one]) => one),
        Uint32Array.from(chosen),
      );
      deepStrictEqual(
        [...order],
        chosen.sort((a, b) => (keys[a]?.[0] ?? 0) - (keys[b]?.[0] ?? 0) || a - b),
      );
    }),
    { numRuns: 200 },
  );
  t.pass('held');
});
