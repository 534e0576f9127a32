/** Runs one process and tells what it took. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { endWithUs } from './children.ts';
import { watchMemory } from './process-tree.ts';

const USAGE = fileURLToPath(new URL('usage.mjs', import.meta.url));
/** Bytes of output that are kept. */
const OUTPUT_BYTES_MAX = 1 << 24;

/** Seconds; `rss` in MB, of the process and all that it started, null where the system does not tell. */
export interface Usage {
  readonly wall: number;
  readonly cpu: number;
  readonly rss: number | null;
  readonly stdout: string;
}

/** Runs a Node.js script. Errors: `Error` when it fails, with the end of what it said. */
export async function runNode(script: string, args: readonly string[]): Promise<Usage> {
  const ran = await run([process.execPath, '--import', USAGE, script, ...args]);
  // The last thing that is told: the process itself tells its peak, then the shell the time of all.
  const own = /^\{[^}]*\}/.exec(ran.told)?.[0];
  const { rss_kb } = JSON.parse(own ?? '{"rss_kb":0}') as { rss_kb: number };
  return { ...ran.usage, rss: Math.max(rss_kb / 1_024, ran.usage.rss ?? 0) };
}

/** Runs a shell command; `$1` is the file. Errors: as `runNode`. */
export async function runShell(command: string, file: string): Promise<Usage> {
  const { usage } = await run(['/bin/sh', '-c', command, 'sh', file]);
  return usage;
}

/** A shell runs it, since a shell tells the CPU time of what it ran and of all that this ran in turn. */
async function run(command: readonly string[]): Promise<{ usage: Usage; told: string }> {
  const started = performance.now();
  const child = spawn('/bin/sh', ['-c', '"$@"; status=$?; times >&3; exit $status', 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', NO_COLOR: '1' },
    // A group of its own, so that what the shell runs can be ended with it.
    detached: true,
  });
  endWithUs(child);
  const memory = watchMemory(child.pid ?? 0);
  const [stdout, stderr, told] = [1, 2, 3].map((index) => collect(child.stdio[index] as Readable));
  const status = await ended(child);
  const wall = (performance.now() - started) / 1_000;
  const rss = memory.stop();
  if (status !== 0) {
    throw new Error(`${command.join(' ')} ended with ${status}: ${stderr?.().slice(-1_000)}`);
  }
  const usage = { wall, cpu: cpuOf(told?.() ?? ''), rss, stdout: stdout?.() ?? '' };
  return { usage, told: told?.() ?? '' };
}

function collect(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= OUTPUT_BYTES_MAX) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}

/** The exit status, or the name of the signal. Errors: `Error` when it cannot be started. */
export function ended(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'nothing'));
  });
}

/** Adds up what `times` prints: user and system time, `0m1.25s 0m0.10s`, of the shell and of what it ran. */
function cpuOf(times: string): number {
  return [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}
