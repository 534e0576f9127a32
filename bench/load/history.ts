/** `npm run bench -- history`: the same lines into an empty database and into one that holds much already, in turn. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { table } from '../accuracy/table.ts';
import { readFlags } from '../flags.ts';
import { generateInput } from '../input/generate.ts';
import { repeatLines } from '../input/repeat.ts';
import { bytesOnDisk, removeDatabase } from '../measure/disk.ts';
import { machine, median, thousands } from '../measure/machine.ts';
import { CLI } from '../measure/product.ts';
import { runNode, type Usage } from '../measure/run-process.ts';
import type { Workshop } from '../measure/workshop.ts';
import { streamInto } from './stream.ts';

export const HISTORY_FLAGS = {
  stored: '20000000',
  lines: '5000000',
  runs: '3',
  'file-lines': '1000000',
  seed: '1',
};

/** The rate into the full database is at least so much of the rate into the empty one. */
const RATE_MIN = 0.85;

export interface Turn {
  readonly empty: Usage;
  readonly full: Usage;
  /** Lines that the full one held before. */
  readonly held: number;
}

/** Returns the part of the page. Errors: `Error` when not all lines are taken. */
export async function history(args: readonly string[], workshop: Workshop): Promise<string> {
  const flags = readFlags(args, { ...HISTORY_FLAGS, ...workshop.flags });
  const [stored, lines, runs] = [flags.count('stored'), flags.count('lines'), flags.count('runs')];
  const plan = { variant: 'plain', lines: flags.count('file-lines'), seed: flags.count('seed') } as const;
  const { file } = generateInput(plan, workshop.inputs);
  const [full, empty, next] = ['full.db', 'empty.db', 'next.log'].map((name) =>
    join(workshop.folder, name),
  ) as [string, string, string];
  await streamInto(full, repeatLines(file, stored), (sample) => {
    if (Math.round(sample.seconds) % 10 === 0) workshop.tell(`${thousands(sample.lines)} lines stored`);
  });
  const bytes = bytesOnDisk(full);
  const turns: Turn[] = [];
  for (let turn = 0; turn < runs; turn++) {
    // Whole rounds, so that no line comes twice.
    const rounds = Math.ceil(stored / plan.lines) + turn * Math.ceil(lines / plan.lines);
    writeLines(next, file, lines, rounds);
    removeDatabase(empty);
    turns.push({
      empty: await ingest(empty, next, lines),
      full: await ingest(full, next, lines),
      held: stored + turn * lines,
    });
    const last = turns.at(-1);
    workshop.tell(
      `${turn + 1}/${runs}: empty ${last?.empty.wall.toFixed(2)} s, full ${last?.full.wall.toFixed(2)} s`,
    );
  }
  const command = `npm run bench -- history --stored ${stored} --lines ${lines} --runs ${runs} --file-lines ${plan.lines} --seed ${plan.seed}`;
  return historyReport(turns, { lines, stored, bytes, command });
}

interface Circumstances {
  readonly lines: number;
  readonly stored: number;
  /** Of the database with so many lines stored. */
  readonly bytes: number;
  readonly command: string;
}

export function historyReport(
  turns: readonly Turn[],
  { lines, stored, bytes, command }: Circumstances,
): string {
  const [empty, full] = (['empty', 'full'] as const).map((key) => ({
    wall: median(turns.map((turn) => turn[key].wall)),
    cpu: median(turns.map((turn) => turn[key].cpu)),
    rss: median(turns.map((turn) => turn[key].rss ?? Number.NaN)),
  })) as [Medians, Medians];
  const row = (name: string, { wall, cpu, rss }: Medians): string[] => [
    name,
    thousands(lines / wall),
    ((cpu * 1e6) / lines).toFixed(2),
    Number.isNaN(rss) ? '-' : rss.toFixed(0),
  ];
  const ratio = empty.wall / full.wall;
  return `Written by \`${command}\`.

${machine()}

${thousands(lines)} further lines into an empty database, and into one that holds ${thousands(stored)} lines already (${thousands(bytes / 1e6)} MB,
${(bytes / stored).toFixed(1)} bytes a line) and gets more with every run: whole processes in turn, medians of ${turns.length}.

${table(['into', 'lines/s', 'CPU s per M lines', 'peak RSS MB'], [row('an empty database', empty), row('the full one', full)])}

The rate into the full one is **${ratio.toFixed(2)}** of the other (goal: at least ${RATE_MIN}, ${ratio >= RATE_MIN ? 'met' : 'not met'}); its CPU time is
${(full.cpu / empty.cpu).toFixed(2)} times the other's.
`;
}

interface Medians {
  readonly wall: number;
  readonly cpu: number;
  readonly rss: number;
}

async function ingest(db: string, file: string, lines: number): Promise<Usage> {
  const usage = await runNode(CLI, ['ingest', '--db', db, file, '--output', 'json']);
  const { accepted } = JSON.parse(usage.stdout) as { accepted: number };
  if (accepted !== lines) throw new Error(`${accepted} of ${lines} lines were accepted`);
  return usage;
}

function writeLines(path: string, file: string, lines: number, skip: number): void {
  const descriptor = openSync(path, 'w');
  try {
    for (const { bytes } of repeatLines(file, lines, skip)) {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    }
  } finally {
    closeSync(descriptor);
  }
}
