/** Every promise of docs/reliability.md has tests, and each of them says which promise it holds. */
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';

const ROOT = new URL('../', import.meta.url);
const PAGE = readFileSync(new URL('docs/reliability.md', ROOT), 'utf8');
const range = (letter: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${letter}${from + index}`);
/** Durability, bounds, hostile input, safety, reports, limits. */
const IDS = [
  ...range('A', 1, 11),
  'A14',
  ...range('B', 2, 9),
  ...range('C', 1, 10),
  ...['D1', 'D3', 'D4', 'D5', 'D6', 'D7', 'D8', 'D9', 'D10', 'D11', 'D13', 'D15', 'E6'],
  ...range('L', 1, 12),
];

const rows = [...PAGE.matchAll(/^\| ([A-EL]\d+) \| (.+) \| ([^|]+) \|$/gm)].map(
  ([, id = '', promise = '', tests = '']) => ({
    id,
    promise,
    tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  }),
);

t.test('no promise is missing, none is there twice', async (t) => {
  t.strictSame(
    rows.map(({ id }) => id),
    IDS,
  );
});

t.test('each test that a promise names is there, and names the promise', async (t) => {
  for (const { id, tests } of rows) {
    t.ok(tests.length > 0, id);
    for (const name of tests) {
      const file = new URL(`test/${name}.test.ts`, ROOT);
      t.ok(existsSync(file), `${id}: ${name}`);
      if (existsSync(file))
        t.match(readFileSync(file, 'utf8'), new RegExp(`\\b${id}\\b`), `${name} names ${id}`);
    }
  }
});
