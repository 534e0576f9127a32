/** `npm run bench:reports`: what a report of the last day takes on top of weeks of connections. */
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HOUR_MS } from '../../src/domain/time.ts';
import { table } from '../accuracy/table.ts';
import { readFlags } from '../flags.ts';
import { MESH_START, type MeshWeeks, meshWeeks } from '../input/mesh-weeks.ts';
import { bytesOnDisk } from '../measure/disk.ts';
import { machine, thousands } from '../measure/machine.ts';
import { CLI } from '../measure/product.ts';
import { runNode, type Usage } from '../measure/run-process.ts';
import type { Workshop } from '../measure/workshop.ts';
import { streamInto } from './stream.ts';

export const REPORTS_FLAGS = { connections: '1000000,5000000,50000000', days: '28', seed: '1' };

const DAY_MS = 24 * HOUR_MS;
const COUNT_FLOWS = fileURLToPath(new URL('../measure/count-flows.ts', import.meta.url));
/** Goals with the most connections: seconds, MB. */
const SECONDS_MAX = 10;
const RSS_MAX = 200;

interface Measured {
  readonly connections: number;
  readonly bytes: number;
  readonly flows: number;
  /** Null: it failed, as `why` says. */
  readonly usage: Usage | null;
  readonly why: string;
}

/** Returns the part of the page. Errors: `Error` when lines are not taken. */
export async function reports(args: readonly string[], workshop: Workshop): Promise<string> {
  const flags = readFlags(args, { ...REPORTS_FLAGS, ...workshop.flags });
  const [days, seed] = [flags.count('days'), flags.count('seed')];
  const measured: Measured[] = [];
  for (const connections of flags.counts('connections')) {
    const db = await makeDatabase({ lines: connections, days, seed }, workshop);
    const flows = countFlows(db);
    const until = MESH_START + days * DAY_MS;
    const window = [until - DAY_MS, until].map((time) => new Date(time).toISOString()) as [string, string];
    const ran = await makeReport(db, window);
    measured.push({ connections, bytes: bytesOnDisk(db), flows, ...ran });
    workshop.tell(`${thousands(connections)}: ${ran.usage === null ? ran.why : said(ran.usage)}`);
  }
  const command = `npm run bench:reports -- --connections ${flags.text('connections')} --days ${days} --seed ${seed}`;
  return reportsPage(measured, days, command);
}

/** Kept for the next time where files are kept. */
async function makeDatabase(mesh: MeshWeeks, { inputs, tell }: Workshop): Promise<string> {
  const db = join(inputs, `mesh-${mesh.lines}-${mesh.days}-${mesh.seed}.db`);
  if (existsSync(db)) return db;
  const part = `${db}.part`;
  await streamInto(part, meshWeeks(mesh), ({ seconds, lines }) => {
    if (Math.round(seconds) % 10 === 0) tell(`${thousands(lines)} of ${thousands(mesh.lines)} lines stored`);
  });
  renameSync(part, db);
  rmSync(`${part}.lock`, { force: true });
  return db;
}

async function makeReport(
  db: string,
  [since, until]: readonly [string, string],
): Promise<Pick<Measured, 'usage' | 'why'>> {
  const args = ['report', '--db', db, '--since', since, '--until', until, '--output', 'json'];
  try {
    return { usage: await runNode(CLI, args), why: '' };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { usage: null, why: /heap/i.test(message) ? 'out of memory' : 'failed' };
  }
}

/** Errors: `Error` when the process fails. */
function countFlows(db: string): number {
  const args = ['--import', 'tsx', COUNT_FLOWS, db];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`counting the flows of ${db} ended with ${status}`);
  return Number(stdout);
}

function said({ wall, cpu, rss }: Usage): string {
  return `${wall.toFixed(1)} s, ${cpu.toFixed(1)} s of CPU, ${rss?.toFixed(0) ?? '-'} MB`;
}

export function reportsPage(measured: readonly Measured[], days: number, command: string): string {
  const rows = measured.map(({ connections, bytes, flows, usage, why }) => [
    thousands(connections),
    thousands(bytes / 1e6),
    thousands(flows),
    usage === null ? why : usage.wall.toFixed(1),
    usage === null ? '-' : usage.cpu.toFixed(1),
    usage?.rss == null ? '-' : usage.rss.toFixed(0),
  ]);
  const last = measured.at(-1);
  const isMet = last?.usage != null && last.usage.wall <= SECONDS_MAX && (last.usage.rss ?? 0) <= RSS_MAX;
  return `Written by \`${command}\`.

${machine()}

\`meshwake report --output json\` of the last of ${days} days, a process of its own that begins with nothing: everything is learned from the hourly sums
of all days before it is told. The mesh (\`bench/input/mesh-weeks.ts\`) has 60 workloads of three pods, each of which calls four services; both ends log;
nights and weekends are quieter; each workload gets new pods once a week. What counts is the number of hourly sums (*flows*), which hardly
grows any more once every pod calls every other of its services each hour.

${table(['connections', 'database, MB', 'flows', 'seconds', 'CPU s', 'peak RSS MB'], rows)}

Goal with the most of them: under ${SECONDS_MAX} s and ${RSS_MAX} MB (${isMet ? 'met' : 'not met'}).
`;
}
