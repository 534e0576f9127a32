import t from 'tap';
import { namePattern } from '../../src/domain/name-pattern.ts';
import { cpuMs } from '../helpers/cpu.ts';

t.test('a star stands for any run of characters', async (t) => {
  const rows: [pattern: string, matching: string[], other: string[]][] = [
    ['*', ['', 'a', 'a*b'], []],
    ['**', ['', 'a'], []],
    ['web', ['web'], ['', 'we', 'webs', 'Web', 'a web']],
    ['web-*', ['web-', 'web-1'], ['web', 'aweb-1']],
    ['*-web', ['-web', 'a-web'], ['web', 'a-web-1']],
    ['a*a', ['aa', 'aba', 'aaa'], ['a', 'ab', 'aab']],
    ['*ab*', ['ab', 'xaby'], ['a', 'axb']],
    ['a*b*c', ['abc', 'axxbyyc', 'abbc', 'abcc'], ['ac', 'acb', 'abcd']],
    ['a*ba*a', ['abaa', 'axbaba'], ['aba']],
    ['outbound|*||*.svc', ['outbound|80||a.svc'], ['outbound|80|v1|a.svc']],
    ['a.c', ['a.c'], ['abc']],
    ['(a+)+$', ['(a+)+$'], ['aa']],
    ['', [''], ['a']],
  ];
  for (const [text, matching, other] of rows) {
    const pattern = namePattern(text);
    for (const name of matching) t.equal(pattern(name), true, `${text} matches ${JSON.stringify(name)}`);
    for (const name of other) t.equal(pattern(name), false, `${text} does not match ${JSON.stringify(name)}`);
    t.equal(pattern.text, text);
  }
});

t.test('an absent name is matched by a lone star alone', async (t) => {
  t.equal(namePattern('*')(null), true);
  for (const text of ['', 'null', 'a*', '*a']) t.equal(namePattern(text)(null), false, text);
});

t.test('a hostile pattern takes no longer than its text is long', async (t) => {
  for (const text of [
    '*a'.repeat(50_000),
    `${'*a'.repeat(50_000)}b`,
    `a${'*'.repeat(100_000)}b`,
    '*aaaaaaab',
  ]) {
    const ms = cpuMs(() => t.equal(namePattern(text)('a'.repeat(100_000)), text === '*a'.repeat(50_000)));
    t.ok(ms < 2_000, `${ms} ms`);
  }
});
