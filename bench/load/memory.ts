/** `npm run bench -- memory`: memory and rate along a stream that does not end for a long time. */
import { join } from 'node:path';
import { table } from '../accuracy/table.ts';
import { readFlags } from '../flags.ts';
import { generateInput } from '../input/generate.ts';
import { repeatLines } from '../input/repeat.ts';
import { bytesOnDisk } from '../measure/disk.ts';
import { machine, thousands } from '../measure/machine.ts';
import type { Workshop } from '../measure/workshop.ts';
import { type Sample, type Streamed, streamInto } from './stream.ts';

export const MEMORY_FLAGS = { lines: '100000000', 'file-lines': '1000000', seed: '1' };

const SHARES = [0.05, 0.1, 0.25, 0.5, 0.75, 1] as const;
/** The peak at the end is at most so many times the peak after the first twentieth, and so many MB. */
const GROWTH_MAX = 1.1;
const RSS_MAX = 250;

/** Returns the part of the page. */
export async function memory(args: readonly string[], workshop: Workshop): Promise<string> {
  const flags = readFlags(args, { ...MEMORY_FLAGS, ...workshop.flags });
  const lines = flags.count('lines');
  const plan = { variant: 'plain', lines: flags.count('file-lines'), seed: flags.count('seed') } as const;
  const { file } = generateInput(plan, workshop.inputs);
  const db = join(workshop.folder, 'stream.db');
  const streamed = await streamInto(db, repeatLines(file, lines), (sample) => {
    if (Math.round(sample.seconds) % 10 === 0) {
      workshop.tell(`${thousands(sample.lines)} lines, ${sample.rss?.toFixed(0) ?? '-'} MB`);
    }
  });
  const command = `npm run bench -- memory --lines ${lines} --file-lines ${plan.lines} --seed ${plan.seed}`;
  return memoryReport(streamed, { lines, bytes: bytesOnDisk(db), command });
}

interface Circumstances {
  readonly lines: number;
  /** Of the database at the end. */
  readonly bytes: number;
  readonly command: string;
}

export function memoryReport({ samples, peak }: Streamed, { lines, bytes, command }: Circumstances): string {
  const early = peakUntil(samples, SHARES[0] * lines);
  const end = peak ?? peakUntil(samples, lines);
  const growth = early === null || end === null ? null : end / early;
  const rows = SHARES.map((share, index) => {
    const from = (SHARES[index - 1] ?? 0) * lines;
    const rss = share === 1 ? end : peakUntil(samples, share * lines);
    return [
      thousands(share * lines),
      thousands(rateOf(samples, from, share * lines)),
      rss?.toFixed(0) ?? '-',
    ];
  });
  const met = (is: boolean | null): string => (is === null ? 'not measured' : is ? 'yes' : 'no');
  return `Written by \`${command}\`.

${machine()}

${thousands(lines)} lines on standard input of one \`meshwake ingest\`, as fast as it reads: the simulated lines of one file again
and again, each time some hours later. Memory is that of the whole process tree, looked at every 20 ms. The database
has ${(bytes / lines).toFixed(1)} bytes a line at the end.

${table(['lines so far', 'lines/s since the row before', 'peak RSS MB so far'], rows)}

${table(
  ['goal', 'aim', 'reached', 'met'],
  [
    [
      'peak at the end to peak at 5 %',
      `≤ ${GROWTH_MAX}`,
      growth?.toFixed(2) ?? '-',
      met(growth === null ? null : growth <= GROWTH_MAX),
    ],
    ['peak RSS, MB', `≤ ${RSS_MAX}`, end?.toFixed(0) ?? '-', met(end === null ? null : end <= RSS_MAX)],
  ],
)}
`;
}

function peakUntil(samples: readonly Sample[], lines: number): number | null {
  const held = samples.filter((sample) => sample.lines <= lines).flatMap(({ rss }) => rss ?? []);
  return held.length === 0 ? null : Math.max(...held);
}

/** Lines a second between two places of the stream, as far as samples tell them apart. */
function rateOf(samples: readonly Sample[], from: number, to: number): number {
  const begin: Sample = { lines: 0, seconds: 0, rss: null };
  const at = (lines: number): Sample =>
    lines === 0 ? begin : (samples.find((sample) => sample.lines >= lines) ?? samples.at(-1) ?? begin);
  // The last lines are stored only when the process ends.
  const last = samples.at(-1) ?? begin;
  const [first, second] = [at(from), to >= last.lines ? last : at(to)];
  return (second.lines - first.lines) / (second.seconds - first.seconds);
}
