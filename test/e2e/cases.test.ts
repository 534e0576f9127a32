/** Runs every case of `test/cases/` on the real program. */
import t from 'tap';
import { differs, readCases } from '../helpers/cases.ts';
import { runCli } from '../helpers/cli.ts';

for (const { name, test } of readCases()) {
  t.test(`${name}: ${test.shows}`, async (t) => {
    const stdin = test.stdin === null ? '' : test.stdin.map((line) => `${line}\n`).join('');
    const { stdout, stderr, exit } = await runCli(test.command, { stdin });
    t.equal(differs(stdout, test.stdout), null, 'stdout');
    t.equal(differs(stderr, test.stderr), null, 'stderr');
    t.equal(exit, test.exit, 'exit status');
  });
}

t.test('a case can fail', async (t) => {
  t.equal(differs('a\nb\n', ['a', 'b']), null);
  t.equal(differs('a\nx\ny\nb\n', ['a', '…', 'b']), null);
  t.equal(differs('a=1\n', ['a=…']), null);
  for (const [text, expected] of [
    ['a\n', ['b']],
    ['a\n', []],
    ['', ['a']],
    ['a\nb\n', ['a', '…', 'c']],
    ['ab\n', ['a.']],
  ] as [string, string[]][]) {
    t.not(differs(text, expected), null, text);
  }
});
