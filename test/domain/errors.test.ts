import t from 'tap';
import {
  AppError,
  ERRORS,
  type ErrorCode,
  invariant,
  messageOf,
  quoted,
  quotedPath,
} from '../../src/domain/errors.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];

t.test('every error has a status, an exit status, a title and a remedy', async (t) => {
  t.ok(CODES.length > 0);
  for (const code of CODES) {
    const { status, exit, title, remedy } = ERRORS[code];
    t.match(code, /^[a-z]+(_[a-z]+)*$/, code);
    t.ok(Number.isInteger(status) && status >= 400 && status < 600, `${code}: ${status}`);
    t.ok(exit === 1 || exit === 2, `${code}: ${exit}`);
    t.match(title, /^[A-Z][^\n]*[^.\s]$/, `${code}: ${title}`);
    t.match(remedy, /^(?![A-Z][a-z])[^\n]*[^.\s]$/, `${code}: ${remedy}`);
  }
});

t.test('titles tell the errors apart', async (t) => {
  const titles = CODES.map((code) => ERRORS[code].title);
  t.same(
    titles.filter((title, at) => titles.indexOf(title) !== at),
    [],
  );
});

t.test('wrong usage has its own exit status', async (t) => {
  for (const code of ['usage', 'unknown_parameter', 'bad_parameter', 'bad_format', 'no_input'] as const)
    t.equal(new AppError(code, 'x').exit, 2, code);
  for (const code of ['internal', 'db_locked', 'file_missing', 'nothing_read'] as const)
    t.equal(new AppError(code, 'x').exit, 1, code);
});

t.test('an error carries what its kind says, unless it knows better', async (t) => {
  const cause = new Error('below');
  const plain = new AppError('db_locked', 'cannot open it');
  t.same([plain.code, plain.message, plain.status, plain.exit], ['db_locked', 'cannot open it', 503, 1]);
  t.equal(plain.remedy, ERRORS.db_locked.remedy);
  t.equal(plain.name, 'AppError');
  t.equal('cause' in plain, false);
  t.ok(plain instanceof Error);
  const own = new AppError('db_locked', 'cannot open it', { cause, remedy: 'wait' });
  t.equal(own.cause, cause);
  t.equal(own.remedy, 'wait');
});

t.test('a broken promise is called a bug', async (t) => {
  t.throws(() => invariant(0, 'it is zero'), new Error('BUG: it is zero'));
  t.doesNotThrow(() => invariant('x', 'never'));
});

t.test('anything caught has a message', async (t) => {
  t.equal(messageOf(new TypeError('no')), 'no');
  for (const [caught, message] of [
    ['text', 'text'],
    [null, 'null'],
    [undefined, 'undefined'],
    [7, '7'],
  ])
    t.equal(messageOf(caught), message);
});

t.test('a path is quoted and escaped, and its end is never cut off', async (t) => {
  t.equal(quotedPath('/a "b"/c'), '"/a \\"b\\"/c"');
  for (const length of [120, 121, 4_096]) t.equal(quotedPath('x'.repeat(length)), `"${'x'.repeat(length)}"`);
  t.equal(quotedPath(`${'x'.repeat(9_000)}.log`), `"...${'x'.repeat(4_089)}.log"`);
});

t.test('a value from outside is quoted, escaped and cut', async (t) => {
  t.equal(quoted('a "b"\n\u001b[31m'), '"a \\"b\\"\\n\\u001b[31m"');
  t.equal(quoted('x'.repeat(120)), `"${'x'.repeat(120)}"`);
  t.equal(quoted('x'.repeat(121)), `"${'x'.repeat(117)}..."`);
});
