/** Runs `meshwake ingest` on standard input, with lines written to it as fast as it reads. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Lines } from '../input/repeat.ts';
import { endWithUs } from '../measure/children.ts';
import { watchMemory } from '../measure/process-tree.ts';
import { CLI } from '../measure/product.ts';
import { ended } from '../measure/run-process.ts';

const SAMPLE_MS = 1_000;

/** `rss` in MB, null where the system does not tell; `seconds` since the start. */
export interface Sample {
  readonly lines: number;
  readonly seconds: number;
  readonly rss: number | null;
}

/** One sample a second, and one at the end. `peak`: of the whole run, looked for more often. */
export interface Streamed {
  readonly samples: readonly Sample[];
  readonly peak: number | null;
}

/** Errors: `Error` when it ends before the lines do, or does not take them all. */
export async function streamInto(
  db: string,
  lines: Iterable<Lines>,
  tell: (sample: Sample) => void,
): Promise<Streamed> {
  const command = [CLI, 'ingest', '--db', db, '--output', 'json', '-'];
  const child = endWithUs(spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] }));
  const started = performance.now();
  const end = ended(child);
  const answer = textOf(child.stdout);
  const memory = watchMemory(child.pid ?? 0);
  const samples: Sample[] = [];
  let written = 0;
  const sample = (): void => {
    const seconds = (performance.now() - started) / 1_000;
    samples.push({ lines: written, seconds, rss: memory.now() });
  };
  const timer = setInterval(() => {
    sample();
    const last = samples.at(-1);
    if (last !== undefined) tell(last);
  }, SAMPLE_MS);
  try {
    // A closed pipe is told by the exit status of its reader.
    child.stdin.on('error', () => {});
    for (const { bytes, count } of lines) {
      if (child.exitCode !== null) break;
      // The memory of these lines is used again for the next ones, so that it has to be written before.
      await new Promise<void>((resolve) => child.stdin.write(bytes, () => resolve()));
      written += count;
    }
    sample();
    child.stdin.end();
    const status = await end;
    const { accepted = 0 } = JSON.parse((await answer) || '{}') as { accepted?: number };
    if (status !== 0 || accepted !== written) {
      throw new Error(`the ingest ended with ${status} and ${accepted} of ${written} lines`);
    }
    samples.push({ lines: written, seconds: (performance.now() - started) / 1_000, rss: null });
    return { samples, peak: memory.stop() };
  } finally {
    clearInterval(timer);
    memory.stop();
    child.kill();
  }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks).toString();
}
