import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';

const CHILDREN = pathToFileURL(join(import.meta.dirname, '../../../bench/measure/children.ts')).href;

/** A process that ended counts as gone, also where nobody has asked for its exit status yet. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !readFileSync(stat, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 600 && isAlive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  return !isAlive(pid);
}

t.test('a signal to the benchmark ends what it runs, and what that runs', async (t) => {
  const dir = t.testdir({
    'bench.mjs': `import { spawn } from 'node:child_process';
import { endOnSignals, endWithUs } from ${JSON.stringify(CHILDREN)};
endOnSignals();
const group = endWithUs(spawn('/bin/sh', ['-c', 'sleep 300 & echo $!; wait'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] }));
const alone = endWithUs(spawn('sleep', ['300'], { stdio: 'ignore' }));
group.stdout.on('data', (pid) => console.log(JSON.stringify([group.pid, Number(String(pid)), alone.pid])));`,
  });
  const bench = spawn(process.execPath, ['--import', 'tsx', join(dir, 'bench.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [told] = (await once(bench.stdout, 'data')) as [Buffer];
  const pids = JSON.parse(told.toString()) as number[];
  t.equal(pids.length, 3);
  t.ok(pids.every(isAlive), 'all run');
  bench.kill('SIGTERM');
  const [status] = (await once(bench, 'close')) as [number];
  t.equal(status, 143);
  for (const pid of pids) t.ok(await gone(pid), `${pid} is gone`);
});
