import fc from 'fast-check';
import t from 'tap';
import { LineSpan, SPAN_SECONDS } from '../../../src/store/sqlite/line-span.ts';

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
const place = fc.nat({ max: SPAN_SECONDS - 1 });

/** Its low 32 bits and its high 16. */
const halves = (hash: number) => [hash | 0, Math.floor(hash / 2 ** 32)] as const;

t.test('a line is new once', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(place, hash), { maxLength: 400, size: 'max' }), (lines) => {
      const span = new LineSpan(lines.length % 3 === 0 ? 1_000 : 0);
      const plain = new Set<string>();
      for (const [place, hash] of lines) {
        const key = `${place} ${hash}`;
        if (span.has(place, ...halves(hash)) !== plain.has(key)) return false;
        if (span.add(place, ...halves(hash)) === plain.has(key)) return false;
        if (!span.has(place, ...halves(hash))) return false;
        plain.add(key);
      }
      return span.size === plain.size;
    }),
    { numRuns: 200 },
  );
  t.pass('held');
});

t.test('many lines find place, and none is taken for another', async (t) => {
  const span = new LineSpan();
  const add = (i: number) => span.add(i % 16, ...halves(((i * 2_654_435_761) % 2 ** 32) + 2 ** 32 * (i % 7)));
  for (let i = 0; i < 100_000; i++) if (!add(i)) t.fail(`line ${i} was taken for another`);
  t.equal(span.size, 100_000);
  for (let i = 0; i < 100_000; i += 7) if (add(i)) t.fail(`line ${i} is not there any more`);
});

t.test('each second is whole by itself', async (t) => {
  const span = new LineSpan();
  span.setWhole(0);
  span.setWhole(15);
  t.same(
    [0, 1, 14, 15].map((place) => span.isWhole(place)),
    [true, false, false, true],
  );
});
