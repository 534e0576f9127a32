import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { simulate } from '../../../bench/simulator/simulate.ts';
import type { TruePair, Truth } from '../../../bench/simulator/truth.ts';

const MAIN = fileURLToPath(new URL('../../../bench/simulator/main.ts', import.meta.url));

function main(...args: string[]): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, ['--import', 'tsx', MAIN, ...args], { encoding: 'utf8' });
}

t.test('writes the lines, the truth and the pairs', async (t) => {
  const dir = t.testdir();
  const [out, truth, pairs] = ['lines.log', 'truth.json', 'pairs.ndjson'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  const files = ['--out', out, '--truth', truth, '--pairs', pairs];
  const result = main(
    '--scenario',
    'recovery',
    '--seed',
    '3',
    '--lines',
    '3000',
    '--format',
    'istio-1.3',
    ...files,
  );
  t.equal(result.status, 0, result.stderr);

  const expectedPairs: TruePair[] = [];
  const given = { scenario: 'recovery', seed: 3, lines: 3_000, format: 'istio-1.3' } as const;
  const simulation = simulate(given, (pair) => expectedPairs.push(pair));
  const expected = [...simulation.lines].map(({ line }) => `${line}\n`).join('');
  t.equal(readFileSync(out, 'utf8') === expected, true, 'the file holds the lines of the simulation');
  t.match(JSON.parse(readFileSync(truth, 'utf8')) as Truth, simulation.truth());
  const written = readFileSync(pairs, 'utf8').trimEnd().split('\n');
  t.strictSame(
    written.map((line) => JSON.parse(line) as TruePair),
    expectedPairs,
  );
});

t.test('says what is wrong with the command and writes nothing', async (t) => {
  const out = join(t.testdir(), 'lines.log');
  const rows: [args: string[], expected: RegExp][] = [
    [['--scenario', 'quiet'], /--out FILE is needed/],
    [['--scenario', 'nothing', '--out', out], /--scenario is one of quiet/],
    [['--scenario', 'quiet', '--out', out, '--format', 'envoy'], /--format is one of/],
    [['--scenario', 'quiet', '--out', out, '--lines', 'many'], /--lines is a number/],
    [['--scenario', 'quiet', '--out', out, '--colour', 'red'], /--colour/],
  ];
  for (const [args, expected] of rows) {
    const result = main(...args);
    t.equal(result.status, 2);
    t.match(result.stderr, expected);
  }
  t.notOk(existsSync(out));
});
