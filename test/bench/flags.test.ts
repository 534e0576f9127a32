import t from 'tap';
import { readFlags } from '../../bench/flags.ts';

const DEFAULTS = { lines: '10,20', runs: '3', only: '', quiet: false };

t.test('reads numbers, lists and names', async (t) => {
  const flags = readFlags(['--lines', '5', '--only', 'a,b', '--quiet'], DEFAULTS);
  t.strictSame(flags.counts('lines'), [5]);
  t.equal(flags.count('runs'), 3);
  t.strictSame(flags.names('only', ['a', 'b', 'c']), ['a', 'b']);
  t.equal(flags.isSet('quiet'), true);
});

t.test('without flags all is as by default', async (t) => {
  const flags = readFlags([], DEFAULTS);
  t.strictSame(flags.counts('lines'), [10, 20]);
  t.strictSame(flags.names('only', ['a']), []);
  t.equal(flags.isSet('quiet'), false);
});

t.test('refuses what is no number, no such name, no such flag', async (t) => {
  const expected = (
    args: string[],
    read: (flags: ReturnType<typeof readFlags>) => unknown,
    text: RegExp,
  ): void => {
    t.throws(() => read(readFlags(args, DEFAULTS)), { name: 'UsageError', message: text });
  };
  expected(
    ['--lines', '1,x'],
    (flags) => flags.counts('lines'),
    /--lines takes a whole number above 0, not "x"/,
  );
  expected(['--runs', '0'], (flags) => flags.count('runs'), /--runs .* not "0"/);
  expected(['--only', 'z'], (flags) => flags.names('only', ['a', 'b']), /--only takes a, b, not "z"/);
  expected(['--colour'], (flags) => flags, /--colour/);
});
