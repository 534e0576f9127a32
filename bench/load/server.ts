/** A server of the built product, for as long as it is measured. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endWithUs } from '../measure/children.ts';
import { CLI } from '../measure/product.ts';
import { ended } from '../measure/run-process.ts';

const INSIDE = fileURLToPath(new URL('../measure/inside-server.mjs', import.meta.url));
const READY_MS_MAX = 300_000;

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
  /** Errors: `Error` when it does not end well. */
  stop(): Promise<void>;
}

/** Starts it and waits until it is ready. Errors: `Error` when it does not get ready, with the end of what it said. */
export async function startServer(db: string, flags: readonly string[] = []): Promise<Server> {
  const command = ['--import', INSIDE, CLI, 'serve', '--db', db, '--listen', '127.0.0.1:0', ...flags];
  const child = endWithUs(spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] }));
  const end = ended(child);
  try {
    const url = await addressOf(child, end);
    await ready(url);
    return { url, pid: child.pid ?? 0, strain: () => askStrain(child), stop: () => stop(child, end) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** It says on standard error where it listens. */
async function addressOf(child: ChildProcess, end: Promise<unknown>): Promise<string> {
  let said = '';
  const told = new Promise<string>((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000);
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (url !== undefined) resolve(url);
    });
  });
  const died = end.then((status) => {
    throw new Error(`the server ended with ${status}: ${said.slice(-500)}`);
  });
  return Promise.race([told, died]);
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
