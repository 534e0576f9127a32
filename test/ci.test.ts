/** Checks the tally that `.ci/run` ends with: what it counts, and that it does not take an empty run for a good one. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const TALLY = fileURLToPath(new URL('../.ci/tally.mjs', import.meta.url));

t.test('counts innermost tests, not assertions', async (t) => {
  const result = tally(t, [
    '# Subtest: test/a.test.ts',
    '    # Subtest: outer',
    '        ok 1 - assertion beside a test',
    '        # Subtest: inner',
    '            ok 1 - first {',
    '            ok 2 - second',
    '            1..2',
    '        ok 2 - inner # time=1.69ms',
    '        1..2',
    '    ok 1 - outer # time=6.78ms',
    '    1..1',
    'ok 1 - test/a.test.ts # time=41.2ms',
  ]);
  t.strictSame(result, { last: '2 passed, 0 failed, 0 skipped', status: 0, problems: [] });
});

t.test('accepts a skipped test that says why', async (t) => {
  const result = tally(t, file('ok 1 - a # SKIP no ClickHouse here', ...subtest('b', 'ok 1 - x')));
  t.strictSame(result, { last: '1 passed, 0 failed, 1 skipped', status: 0, problems: [] });
});

t.test('refuses a skipped test that does not say why', async (t) => {
  const result = tally(t, file('ok 1 - a # SKIP', ...subtest('b', 'not ok 1 - x # TODO')));
  t.strictSame(result, {
    last: '0 passed, 0 failed, 2 skipped',
    status: 1,
    problems: [
      'skipped without a reason: test/a.test.ts > a',
      'skipped without a reason: test/a.test.ts > b > x',
      'no test ran',
    ],
  });
});

t.test('refuses a failed test, and is not misled by its diagnostics', async (t) => {
  const diagnostics = ['not ok 1 - x', '  ---', '  diff: |', '    ok 1 - no test', '  ...'];
  const result = tally(t, file(...subtest('a', ...diagnostics).map(failed)).map(failed), '1');
  t.strictSame(result, {
    last: '0 passed, 1 failed, 0 skipped',
    status: 1,
    problems: ['failed: test/a.test.ts > a'],
  });
});

t.test('refuses a file that failed without a failed test', async (t) => {
  const lines = file(...subtest('a', 'ok 1 - x'));
  const result = tally(t, [...lines.slice(0, -1), 'not ok 1 - test/a.test.ts # time=900000ms'], '1');
  t.strictSame(result, {
    last: '1 passed, 1 failed, 0 skipped',
    status: 1,
    problems: ['failed: test/a.test.ts'],
  });
});

t.test('refuses a run without tests', async (t) => {
  const none = { last: '0 passed, 0 failed, 0 skipped', status: 1, problems: ['no test ran'] };
  t.strictSame(tally(t, []), none);
  t.strictSame(tally(t, ['TAP version 14', '1..0']), none);
});

t.test('refuses a file without tests', async (t) => {
  const lines = [...file(...subtest('a', 'ok 1 - x')), 'ok 2 - test/b.test.ts # SKIP no tests found'];
  t.strictSame(tally(t, lines), {
    last: '1 passed, 0 failed, 1 skipped',
    status: 1,
    problems: ['skipped without a reason: test/b.test.ts'],
  });
});

t.test('refuses a run whose command failed before or after the tests', async (t) => {
  t.strictSame(tally(t, file(...subtest('a', 'ok 1 - x')), '2'), {
    last: '1 passed, 0 failed, 0 skipped',
    status: 1,
    problems: ['the test command ended with status 2'],
  });
});

function tally(t: Tap, lines: readonly string[], commandStatus = '0') {
  const directory = t.testdir({ 'results.tap': `${lines.join('\n')}\n` });
  const args = [TALLY, `${directory}/results.tap`, commandStatus];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { last: stdout.trimEnd(), status, problems: stderr.split('\n').filter((line) => line !== '') };
}

type Tap = Pick<typeof t, 'testdir'>;

/** A test file as tap writes it, with these lines inside. */
function file(...lines: readonly string[]): string[] {
  return subtest('test/a.test.ts', ...lines);
}

function subtest(name: string, ...lines: readonly string[]): string[] {
  return [...lines.map((line) => `    ${line}`), `ok 1 - ${name} # time=1ms`];
}

/** Turns the line that ends a subtest into a failed one. */
function failed(line: string): string {
  return line.startsWith('ok ') ? `not ${line}` : line;
}
