/** A client that others' tools make of the description compiles, and works with the running server for every operation. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { type ApiDescription, answerChecks } from '../../helpers/answer-checks.ts';
import { ROOT } from '../../helpers/cli.ts';
import { serve } from '../../helpers/serve.ts';

const PROGRAM = 'every-operation.mts';

/** openapi-typescript needs a TypeScript with a programming interface, which version 7 has not. */
const OTHER_TYPESCRIPT = `export const resolve = (specifier, context, next) =>
  next(specifier === 'typescript' ? '@ts-morph/common/dist/typescript.js' : specifier, context);`;

async function makeTypes(document: unknown): Promise<string> {
  register(`data:text/javascript,${encodeURIComponent(OTHER_TYPESCRIPT)}`, import.meta.url);
  const { default: generate, astToString } = await import('openapi-typescript');
  // The tool changes what it is given.
  return astToString(await generate(structuredClone(document) as never));
}

/** What the compiler says of the program with these types beside it. */
function compile(directory: string, types: string): string {
  writeFileSync(join(directory, 'api.d.ts'), types);
  const options = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { lib: ['ES2023', 'DOM', 'DOM.AsyncIterable'], types: [] },
    include: [],
    files: [PROGRAM],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(options));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'lib', 'tsc.js');
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', directory], { encoding: 'utf8' });
  return stdout + stderr;
}

t.test('a generated client compiles, and uses every operation of the running server', async (t) => {
  const directory = t.testdir({});
  copyFileSync(join(ROOT, 'test', 'http', 'openapi', 'client', PROGRAM), join(directory, PROGRAM));
  const server = await serve(t, ['--db', join(directory, 'client.db')]);
  const document = (await server.get('/openapi.json')) as ApiDescription;
  const types = await makeTypes(document);
  t.equal(compile(directory, types), '');
  const otherwise = types.replace(/\bnext_cursor: string \| null;/g, 'next_cursor: number;');
  t.match(
    compile(directory, otherwise),
    /every-operation\.mts.*error TS/,
    'which it would not with any types',
  );

  const { operations, check } = answerChecks(document);
  const used = new Set<string | null>();
  const faults: (string | null)[] = [];
  const watch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const response = await fetch(request);
    const isStream = response.headers.get('content-type') === 'text/event-stream';
    const { pathname, search } = new URL(request.url);
    const { operation, fault } = check({
      method: request.method,
      path: pathname + search,
      status: response.status,
      type: response.headers.get('content-type'),
      body: isStream ? '' : await response.clone().text(),
    });
    used.add(operation);
    faults.push(fault);
    return response;
  };
  const { useEveryOperation } = await import(pathToFileURL(join(directory, PROGRAM)).href);
  const log = readFileSync(join(ROOT, 'samples', 'incident-article.log'), 'utf8');
  const seen = await useEveryOperation(server.url, watch, log);
  t.match(seen, { received: 74, critical: ['catch_all_capture'], failed: 14 });
  t.match(seen.firstEvent, /^(?::|event|id|retry)/);
  t.match(seen.csv, /^id,diagnosis,/);
  t.strictSame(
    faults.filter((fault) => fault !== null),
    [],
    'answers are as described',
  );
  t.strictSame([...used].sort(), [...operations].sort(), 'every operation was used, and no other');
});
