import { join } from 'node:path';
import t from 'tap';
import { runNode, runShell } from '../../../bench/measure/run-process.ts';

t.test('tells what a Node.js process took and said', async (t) => {
  const dir = t.testdir({
    'busy.mjs': `const end = Date.now() + 200; let n = 0; while (Date.now() < end) n++;
const kept = Buffer.alloc(50 << 20, 1);
console.log(process.argv[2], kept.length);`,
  });
  const usage = runNode(join(dir, 'busy.mjs'), ['hello']);
  t.equal(usage.stdout, 'hello 52428800\n');
  t.ok(usage.wall >= 0.2 && usage.wall < 30, `wall ${usage.wall}`);
  t.ok(usage.cpu >= 0.1 && usage.cpu < 30, `cpu ${usage.cpu}`);
  t.ok((usage.rss ?? 0) > 80, `rss ${usage.rss} MB`);
});

t.test('tells what a shell command took and said', async (t) => {
  const file = join(t.testdir({ 'lines.txt': 'one\ntwo\n' }), 'lines.txt');
  const usage = runShell('i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; wc -l < "$1"', file);
  t.equal(usage.stdout.trim(), '2');
  t.ok(usage.cpu > 0.01 && usage.cpu < 30, `cpu ${usage.cpu}`);
  t.equal(usage.rss, null);
});

t.test('a process that fails is no measurement', async (t) => {
  const dir = t.testdir({ 'fails.mjs': `console.error('out of luck'); process.exit(3);` });
  t.throws(() => runNode(join(dir, 'fails.mjs'), []), /ended with 3: out of luck/);
  t.throws(() => runShell('exit 4', '/dev/null'), /ended with 4/);
});
