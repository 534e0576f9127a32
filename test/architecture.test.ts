/** Enforces who may import whom, on the real sources; and shows on made-up ones that the check can fail. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import {
  checkHouseRules,
  checkImports,
  findCycles,
  listImports,
  moduleOf,
  type SourceFile,
} from './helpers/architecture.ts';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

t.test('the sources', async (t) => {
  const files = readSources();
  t.ok(files.length > 0, 'there are sources to check');
  t.strictSame(files.flatMap(checkImports), [], 'import only what the table allows');
  t.strictSame(findCycles(files), [], 'have no import cycles');
  t.strictSame(files.flatMap(checkHouseRules), [], 'have no barrels, no any casts, no switched-off checks');
});

t.test('allows what the table allows', async (t) => {
  const rows: [path: string, text: string][] = [
    ['domain/entry.ts', `import type { A } from './fields.ts';`],
    ['parse/formats/tcp.ts', `import { a } from '../../domain/fields.ts';\nimport { b } from '../text.ts';`],
    ['ingest/lines.ts', `import { Readable } from 'node:stream';`],
    [
      'store/sqlite/open.ts',
      `import Database from 'better-sqlite3';\nimport { readFileSync } from 'node:fs';`,
    ],
    ['store/clickhouse/open.ts', `const client = await import('@clickhouse/client');`],
    ['http/app.ts', `import swagger from '@fastify/swagger';\nimport { Type } from 'typebox';`],
    ['compose/local.ts', `import { open } from '../store/sqlite/open.ts';\nimport x from 'anything';`],
    ['config.ts', `import { limits } from './domain/limits.ts';`],
    ['cli/main.ts', `import { compose } from '../compose/local.ts';\nimport { Command } from 'commander';`],
    ['web/main.ts', `import uPlot from 'uplot';\nimport type { Entry } from '../domain/entry.ts';`],
    ['domain/ids.ts', `// import { x } from 'node:fs';\n/* import 'node:net';\n*/\n/** from 'x' */`],
  ];
  for (const [path, text] of rows) t.strictSame(checkImports({ path, text }), [], `${path}: ${text}`);
});

t.test('refuses what the table does not allow', async (t) => {
  const rows: [path: string, text: string][] = [
    ['domain/entry.ts', `import { isIP } from 'node:net';`],
    ['domain/entry.ts', `import type { A } from '../parse/text.ts';`],
    ['domain/entry.ts', `export * from '../parse/text.ts';`],
    ['domain/entry.ts', `import {\n  a,\n  b,\n} from '../parse/text.ts';`],
    ['domain/entry.ts', `import fs from 'fs';`],
    ['domain/entry.ts', `import './entry';`],
    ['domain/entry.ts', `import x from '../../test/helpers/x.ts';`],
    ['parse/text.ts', `import { createHash } from 'node:crypto';`],
    ['parse/text.ts', `type A = import('../ingest/lines.ts').A;`],
    ['ingest/batch.ts', `import { parse } from '../parse/text.ts';`],
    ['ingest/batch.ts', `import { open } from '../store/sqlite/open.ts';`],
    ['analysis/top.ts', `import { open } from '../store/sqlite/open.ts';`],
    ['store/sqlite/open.ts', `import { x } from '../clickhouse/open.ts';`],
    ['store/sqlite/open.ts', `await import('../clickhouse/open.ts');`],
    ['store/clickhouse/open.ts', `import Database from 'better-sqlite3';`],
    ['store/where.ts', `export const a = 1;`],
    ['http/app.ts', `import { parse } from '../parse/text.ts';`],
    ['http/app.ts', `import x from 'fastify-other';`],
    ['web/app.ts', `import { buildApp } from '../http/app.ts';`],
    ['web/app.ts', `import { readFileSync } from 'node:fs';`],
    ['web/app.ts', `import React from 'react';`],
    ['http/app.ts', `import { h } from '../web/dom/element.ts';`],
    ['config.ts', `import { readFileSync } from 'node:fs';`],
    ['cli/main.ts', `import { open } from '../store/sqlite/open.ts';`],
    ['helpers/misc.ts', `export const a = 1;`],
  ];
  for (const [path, text] of rows) t.equal(checkImports({ path, text }).length, 1, `${path}: ${text}`);
});

t.test('says which file may not import what', async (t) => {
  const file = { path: 'domain/entry.ts', text: `import { isIP } from 'node:net';` };
  t.strictSame(checkImports(file), ['domain/entry.ts: domain may not import "node:net"']);
});

t.test('lists every form of import once', async (t) => {
  const text = `import a from 'a';
import type { B } from "b";
import 'c';
export { d } from 'd';
const e = await import('e');
export const from = 'not this';
const text = "import x from 'y'";`;
  t.strictSame(listImports(text).sort(), ['a', 'b', 'c', 'd', 'e']);
});

t.test('names the module of a file', async (t) => {
  t.equal(moduleOf('config.ts'), 'config');
  t.equal(moduleOf('cli/commands/get.ts'), 'cli');
  t.equal(moduleOf('store/sqlite/queries/run.ts'), 'store/sqlite');
});

t.test('finds import cycles, each once', async (t) => {
  const file = (path: string, ...targets: string[]): SourceFile => ({
    path,
    text: targets.map((target) => `import type { X } from '${target}';`).join('\n'),
  });
  t.strictSame(findCycles([file('domain/a.ts', './b.ts'), file('domain/b.ts')]), []);
  t.strictSame(findCycles([file('domain/a.ts', './a.ts')]), [['domain/a.ts', 'domain/a.ts']]);
  t.strictSame(
    findCycles([
      file('domain/c.ts', './a.ts'),
      file('domain/a.ts', './b.ts'),
      file('domain/b.ts', '../domain/c.ts', './d.ts'),
      file('domain/d.ts'),
    ]),
    [['domain/a.ts', 'domain/b.ts', 'domain/c.ts', 'domain/a.ts']],
  );
});

t.test('refuses barrels, any casts and switched-off checks', async (t) => {
  const rows: [path: string, text: string, count: number][] = [
    ['domain/index.ts', '', 1],
    ['domain/a.ts', 'const a = b as any;', 1],
    ['domain/a.ts', 'const a = <any>b;', 1],
    ['domain/a.ts', '// @ts-ignore\nconst a = b;', 1],
    ['domain/a.ts', '// biome-ignore lint/suspicious/noExplicitAny: lazy\nlet a: any;', 1],
    ['domain/a.ts', '// not as any other\nconst company = b as Company;', 0],
  ];
  for (const [path, text, count] of rows) t.equal(checkHouseRules({ path, text }).length, count, text);
});

function readSources(): SourceFile[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(join(SRC, path), 'utf8') }));
}
