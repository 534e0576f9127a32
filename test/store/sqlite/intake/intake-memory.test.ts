import fc from 'fast-check';
import t from 'tap';
import { COUNT_MAX } from '../../../../src/domain/limits.ts';
import { numbersHash } from '../../../../src/domain/line-hash.ts';
import { IntakeMemory, KNOWN, NEW } from '../../../../src/store/sqlite/intake/intake-memory.ts';

const count = fc.oneof(fc.constantFrom(-1, 0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, COUNT_MAX), fc.maxSafeNat());
const int = fc.integer();
const port = fc.oneof(fc.constant(-1), fc.nat({ max: 65_535 }));

t.test('the hash of a line is the same as everywhere else', async (t) => {
  const { code } = new IntakeMemory();
  fc.assert(
    fc.property(
      int,
      int,
      fc.integer({ min: 0, max: 253_402_300_799_999 }),
      count,
      count,
      count,
      port,
      port,
      (...numbers) => code.hashOf(...numbers) === numbersHash(...numbers),
    ),
    { numRuns: 2_000 },
  );
  t.pass('held');
});

t.test('many lines find place, and none is taken for another', async (t) => {
  const { code } = new IntakeMemory();
  const note = (i: number) =>
    code.note(1_000 * (i % 40), ((i * 2_654_435_761) % 2 ** 32) + 2 ** 32 * (i % 7));
  code.setWholeAfter(-1);
  for (let i = 0; i < 100_000; i++) if (note(i) !== NEW) t.fail(`line ${i} was taken for another`);
  t.equal(code.lines(), 100_000);
  t.equal(code.spans(), 3);
  for (let i = 0; i < 100_000; i += 7) if (note(i) !== KNOWN) t.fail(`line ${i} is not there any more`);
});

t.test('what was dropped makes room for what comes', async (t) => {
  const { code } = new IntakeMemory();
  code.setWholeAfter(-1);
  const fill = (from: number): void => {
    for (let i = 0; i < 20_000; i++) code.note(1_000 * (from + (i % 64)), i);
  };
  fill(0);
  const bytes = code.memory.buffer.byteLength;
  for (let round = 1; round < 200; round++) {
    code.dropSpans(4 * round - 1);
    t.equal(code.lines(), 0, 'nothing is left', { diagnostic: false });
    fill(64 * round);
  }
  t.equal(code.memory.buffer.byteLength, bytes);
});
