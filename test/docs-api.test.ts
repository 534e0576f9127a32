/** Every example of docs/api.md runs against the real server, and prints what it says. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { EXAMPLES } from '../scripts/pages/api-examples.ts';
import { differs } from './helpers/cases.ts';
import { ROOT } from './helpers/cli.ts';
import { prepareClone, readExamples } from './helpers/console-blocks.ts';
import { serve } from './helpers/serve.ts';

const NO_CURL = spawnSync('curl', ['--version']).status === 0 ? false : 'no curl here: apt-get install curl';
const PAGE = readFileSync(join(ROOT, 'docs', 'api.md'), 'utf8');

t.test('every example of docs/api.md prints what it says', { skip: NO_CURL }, async (t) => {
  const cwd = t.testdir({});
  const { url } = await serve(t, ['--db', join(cwd, 'api.db')]);
  const env = { ...process.env, NO_COLOR: '1', ...prepareClone(cwd) };
  const examples = readExamples(PAGE);
  t.ok(examples.length > Object.keys(EXAMPLES).length, 'there are examples');
  for (const { command, output } of examples) {
    const asked = command.replaceAll('http://127.0.0.1:8710', url);
    const { stdout } = spawnSync('bash', ['-c', asked], { cwd, env, encoding: 'utf8' });
    t.equal(differs(stdout.trimEnd(), output), null, command);
  }
});

t.test('every example belongs to an operation', async (t) => {
  for (const title of Object.keys(EXAMPLES)) t.match(PAGE, `\n## ${title}\n`);
});
