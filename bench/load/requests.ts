/** `npm run bench -- requests`: how long a sender waits until its lines are durable, alone and beside those who ask. */
import { spawnSync } from 'node:child_process';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { table } from '../accuracy/table.ts';
import { readFlags } from '../flags.ts';
import { generateInput } from '../input/generate.ts';
import { repeatLines } from '../input/repeat.ts';
import { machine, thousands } from '../measure/machine.ts';
import { CLI } from '../measure/product.ts';
import type { Workshop } from '../measure/workshop.ts';
import { startServer } from './server.ts';

export const REQUESTS_FLAGS = { stored: '200000', seed: '1', seconds: '10' };

/** Lines a body, and bodies a second. */
const SENDERS: readonly (readonly [lines: number, bodies: number])[] = [
  [1, 50],
  [100, 50],
  [1_000, 10],
];
const QUESTIONS = ['incidents?limit=20', 'connections?limit=100', 'topology', 'timeseries?step=1h'];
/** Ms between two questions of one reader. */
const QUESTION_PAUSE_MS = 250;

export interface Measured {
  readonly lines: number;
  readonly bodies: number;
  readonly asked: boolean;
  /** Ms from when a body was due until its answer was there. */
  readonly taken: readonly number[];
}

/** Returns the part of the page. Errors: `Error` when lines are not taken. */
export async function requests(args: readonly string[], workshop: Workshop): Promise<string> {
  const flags = readFlags(args, { ...REQUESTS_FLAGS, ...workshop.flags });
  const [stored, seed, seconds] = [flags.count('stored'), flags.count('seed'), flags.count('seconds')];
  const { file } = generateInput({ variant: 'plain', lines: stored, seed }, workshop.inputs);
  const db = join(workshop.folder, 'requests.db');
  const { status, stderr } = spawnSync(process.execPath, [CLI, 'ingest', '--db', db, file], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the ingest ended with ${status}: ${stderr.slice(-500)}`);
  workshop.tell(`${thousands(stored)} lines stored`);
  const server = await startServer(db);
  try {
    const lines = linesOf(file);
    // The first answer is dear, and comes once.
    await ask(server.url, QUESTIONS);
    const measured: Measured[] = [];
    for (const asked of [false, true])
      for (const [perBody, bodies] of SENDERS) {
        const stop = new AbortController();
        const asking = asked ? askOn(server.url, stop.signal) : Promise.resolve();
        const taken = await sendAtRate(server.url, lines, { perBody, bodies, seconds });
        stop.abort();
        await asking;
        measured.push({ lines: perBody, bodies, asked, taken });
        workshop.tell(
          `${bodies} bodies/s of ${perBody} lines${asked ? ', asked' : ''}: ${figure(taken, 0.5)} ms, ${figure(taken, 0.99)} ms at p99`,
        );
      }
    const command = `npm run bench -- requests --stored ${stored} --seconds ${seconds} --seed ${seed}`;
    return requestsReport(measured, { stored, command });
  } finally {
    await server.stop();
  }
}

/** Lines that the database does not have. */
function* linesOf(file: string): Generator<string> {
  for (const { bytes } of repeatLines(file, Number.MAX_SAFE_INTEGER, 1))
    yield* bytes.toString('latin1').split('\n').slice(0, -1);
}

/** Bodies begin when they are due, also while others wait: a server that falls behind is seen to. */
async function sendAtRate(
  url: string,
  lines: Iterator<string>,
  {
    perBody,
    bodies,
    seconds,
  }: { readonly perBody: number; readonly bodies: number; readonly seconds: number },
): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const taken: number[] = [];
  const sent: Promise<void>[] = [];
  const started = performance.now();
  for (let number = 0; number < bodies * seconds; number++) {
    const due = started + (1_000 * number) / bodies;
    const body = Array.from({ length: perBody }, () => `${lines.next().value}\n`).join('');
    await delay(Math.max(0, due - performance.now()));
    sent.push(post(url, body, agent).then(() => void taken.push(performance.now() - due)));
  }
  await Promise.all(sent);
  agent.destroy();
  return taken;
}

/** Errors: `Error` when it is not taken. */
function post(url: string, body: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent, headers: { 'content-type': 'text/plain' } };
    const sending = request(`${url}/api/v1/ingest`, options, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`the server answered ${response.statusCode}`));
      });
    });
    sending.once('error', reject).end(body);
  });
}

async function ask(url: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) await (await fetch(`${url}/api/v1/${path}`)).arrayBuffer();
}

/** As several open pages do. */
async function askOn(url: string, signal: AbortSignal): Promise<void> {
  const reader = async (): Promise<void> => {
    while (!signal.aborted) {
      await ask(url, QUESTIONS);
      await delay(QUESTION_PAUSE_MS);
    }
  };
  await Promise.all([reader(), reader()]);
}

export function requestsReport(
  measured: readonly Measured[],
  { stored, command }: { readonly stored: number; readonly command: string },
): string {
  const rows = measured.map(({ lines, bodies, asked, taken }) => [
    thousands(lines),
    String(bodies),
    thousands(lines * bodies),
    asked ? 'two pages ask' : 'nobody asks',
    ...[0.5, 0.99, 1].map((share) => figure(taken, share)),
  ]);
  const heads = ['lines a body', 'bodies/s', 'lines/s', 'meanwhile', 'p50 ms', 'p99 ms', 'slowest ms'];
  return `Written by \`${command}\`.

${machine()}

Ms from when a body of \`POST /api/v1/ingest\` was due until it was answered, which is when its lines are on disk; ${thousands(stored)} lines
were stored before. Bodies begin when they are due, whether or not those before are answered.

${table(heads, rows)}
`;
}

function figure(taken: readonly number[], share: number): string {
  const sorted = [...taken].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN).toFixed(1);
}
