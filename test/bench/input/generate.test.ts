import { readFileSync, statSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { generateInput } from '../../../bench/input/generate.ts';

const PLAN = { variant: 'plain', lines: 2_000, seed: 3 } as const;

t.test('writes the lines and says how many pairs they hold; a kept file is used again', async (t) => {
  const folder = t.testdir();
  const input = generateInput(PLAN, folder);
  t.equal(readFileSync(input.file, 'latin1').split('\n').length - 1, 2_000);
  t.equal(input.bytes, statSync(input.file).size);
  t.ok(input.pairsByKey > 700 && input.pairs >= input.pairsByKey, `${input.pairsByKey} of ${input.pairs}`);

  writeFileSync(input.file, 'kept\n');
  const again = generateInput(PLAN, folder);
  t.equal(again.bytes, 5);
  t.equal(again.pairs, input.pairs);
});

t.test('another seed or variant is another file', async (t) => {
  const folder = t.testdir();
  const files = [PLAN, { ...PLAN, seed: 4 }, { ...PLAN, variant: 'http' } as const].map(
    (plan) => generateInput(plan, folder).file,
  );
  t.equal(new Set(files).size, 3);
});
