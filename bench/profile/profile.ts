/** `npm run bench -- profile`: where the time of an ingest goes, by stage and thread. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from '../accuracy/table.ts';
import { readFlags } from '../flags.ts';
import { generateInput, VARIANT_NAMES, type Variant } from '../input/generate.ts';
import { machine, thousands } from '../measure/machine.ts';
import { CLI, type TableSize, tableSizes } from '../measure/product.ts';
import type { Workshop } from '../measure/workshop.ts';
import { type BusyFunction, busiest, type CpuProfile, secondsByStage } from './cpu-profile.ts';
import { bySource } from './sources.ts';
import { STAGES, type Stage } from './stages.ts';

export const PROFILE_FLAGS = { lines: '1000000', seed: '1', functions: '20', variant: 'plain' };

interface Thread {
  readonly name: string;
  readonly seconds: ReadonlyMap<Stage, number>;
  readonly busiest: readonly BusyFunction[];
}

/** Returns the part of the page. Errors: `Error` when the ingest fails. */
export async function profile(args: readonly string[], workshop: Workshop): Promise<string> {
  const flags = readFlags(args, { ...PROFILE_FLAGS, ...workshop.flags });
  const [lines, seed] = [flags.count('lines'), flags.count('seed')];
  const [variant = 'plain'] = flags.names('variant', VARIANT_NAMES) as Variant[];
  const { file } = generateInput({ variant, lines, seed }, workshop.inputs);
  const profiles = join(workshop.folder, 'profiles');
  mkdirSync(profiles);
  const db = join(workshop.folder, 'bench.db');
  const command = ['--cpu-prof', '--cpu-prof-dir', profiles, CLI, 'ingest', '--db', db, file];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the ingest ended with ${status}: ${stderr.slice(-500)}`);
  const threads = readdirSync(profiles)
    .sort()
    .map((name, index): Thread => {
      const read = bySource(JSON.parse(readFileSync(join(profiles, name), 'utf8')) as CpuProfile);
      const title = index === 0 ? 'first thread' : `thread ${index + 1}`;
      return { name: title, seconds: secondsByStage(read), busiest: busiest(read, flags.count('functions')) };
    });
  return profileReport(
    threads,
    tableSizes(db),
    lines,
    `npm run bench -- profile --variant ${variant} --lines ${lines} --seed ${seed}`,
  );
}

/** `lines`: of the file. */
export function profileReport(
  threads: readonly Thread[],
  sizes: readonly TableSize[],
  lines: number,
  command: string,
): string {
  const all = threads.reduce((sum, thread) => sum + total(thread), 0);
  const rows = STAGES.flatMap((stage) => {
    const each = threads.map(({ seconds }) => seconds.get(stage) ?? 0);
    const sum = each.reduce((a, b) => a + b, 0);
    if (sum === 0) return [];
    const share = `${((100 * sum) / all).toFixed(0)} %`;
    return [[stage, ...each.map((seconds) => seconds.toFixed(2)), perLine(sum, lines), share]];
  });
  const sums = ['all', ...threads.map((thread) => total(thread).toFixed(2)), perLine(all, lines), '100 %'];
  return `Written by \`${command}\`.

${machine()}

Seconds of one \`meshwake ingest\` of ${thousands(lines)} simulated lines by stage, as the sampling profiler of Node.js sees
them (\`--cpu-prof\`; it costs some time itself, and where others want the processor, waiting for it counts). What SQLite
does counts for the function that called it; waiting for the other thread is left out. \`bench/profile/stages.ts\` says
which file is in which stage.

${table(['stage', ...threads.map(({ name }) => `${name}, s`), 'µs a line', 'share'], [...rows, sums])}

${threads.map(functionsOf).join('\n\n')}

What the database has of each line at the end, by table and index:

${table(['table or index', 'bytes a line', 'share'], sizeRows(sizes, lines))}
`;
}

/** Largest first; what is too small to show is left out. */
function sizeRows(sizes: readonly TableSize[], lines: number): string[][] {
  const all = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const shown = sizes.filter(({ bytes }) => bytes / lines >= 0.05);
  const rows = shown.map(({ name, bytes }) => [
    `\`${name}\``,
    (bytes / lines).toFixed(1),
    `${((100 * bytes) / all).toFixed(0)} %`,
  ]);
  return [...rows, ['all', (all / lines).toFixed(1), '100 %']];
}

function functionsOf({ name, busiest }: Thread): string {
  const rows = busiest.map((one) => [
    `\`${one.name.replaceAll('|', '\\|').replaceAll('`', "'")}\``,
    one.seconds.toFixed(2),
  ]);
  return `Busiest functions of the ${name}:\n\n${table(['function', 's'], rows)}`;
}

function total({ seconds }: Thread): number {
  return [...seconds.values()].reduce((sum, value) => sum + value, 0);
}

function perLine(seconds: number, lines: number): string {
  return ((seconds * 1e6) / lines).toFixed(2);
}
