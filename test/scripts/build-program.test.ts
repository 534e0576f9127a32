/** What each command loads before it does anything, and what the files of a built program are made of. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Metafile } from 'esbuild';
import t from 'tap';
import { bySource } from '../../bench/profile/sources.ts';
import { buildModule, buildProgram } from '../../scripts/build-program.ts';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'meshwake-build-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const built = await buildProgram(SRC, folder);

/** The output whose first source is this one. */
const outputOf = (entry: string): string => {
  const found = Object.keys(built.outputs).find((path) =>
    built.outputs[path]?.entryPoint?.endsWith(`src/${entry}`),
  );
  if (found === undefined) throw new Error(`nothing was made of ${entry}`);
  return found;
};

/** Folders of the sources that are loaded with an output, before anything is asked for. */
function loadedWith(output: string, outputs: Metafile['outputs'] = built.outputs): string[] {
  const seen = new Set<string>();
  const open = [output];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const { imports = [] } = outputs[path] ?? {};
    for (const { kind, path: next, external } of imports)
      if (kind === 'import-statement' && external !== true) open.push(next);
  }
  const sources = [...seen].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}));
  return [...new Set(sources.map((path) => dirname(path.replace(/^.*src\//, ''))))].sort();
}

const has = (folders: readonly string[], name: string): boolean =>
  folders.some((path) => path === name || path.startsWith(`${name}/`));

t.test(
  'help, and what every command begins with, loads what tells of commands and nothing else',
  async (t) => {
    const folders = loadedWith(outputOf('cli/main.ts'));
    for (const name of [
      'store',
      'parse',
      'ingest',
      'analysis',
      'answers',
      'http',
      'grpc',
      'compose',
      'cli/actions',
    ])
      t.notOk(has(folders, name), `${name}: ${folders.join(' ')}`);
    t.ok(has(folders, 'cli/commands'), 'commands are there');
  },
);

t.test('ingest loads the store in the thread that stores, and what reads lines in the other', async (t) => {
  const reads = loadedWith(outputOf('cli/actions/ingest.ts'));
  for (const name of ['store/sqlite', 'analysis', 'answers', 'http'])
    t.notOk(has(reads, name), `${name}: ${reads.join(' ')}`);
  const stores = loadedWith(outputOf('compose/writing-thread.ts'));
  for (const name of ['cli', 'parse/envelope', 'answers', 'http'])
    t.notOk(has(stores, name), `${name}: ${stores.join(' ')}`);
  t.ok(has(stores, 'store/sqlite'), 'the store is there');
});

t.test('functions of what was built are found in their sources', async (t) => {
  const source = join(folder, 'one.ts');
  const file = join(folder, 'one.mjs');
  writeFileSync(source, 'interface A {}\n\nexport function first(a: A): A {\n  return a;\n}\n');
  await buildModule(source, file);
  const lineNumber = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((line) => line.startsWith('function first'));
  const callFrame = { functionName: 'first', url: pathToFileURL(file).href, lineNumber, columnNumber: 14 };
  const unknown = { functionName: 'read', url: 'node:fs', lineNumber: 1, columnNumber: 0 };
  const nodes = [
    { id: 1, callFrame },
    { id: 2, callFrame: unknown },
  ];
  const found = bySource({ nodes, samples: [], timeDeltas: [] }).nodes;
  t.equal(found[0]?.callFrame.url, pathToFileURL(source).href);
  t.equal(found[1]?.callFrame.url, 'node:fs', 'what has no map stays as it is');
});
