import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runNode, runShell } from '../../../bench/measure/run-process.ts';

const hasProc = existsSync('/proc/self/status');
/** So much of the processor's own time, however busy the machine is. */
const BUSY = `let n = 0; while (process.cpuUsage().user < 200_000) n++;`;
const HOLD = 'const kept = Buffer.alloc(50 << 20, 1);';

t.test('tells what a Node.js process took and said', async (t) => {
  const dir = t.testdir({ 'busy.mjs': `${BUSY} ${HOLD} console.log(process.argv[2], kept.length);` });
  const usage = await runNode(join(dir, 'busy.mjs'), ['hello']);
  t.equal(usage.stdout, 'hello 52428800\n');
  t.ok(usage.wall >= 0.2, `wall ${usage.wall}`);
  t.ok(usage.cpu >= 0.2, `cpu ${usage.cpu}`);
  t.ok((usage.rss ?? 0) > 80, `rss ${usage.rss} MB`);
});

t.test('threads of a process are one process', async (t) => {
  const dir = t.testdir({
    'threads.mjs': `import { Worker } from 'node:worker_threads';
const worker = new Worker('globalThis.kept = Buffer.alloc(80 << 20, 1);', { eval: true });
worker.on('exit', (status) => console.log('ended', status));`,
  });
  const usage = await runNode(join(dir, 'threads.mjs'), []);
  t.equal(usage.stdout, 'ended 0\n');
  t.ok((usage.rss ?? 0) > 110, `rss ${usage.rss} MB`);
});

t.test(
  'the processes that a process starts count with it',
  { skip: hasProc ? false : 'no /proc here' },
  async (t) => {
    const dir = t.testdir({
      // Both hold their memory until both have it, and then for long enough to be looked at.
      'parent.mjs': `import { spawn } from 'node:child_process';
import { once } from 'node:events';
const children = [1, 2].map(() => spawn(process.execPath, [process.argv[2]], { stdio: ['pipe', 'pipe', 'ignore'] }));
await Promise.all(children.map((child) => once(child.stdout, 'data')));
setTimeout(() => { for (const child of children) child.stdin.end(); }, 1_000);`,
      'child.mjs': `const kept = Buffer.alloc(100 << 20, 1); ${BUSY}
process.stdin.on('end', () => process.exit(kept[0] - 1)).resume();
console.log('ready');`,
    });
    const usage = await runNode(join(dir, 'parent.mjs'), [join(dir, 'child.mjs')]);
    t.ok((usage.rss ?? 0) > 250, `rss ${usage.rss} MB`);
    t.ok(usage.cpu > 0.4, `cpu ${usage.cpu}`);
  },
);

t.test('tells what a shell command took and said', async (t) => {
  const file = join(t.testdir({ 'lines.txt': 'one\ntwo\n' }), 'lines.txt');
  const usage = await runShell('i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; wc -l < "$1"', file);
  t.equal(usage.stdout.trim(), '2');
  t.ok(usage.cpu > 0.01, `cpu ${usage.cpu}`);
});

t.test('a process that fails is no measurement', async (t) => {
  const dir = t.testdir({ 'fails.mjs': `console.error('out of luck'); process.exit(3);` });
  await t.rejects(runNode(join(dir, 'fails.mjs'), []), /ended with 3: out of luck/);
  await t.rejects(runShell('exit 4', '/dev/null'), /ended with 4/);
});
