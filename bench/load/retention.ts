/** `npm run bench -- retention`: old lines are dropped while new ones come in. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { table } from '../accuracy/table.ts';
import { readFlags } from '../flags.ts';
import { generateInput } from '../input/generate.ts';
import { repeatLines, roundsUntil } from '../input/repeat.ts';
import { bytesOnDisk } from '../measure/disk.ts';
import { machine, thousands } from '../measure/machine.ts';
import { CLI } from '../measure/product.ts';
import type { Workshop } from '../measure/workshop.ts';
import { type Posted, postLines } from './post.ts';
import { type Server, type Strain, startServer } from './server.ts';

export const RETENTION_FLAGS = {
  stored: '1000000',
  seed: '1',
  seconds: '30',
  'seconds-max': '300',
  rate: '20000',
};

const HELD_MS_MAX = 50;

export interface Phase {
  readonly name: string;
  /** Lines a second taken. */
  readonly rate: number;
  readonly strain: Strain;
  /** Of the database, at the begin and at the end, MB. */
  readonly begin: number;
  readonly end: number;
}

/** Returns the part of the page. Errors: `Error` when lines are not taken. */
export async function retention(args: readonly string[], workshop: Workshop): Promise<string> {
  const flags = readFlags(args, { ...RETENTION_FLAGS, ...workshop.flags });
  const plan = { variant: 'plain', lines: flags.count('stored'), seed: flags.count('seed') } as const;
  const { file } = generateInput(plan, workshop.inputs);
  const [seconds, secondsMax, rate] = [
    flags.count('seconds'),
    flags.count('seconds-max'),
    flags.count('rate'),
  ];
  const db = join(workshop.folder, 'retention.db');
  fill(db, file);
  workshop.tell(`${thousands(plan.lines)} old lines stored`);
  // The server looks at its clock: what comes in is of today, and all that is stored is older.
  const lines = repeatLines(file, Number.MAX_SAFE_INTEGER, roundsUntil(file, Date.now()));
  const phases: Phase[] = [];
  const phase = async (server: Server, name: string, work: Promise<unknown>): Promise<void> => {
    const result = await watch(server, db, { name, rate, lines, work });
    workshop.tell(
      `${name}: ${thousands(result.rate)} lines/s, held ${result.strain.p99.toFixed(0)} ms at p99`,
    );
    phases.push(result);
  };
  const before = await startServer(db);
  try {
    await phase(before, 'nothing is dropped', pause(seconds * 1_000));
  } finally {
    await before.stop();
  }
  const after = await startServer(db, ['--retention', '1h']);
  try {
    let isDone = false;
    const done = after.says(/forgotten/).then(() => {
      isDone = true;
    });
    await phase(after, 'old lines are dropped', Promise.race([done, pause(secondsMax * 1_000)]));
    if (!isDone) workshop.tell(`dropping takes longer than ${secondsMax} s`);
    if (isDone) await phase(after, 'all old ones are gone', pause(seconds * 1_000));
    const command = `npm run bench -- retention --stored ${plan.lines} --seconds ${seconds} --rate ${rate} --seed ${plan.seed}`;
    return retentionReport(phases, { stored: plan.lines, isDone, command });
  } finally {
    await after.stop();
  }
}

interface Watched {
  readonly name: string;
  readonly rate: number;
  readonly lines: Iterator<{ bytes: Buffer; count: number; hour: number }>;
  /** Ends the phase. */
  readonly work: Promise<unknown>;
}

/** Sends lines for as long as the phase lasts. Errors: `Error` when lines are not taken. */
async function watch(server: Server, db: string, { name, rate, lines, work }: Watched): Promise<Phase> {
  const stop = new AbortController();
  const posted: Posted = { lines: 0, hour: 0 };
  const [begin, started] = [bytesOnDisk(db) / 1e6, performance.now()];
  await server.strain();
  const posting = postLines(server.url, lines, posted, { rate, signal: stop.signal });
  try {
    // Lines that are not taken end the phase; they never end by themselves.
    await Promise.race([work, posting]);
    const seconds = (performance.now() - started) / 1_000;
    const strain = await server.strain();
    return { name, rate: posted.lines / seconds, strain, begin, end: bytesOnDisk(db) / 1e6 };
  } finally {
    stop.abort();
    await posting;
  }
}

interface Circumstances {
  readonly stored: number;
  /** Whether all old lines were dropped in time. */
  readonly isDone: boolean;
  readonly command: string;
}

export function retentionReport(
  phases: readonly Phase[],
  { stored, isDone, command }: Circumstances,
): string {
  const rows = phases.map(({ name, rate, strain, begin, end }) => [
    name,
    thousands(rate),
    strain.p99.toFixed(1),
    strain.max.toFixed(0),
    begin.toFixed(1),
    end.toFixed(1),
    strain.p99 <= HELD_MS_MAX ? 'yes' : 'no',
  ]);
  const heads = [
    ...['while', 'lines/s', 'event loop held, p99 ms', 'at most, ms', 'MB at the begin', 'MB at the end'],
    `p99 ≤ ${HELD_MS_MAX} ms`,
  ];
  return `Written by \`${command}\`.

${machine()}

${thousands(stored)} old lines are stored. Lines of today come in over HTTP, first to a \`meshwake serve\` that keeps all, then to one with
\`--retention 1h\`, which drops the old ones. The event loop is watched from inside. The file does not get smaller: its
room is used again, so that it must not grow while old lines go and shortly after.

${table(heads, rows)}
${isDone ? '' : '\nNot all old lines were dropped in the time that was given.\n'}`;
}

function fill(db: string, file: string): void {
  const { status, stderr } = spawnSync(process.execPath, [CLI, 'ingest', '--db', db, file], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the ingest ended with ${status}: ${stderr.slice(-500)}`);
}

/** Keeps nobody waiting who does not wait for it. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
