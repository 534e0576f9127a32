import fc from 'fast-check';
import t from 'tap';
import { TupleTable } from '../../../src/store/sqlite/tuple-table.ts';

/** What the table is to do, in the order given. */
type Step = { readonly key: readonly number[]; readonly value: number } | 'clear';

/** Few different numbers, so that keys come again and differ in one place. */
const number = fc.constantFrom(0, 1, 2, -1, 2 ** 31 - 1, -(2 ** 31));

function stepsOf(width: number): fc.Arbitrary<Step[]> {
  const key = fc.array(number, { minLength: width, maxLength: width });
  const step: fc.Arbitrary<Step> = fc.record({ key, value: fc.integer({ min: 1, max: 2 ** 31 - 1 }) });
  return fc.array(
    fc.oneof({ weight: 40, arbitrary: step }, { weight: 1, arbitrary: fc.constant('clear' as const) }),
    {
      maxLength: 200,
    },
  );
}

t.test('holds what a Map would hold', async (t) => {
  for (const width of [1, 3, 14]) {
    fc.assert(
      fc.property(stepsOf(width), fc.constantFrom(4, 8, 1_024), (steps, capacity) => {
        const table = new TupleTable(width, capacity);
        const map = new Map<string, number>();
        for (const step of steps) {
          if (step === 'clear') {
            table.clear();
            map.clear();
            continue;
          }
          const key = Int32Array.from(step.key);
          if (table.get(key) !== (map.get(key.join()) ?? 0)) return false;
          table.set(key, step.value);
          map.set(key.join(), step.value);
          if (table.get(key) !== step.value || table.size !== map.size) return false;
        }
        return [...map].every(([key, value]) => table.get(Int32Array.from(key.split(','), Number)) === value);
      }),
      { numRuns: 200 },
    );
  }
  t.pass('held');
});

t.test('the key may be changed by its owner afterwards', async (t) => {
  const table = new TupleTable(2);
  const key = Int32Array.from([1, 2]);
  table.set(key, 7);
  key[1] = 3;
  t.equal(table.get(key), 0);
  table.set(key, 8);
  t.equal(table.get(Int32Array.from([1, 2])), 7);
  t.equal(table.size, 2);
});

t.test('grows beyond the capacity it began with', async (t) => {
  const table = new TupleTable(3, 4);
  for (let i = 1; i <= 20_000; i++) table.set(Int32Array.from([i % 7, i, 5]), i);
  t.equal(table.size, 20_000);
  for (let i = 1; i <= 20_000; i++) if (table.get(Int32Array.from([i % 7, i, 5])) !== i) t.fail(`key ${i}`);
  t.equal(table.get(Int32Array.from([0, 0, 5])), 0);
});
