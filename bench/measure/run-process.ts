/** Runs one process and tells what it took. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const USAGE = fileURLToPath(new URL('usage.mjs', import.meta.url));

/** Seconds; `rss` in MB, null where the system does not tell. */
export interface Usage {
  readonly wall: number;
  readonly cpu: number;
  readonly rss: number | null;
  readonly stdout: string;
}

/** Runs a Node.js script. Errors: `Error` when it fails, with the end of what it said. */
export function runNode(script: string, args: readonly string[]): Usage {
  const ran = run(process.execPath, ['--import', USAGE, script, ...args]);
  const told = JSON.parse(ran.told) as { cpu_us: number; rss_kb: number };
  return { wall: ran.wall, cpu: told.cpu_us / 1e6, rss: told.rss_kb / 1_024, stdout: ran.stdout };
}

/** Runs a shell command; `$1` is the file. The shell tells the CPU time of what it ran. Errors: as `runNode`. */
export function runShell(command: string, file: string): Usage {
  const ran = run('/bin/sh', ['-c', `${command} && times >&3`, 'sh', file]);
  return { wall: ran.wall, cpu: cpuOf(ran.told), rss: null, stdout: ran.stdout };
}

function run(program: string, args: readonly string[]): { wall: number; stdout: string; told: string } {
  const started = performance.now();
  const result = spawnSync(program, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C', NO_COLOR: '1' },
  });
  const wall = (performance.now() - started) / 1_000;
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) {
    throw new Error(
      `${program} ${args.join(' ')} ended with ${result.status}: ${result.stderr.slice(-1_000)}`,
    );
  }
  return { wall, stdout: result.stdout, told: String(result.output[3] ?? '') };
}

/** Adds up what `times` prints: user and system time, `0m1.25s 0m0.10s`, of the shell and of what it ran. */
function cpuOf(times: string): number {
  return [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}
