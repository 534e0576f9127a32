/**
 * Every regular expression of the program takes linear time: each is run against long hostile texts, and the test finds
 * all of them in the sources, so that a new one is tested too. (D8)
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, Script } from 'node:vm';
import t from 'tap';

const SOURCES = fileURLToPath(new URL('../src/', import.meta.url));
const LENGTH = 100_000;
/** A pattern that goes back and forth takes minutes; the rest is room for machines with other work. */
const MS_MAX = 4_000;

/** Literals, and the texts of `new RegExp`. What a template puts together is told by its file, and has tests of its own. */
const LITERAL =
  /(?:^|[=(,:?&|[!{;]|\breturn|\n)\s*\/((?:[^/\\[\n*]|\\.|\[(?:[^\]\\\n]|\\.)*\])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])*)\/([dgimsuvy]*)(?=\s*[.,;)\]:?}\n])/g;

interface Found {
  readonly file: string;
  readonly pattern: RegExp;
}

function found(): readonly Found[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files.flatMap((file) => {
    const code = readFileSync(join(SOURCES, file), 'utf8').replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
    return [...code.matchAll(LITERAL)].map(([, source = '', flags = '']) => ({
      file,
      pattern: new RegExp(source, flags.replace('g', '')),
    }));
  });
}

/** Long runs of what patterns repeat, and of what nearly matches. */
const RUNS = [
  'a',
  ' ',
  '1',
  '.',
  ':',
  '-',
  '"',
  '\\',
  '/',
  '=',
  ',',
  '[',
  '(',
  '%',
  '\u001b',
  '\n',
  '\t',
  'é',
  '1.',
  'a ',
  '1:',
  'a=',
  '" "',
  '::',
  '\\"',
  '%A',
  '-a',
  '[1',
];
const TEXTS = RUNS.flatMap((run) => {
  const long = run.repeat(LENGTH / run.length);
  return [long, `${long}!`, `[${long}`, `"${long}`];
});

/** In a context of its own it can be ended. */
const context = createContext({ pattern: /x/, texts: [''] });
const TRY = new Script('for (const text of texts) { pattern.lastIndex = 0; pattern.test(text); }');

function isSlow(pattern: RegExp, texts: readonly string[]): boolean {
  Object.assign(context, { pattern, texts });
  try {
    TRY.runInContext(context, { timeout: MS_MAX });
    return false;
  } catch {
    return true;
  }
}

t.test('no pattern of the program goes back and forth', async (t) => {
  const patterns = found();
  t.ok(patterns.length > 80, `${patterns.length} patterns were found`);
  for (const { file, pattern } of patterns) {
    const slow = isSlow(pattern, TEXTS) ? TEXTS.find((text) => isSlow(pattern, [text])) : undefined;
    if (slow !== undefined)
      t.fail(`src/${file}: ${pattern} takes too long for ${JSON.stringify(slow.slice(0, 20))}…`);
  }
});

t.test('one that does is found', async (t) => {
  t.ok(isSlow(/^(a+)+$/, [`${'a'.repeat(40)}!`]));
  t.strictSame(
    [...`const x = /^(a+)+$/;`.matchAll(LITERAL)].map(([, source]) => source),
    ['^(a+)+$'],
  );
});
