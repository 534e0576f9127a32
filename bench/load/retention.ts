/** `npm run bench -- retention`: old lines are dropped while new ones come in. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { table } from '../accuracy/table.ts';
import { readFlags } from '../flags.ts';
import { generateInput } from '../input/generate.ts';
import { repeatLines } from '../input/repeat.ts';
import { endWithUs } from '../measure/children.ts';
import { bytesOnDisk } from '../measure/disk.ts';
import { machine, thousands } from '../measure/machine.ts';
import { CLI } from '../measure/product.ts';
import { ended } from '../measure/run-process.ts';
import type { Workshop } from '../measure/workshop.ts';
import { type Posted, postLines } from './post.ts';
import { type Strain, startServer } from './server.ts';

export const RETENTION_FLAGS = {
  'file-lines': '1000000',
  seed: '1',
  seconds: '60',
  'keep-hours': '4',
  rate: '20000',
};

const HELD_MS_MAX = 50;
const PRUNE_EVERY_MS = 5_000;

export interface Phase {
  readonly name: string;
  /** Lines a second taken. */
  readonly rate: number;
  readonly delay: Strain;
  /** Of the database, at the begin and at the end, MB. */
  readonly begin: number;
  readonly end: number;
}

/** Returns the part of the page. Errors: `Error` when lines are not taken. */
export async function retention(args: readonly string[], workshop: Workshop): Promise<string> {
  const flags = readFlags(args, { ...RETENTION_FLAGS, ...workshop.flags });
  const plan = { variant: 'plain', lines: flags.count('file-lines'), seed: flags.count('seed') } as const;
  const { file } = generateInput(plan, workshop.inputs);
  const [seconds, keepHours, rate] = [flags.count('seconds'), flags.count('keep-hours'), flags.count('rate')];
  const db = join(workshop.folder, 'retention.db');
  const server = await startServer(db);
  const stop = new AbortController();
  const posted: Posted = { lines: 0, hour: 0 };
  const source = repeatLines(file, Number.MAX_SAFE_INTEGER);
  const posting = postLines(server.url, source, posted, { rate, signal: stop.signal });
  // A failure is told at the end.
  posting.catch(() => {});
  const refused: string[] = [];
  const prune = async (): Promise<void> => {
    const before = new Date(posted.hour - keepHours * 3_600_000).toISOString();
    const said = await pruneBefore(db, before);
    if (said !== null) refused.push(said);
  };
  try {
    const phase = async (name: string, work: () => Promise<void>): Promise<Phase> => {
      const [begin, lines, started] = [bytesOnDisk(db) / 1e6, posted.lines, performance.now()];
      await server.strain();
      await work();
      const taken = (posted.lines - lines) / ((performance.now() - started) / 1_000);
      const result = {
        name,
        rate: taken,
        delay: await server.strain(),
        begin,
        end: bytesOnDisk(db) / 1e6,
      };
      workshop.tell(`${name}: ${thousands(taken)} lines/s, held ${result.delay.p99.toFixed(0)} ms at p99`);
      return result;
    };
    const phases = [
      await phase('filling', () => pause(seconds * 1_000)),
      await phase('dropping what fell behind', prune),
      await phase('dropping every 5 s', () => every(seconds * 1_000, prune)),
    ];
    stop.abort();
    await posting;
    const command = `npm run bench -- retention --seconds ${seconds} --keep-hours ${keepHours} --rate ${rate} --file-lines ${plan.lines}`;
    return retentionReport(phases, { keepHours, refused, command });
  } finally {
    stop.abort();
    await server.stop();
  }
}

interface Circumstances {
  readonly keepHours: number;
  /** What `db prune` said when it did not prune. */
  readonly refused: readonly string[];
  readonly command: string;
}

export function retentionReport(
  phases: readonly Phase[],
  { keepHours, refused, command }: Circumstances,
): string {
  const rows = phases.map(({ name, rate, delay, begin, end }) => [
    name,
    thousands(rate),
    delay.p99.toFixed(1),
    delay.max.toFixed(0),
    begin.toFixed(0),
    end.toFixed(0),
    delay.p99 <= HELD_MS_MAX ? 'yes' : 'no',
  ]);
  const heads = [
    'while',
    'lines/s',
    'event loop held, p99 ms',
    'at most, ms',
    'MB at the begin',
    'MB at the end',
    `p99 ≤ ${HELD_MS_MAX} ms`,
  ];
  const told =
    refused.length === 0
      ? ''
      : `\n\`db prune\` failed ${refused.length} times, first with: ${refused[0]?.replaceAll('\n', ' ')}\n`;
  return `Written by \`${command}\`.

${machine()}

Lines come in over HTTP, and \`meshwake db prune --before TIME\` drops from the same file, from a process of its own, what is
more than ${keepHours} hours older than the newest line. The event loop of the server is watched from inside.

${table(heads, rows)}
${told}`;
}

/** Null when it went well, else what it said. */
async function pruneBefore(db: string, before: string): Promise<string | null> {
  const command = [CLI, 'db', 'prune', '--before', before, '--db', db];
  const child = endWithUs(spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] }));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return (await ended(child)) === 0 ? null : said.trim().slice(0, 300);
}

async function every(ms: number, work: () => Promise<void>): Promise<void> {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    await work();
    await pause(Math.min(PRUNE_EVERY_MS, Math.max(0, until - performance.now())));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
