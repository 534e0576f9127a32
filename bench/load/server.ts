/** A server of the built product, for as long as it is measured. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endWithUs } from '../measure/children.ts';
import { CLI } from '../measure/product.ts';
import { ended } from '../measure/run-process.ts';

const INSIDE = fileURLToPath(new URL('../measure/inside-server.mjs', import.meta.url));
const READY_MS_MAX = 300_000;
const SAID_MAX = 4_000;
/** Where it listens. */
const ADDRESS = /(http:\/\/127\.0\.0\.1:\d+)/;

/** How long the event loop was held, and the CPU time of all threads, ms. */
export interface Strain {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly cpu: number;
}

export interface Server {
  readonly url: string;
  readonly pid: number;
  /** Since it was asked before. */
  strain(): Promise<Strain>;
  /** Resolves when it has said this on standard error. */
  says(pattern: RegExp): Promise<void>;
  /** Errors: `Error` when it does not end well. */
  stop(): Promise<void>;
}

/** Starts it and waits until it is ready. Errors: `Error` when it does not get ready, with the end of what it said. */
export async function startServer(db: string, flags: readonly string[] = []): Promise<Server> {
  const command = ['--import', INSIDE, CLI, 'serve', '--db', db, '--listen', '127.0.0.1:0', ...flags];
  const child = endWithUs(spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] }));
  const end = ended(child);
  try {
    const says = listen(child);
    const [, url = ''] = await Promise.race([says(ADDRESS), died(end, says)]);
    await ready(url);
    return {
      url,
      pid: child.pid ?? 0,
      strain: () => askStrain(child),
      says: async (pattern) => void (await says(pattern)),
      stop: () => stop(child, end),
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

type Says = (pattern: RegExp) => Promise<RegExpExecArray>;

/** Waits for what it says on standard error, and looks at what it said before. */
function listen(child: ChildProcess): Says {
  let said = '';
  const waiting = new Set<() => void>();
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-SAID_MAX);
    for (const look of waiting) look();
  });
  return (pattern) =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = pattern.exec(said);
        if (found === null) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
}

/** Errors: `Error`, always, when it ends. */
async function died(end: Promise<number | string>, says: Says): Promise<never> {
  const status = await end;
  const [said = ''] = await says(/[\s\S]*/);
  throw new Error(`the server ended with ${status}: ${said.slice(-500)}`);
}

async function ready(url: string): Promise<void> {
  const until = performance.now() + READY_MS_MAX;
  while (performance.now() < until) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the server was not ready after ${READY_MS_MAX / 1_000} s`);
}

function askStrain(child: ChildProcess): Promise<Strain> {
  return new Promise((resolve) => {
    child.once('message', (message) => resolve(message as unknown as Strain));
    child.send('strain');
  });
}

async function stop(child: ChildProcess, end: Promise<number | string>): Promise<void> {
  child.kill('SIGTERM');
  const status = await end;
  if (status !== 0) throw new Error(`the server ended with ${status}`);
}
