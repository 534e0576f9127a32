/** The documents say what the program does: generated pages are fresh, nothing is missing, every example runs. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { generatePages } from '../scripts/docs.ts';
import { describeApp } from '../scripts/pages/api.ts';
import { pathOf, program } from '../scripts/pages/cli.ts';
import { allCommands } from '../src/cli/program.ts';
import { envName, SETTINGS } from '../src/config.ts';
import { ERRORS } from '../src/domain/errors.ts';
import { FIELDS } from '../src/domain/fields.ts';
import { FILTER_NAMES } from '../src/domain/filter.ts';
import { differs } from './helpers/cases.ts';
import { ROOT } from './helpers/cli.ts';
import { prepareClone, readExamples } from './helpers/console-blocks.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

t.test('the generated pages are fresh', async (t) => {
  for (const [name, text] of await generatePages()) {
    t.equal(read(`docs/${name}`), text, `docs/${name}: run \`npm run docs\` if it differs`);
  }
});

t.test('every command, flag and variable is in docs/cli.md', async (t) => {
  const page = read('docs/cli.md');
  for (const command of allCommands(program())) {
    const [, section = ''] = page.split(`\n## ${pathOf(command)}\n`);
    t.not(section, '', pathOf(command));
    const own = section.split('\n## ')[0] ?? '';
    for (const { long } of command.options.filter(({ hidden }) => !hidden))
      t.match(own, `${long}`, `${pathOf(command)} ${long}`);
  }
  for (const { flag } of Object.values(SETTINGS)) t.match(page, envName(flag));
});

t.test('every route and parameter is in docs/api.md', async (t) => {
  const page = read('docs/api.md');
  const app = await describeApp();
  const paths = Object.entries(app.swagger().paths ?? {});
  t.ok(paths.length >= 14, 'there are routes');
  for (const [path, methods] of paths) {
    for (const method of Object.keys(methods ?? {})) t.match(page, `\n## ${method.toUpperCase()} ${path}\n`);
  }
  for (const name of FILTER_NAMES) t.match(page, `| \`${name}\` | query |`);
  await app.close();
});

t.test('every field and error code has its row', async (t) => {
  for (const { name, description } of FIELDS) {
    t.match(read('docs/fields.md'), `\n| \`${name}\` |`);
    t.not(description, '', name);
  }
  for (const code of Object.keys(ERRORS)) t.match(read('docs/errors.md'), `\n| \`${code}\` |`);
});

t.test('every error code is used', async (t) => {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('errors.ts'))
    .map((path) => read(`src/${path}`));
  for (const code of Object.keys(ERRORS)) {
    t.ok(
      sources.some((text) => text.includes(`'${code}'`)),
      code,
    );
  }
});

t.test('every example of a help text is a command line that is understood', async (t) => {
  const root = program();
  const lines = [...read('docs/cli.md').matchAll(/^ {2}(.*\bmeshwake\b.*?) +# .+$/gm)].map(
    (match) => match[1] ?? '',
  );
  t.ok(lines.length > 15, 'there are examples');
  for (const line of lines) {
    const words = [
      ...(/meshwake(?: ([^|>)]*))?(?:[|>)].*)?$/.exec(line)?.[1]?.matchAll(/"([^"]*)"|(\S+)/g) ?? []),
    ];
    t.equal(
      misunderstood(
        root,
        words.map((match) => match[1] ?? match[2] ?? ''),
      ),
      null,
      line,
    );
  }
});

t.test('every example of the README runs, and prints what it says', async (t) => {
  const examples = readExamples(read('README.md'));
  t.ok(examples.length > 0, 'there are examples');
  const cwd = t.testdir();
  const env = { ...process.env, NO_COLOR: '1', ...prepareClone(cwd) };
  for (const { command, output } of examples) {
    const { stdout } = spawnSync('bash', ['-c', command], { cwd, env, encoding: 'utf8' });
    t.equal(differs(stdout.trimEnd(), trimEnd(output)), null, command);
  }
});

t.test(
  'every configuration in docs/senders.md that is YAML can be read, and names a way in that there is',
  async (t) => {
    const page = read('docs/senders.md');
    const blocks = [...page.matchAll(/\n```yaml\n([\s\S]*?)\n```/g)].map(([, text = '']) => text);
    t.ok(blocks.length >= 7, 'there are configurations');
    for (const block of blocks) {
      const errors = parseAllDocuments(block).flatMap((document) =>
        'errors' in document ? document.errors : [],
      );
      t.strictSame(errors, [], block.slice(0, 60));
    }
    const app = await describeApp();
    const paths = new Set(app.routeTable.map(({ path }) => path));
    const named = [...page.matchAll(/(?:meshwake:8710|uri: |POST |`)(\/(?:api|loki|v1|_bulk)[\w/]*)/g)].map(
      ([, path = '']) => path,
    );
    t.ok(named.length > 10, 'there are paths');
    for (const path of named) t.ok(paths.has(path), path);
    await app.close();
  },
);

t.test('every link between the documents leads somewhere', async (t) => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`),
  ];
  for (const page of pages.filter((path) => path.endsWith('.md'))) {
    for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)) {
      t.ok(existsSync(join(ROOT, dirname(page), target)), `${page}: ${target}`);
    }
  }
});

/** What of a command line the program would refuse, or null. */
function misunderstood(root: Command, words: readonly string[]): string | null {
  let command = root;
  let rest = [...words];
  for (;;) {
    const next = command.commands.find((candidate) => candidate.name() === rest[0]);
    if (next === undefined) break;
    command = next;
    rest = rest.slice(1);
  }
  // The program without a command is `analyze`.
  if (command === root) command = root.commands.find((candidate) => candidate.name() === 'analyze') ?? root;
  const { unknown } = command.parseOptions(rest);
  return unknown.length === 0 ? null : unknown.join(' ');
}

function trimEnd(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line !== '');
  return lines.slice(0, last + 1);
}
