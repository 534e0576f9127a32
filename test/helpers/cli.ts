/** Starts the real program as a process. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Lets Node.js run TypeScript in every thread. */
const TYPESCRIPT = join(ROOT, 'test', 'helpers', 'typescript.mjs');
const BUILT = join(ROOT, 'dist', 'cli', 'main.js');

/** Arguments of node for the program: what was built, unless a source is newer. */
export const PROGRAM: readonly string[] = isFresh()
  ? [BUILT]
  : ['--import', TYPESCRIPT, join(ROOT, 'src', 'cli', 'main.ts')];

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Result {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number | null;
}

/** Runs a command to its end. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const child = startCli(args, options);
  child.stdin.end(options.stdin ?? '');
  return ended(child);
}

/** Starts a command and leaves its standard input open. Its environment is this one without our own variables. */
export function startCli(args: readonly string[], options: RunOptions = {}): ChildProcessWithoutNullStreams {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('MESHWAKE_')),
  );
  const child = spawn(process.execPath, [...PROGRAM, ...args], {
    cwd: options.cwd ?? ROOT,
    env: { ...env, NO_COLOR: '', TERM: 'xterm', ...options.env },
  });
  // A program that refuses its input early closes the pipe under our hands.
  child.stdin.on('error', () => {});
  return child;
}

/** Collects what a process writes until it ends. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Result> {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await once(child, 'close');
  return { stdout, stderr, exit: child.exitCode };
}

/** Ms after which something is not late but missing, also where the machine has much other work. */
export const PATIENCE_MS = 240_000;

/**
 * Waits until a stream has written something that matches.
 * Errors: when it ends without, or after `ms`; with what it wrote instead.
 */
export async function waitFor(
  stream: NodeJS.ReadableStream,
  pattern: RegExp,
  ms = PATIENCE_MS,
): Promise<RegExpExecArray> {
  let text = '';
  return new Promise((resolve, reject) => {
    const missing = (): void => reject(new Error(`no ${pattern} in: ${text}`));
    const timer = setTimeout(missing, ms);
    stream.once('close', () => {
      clearTimeout(timer);
      missing();
    });
    stream.on('data', (chunk: Buffer | string) => {
      text += chunk.toString();
      const match = pattern.exec(text);
      if (match === null) return;
      clearTimeout(timer);
      resolve(match);
    });
  });
}

/** Asks again and again until there is an answer. Errors: after {@link PATIENCE_MS}, with `what` was waited for. */
export async function until<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await delay(50);
  }
}

function isFresh(): boolean {
  if (!existsSync(BUILT)) return false;
  const built = statSync(BUILT).mtimeMs;
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).every(
    (path) => statSync(join(ROOT, 'src', path)).mtimeMs <= built || !/\.\w+$/.test(path),
  );
}
