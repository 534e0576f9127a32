/** Of each hour what was said of it, however often and in whatever order hours are asked for. */
import fc from 'fast-check';
import t from 'tap';
import { HourlyNumbers, NONE } from '../../../src/analysis/series/hourly-numbers.ts';

const IDS = 5;
const NUMBER = fc.integer({ min: NONE, max: 3 });
const HOUR = fc.nat(3);

t.test('an hour has its own numbers, and those that are the same in all hours', (t) => {
  fc.assert(
    fc.property(
      fc.array(NUMBER, { minLength: IDS, maxLength: IDS }),
      fc.uniqueArray(fc.record({ hour: HOUR, id: fc.nat(IDS - 1), number: NUMBER }), {
        selector: ({ hour, id }) => `${hour} ${id}`,
      }),
      fc.array(HOUR, { minLength: 1, maxLength: 8 }),
      (mostly, drawn, asked) => {
        const others = new Map<number, number[]>();
        for (const { hour, id, number } of drawn) others.set(hour, [...(others.get(hour) ?? []), id, number]);
        const numbers = new HourlyNumbers(Int32Array.from(mostly), others);
        const expected = (hour: number): number[] =>
          mostly.map((usual, id) => drawn.find((one) => one.hour === hour && one.id === id)?.number ?? usual);
        for (const hour of asked) t.same([...numbers.inHour(hour)], expected(hour));
        const after = [7, 8, 9, NONE];
        const mapped = numbers.map(Int32Array.from(after));
        for (const hour of asked)
          t.same(
            [...mapped.inHour(hour)],
            expected(hour).map((number) => (number === NONE ? NONE : after[number])),
          );
      },
    ),
    { seed: Number(process.env.SEED ?? 3) },
  );
  t.end();
});
