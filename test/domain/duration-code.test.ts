import { ok } from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import {
  CODED_DURATION_MAX,
  DURATION_CODES,
  durationCode,
  durationOfCode,
  NO_DURATION,
} from '../../src/domain/duration-code.ts';

t.test('a duration that is absent has a code of its own', async (t) => {
  t.equal(durationCode(-1), NO_DURATION);
  t.equal(durationOfCode(NO_DURATION), null);
  t.not(durationCode(0), NO_DURATION);
});

t.test('short durations are exact, all others within one sixteenth', async (t) => {
  for (let ms = 0; ms < 16; ms++) t.equal(durationOfCode(durationCode(ms)), ms);
  const anyOctave = fc
    .tuple(fc.integer({ min: 0, max: 30 }), fc.double({ min: 1, max: 2, noNaN: true, maxExcluded: true }))
    .map(([octave, part]) => Math.floor(2 ** octave * part));
  fc.assert(
    fc.property(anyOctave, (ms) => {
      const told = durationOfCode(durationCode(ms)) ?? -1;
      ok(Math.abs(told - ms) <= ms / 16, `${ms} is told as ${told}`);
    }),
    { numRuns: 2_000 },
  );
});

t.test('longer durations have higher codes, all of one byte', async (t) => {
  let before = durationCode(0);
  for (let ms = 1; ms <= CODED_DURATION_MAX; ms = Math.ceil(ms * 1.01)) {
    const code = durationCode(ms);
    t.ok(code >= before && code < DURATION_CODES);
    t.ok(code <= before + 1, `${ms} ms leaves no code out`);
    before = code;
  }
  t.equal(durationCode(CODED_DURATION_MAX + 1e12), durationCode(CODED_DURATION_MAX));
});
