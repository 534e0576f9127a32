/**
 * Measures what reports tell of weeks of traffic: how much of quiet days, and how much of what was put in.
 *
 *   npm run bench:anomalies -- [--weeks N] [--seeds N] [--busiest N] [--results FILE] [--no-docs]
 *
 * With --results, seeds that are in FILE are not measured again, and those that are measured are added to it: ten of them take
 * many minutes, and may be taken in pieces.
 *
 * Writes docs/accuracy-anomalies.md unless told not to. Exit status: 0 all goals met, 1 some missed, 2 wrong usage.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openRuntime, type Runtime } from '../src/compose.ts';
import { NO_IDENTITY, type ParsedLine } from '../src/domain/entry.ts';
import { NO_FILTER } from '../src/domain/filter.ts';
import { BATCH_LINES_MAX } from '../src/domain/limits.ts';
import { columnsOf } from '../src/domain/line-columns.ts';
import type { Anomaly } from '../src/domain/resources.ts';
import { HOUR_MS } from '../src/domain/time.ts';
import { createLineParser } from '../src/parse/line-parser.ts';
import { table } from './accuracy/table.ts';
import { machine, median, thousands } from './measure/machine.ts';
import {
  type Injected,
  METRIC_OF,
  simulateWeeks,
  UNUSUAL,
  type Unusual,
  WEEKS_START,
} from './simulator/weeks.ts';

const DOCS = fileURLToPath(new URL('../docs/accuracy-anomalies.md', import.meta.url));
const DAY_MS = 24 * HOUR_MS;
/** Days at the end of quiet weeks for which a report is made. */
const QUIET_DAYS = 7;
/** Goal: false entries of a daily report, on average. */
const FALSE_MAX = 1;

interface Plan {
  readonly weeks: number;
  readonly seeds: number;
  readonly busiest: number;
  readonly docs: boolean;
  /** Null: kept nowhere. */
  readonly results: string | null;
}

/** What was measured with one seed. */
interface Measured {
  readonly seed: number;
  readonly quiet: Quiet;
  readonly hits: readonly Hit[];
}

interface Quiet {
  readonly days: number;
  readonly entries: number;
  readonly lines: number;
}

interface Hit {
  readonly injected: Injected;
  readonly found: Anomaly | null;
  readonly others: number;
}

const plan = readPlan();
if (plan === null) process.exitCode = 2;
else await main(plan);

async function main(plan: Plan): Promise<void> {
  const { seeds, results, docs } = plan;
  const measured = readResults(plan);
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  for (let seed = 1; seed <= seeds; seed++) {
    if (measured.some((one) => one.seed === seed)) continue;
    measured.push(await measureSeed(seed, plan, say));
    if (results !== null) writeFileSync(results, JSON.stringify({ ...settingsOf(plan), measured }));
  }
  const quiet = measured.map((one) => one.quiet);
  const hits = measured.flatMap((one) => one.hits);
  const text = report(plan, quiet, hits);
  process.stdout.write(text);
  if (docs) writeFileSync(DOCS, text);
  const missed = hits.filter(({ found }) => found === null).length;
  process.exitCode = falseRate(quiet) <= FALSE_MAX && missed === 0 ? 0 : 1;
}

async function measureSeed(
  seed: number,
  { weeks, busiest }: Plan,
  say: (text: string) => void,
): Promise<Measured> {
  const quiet = await measureQuiet({ seed, weeks, busiest });
  say(
    `seed ${seed}: ${quiet.entries} entries in ${quiet.days} quiet days of ${thousands(quiet.lines)} lines`,
  );
  const hits: Hit[] = [];
  for (const unusual of UNUSUAL) {
    const hit = await measureHit({ seed, weeks, busiest, unusual });
    hits.push(hit);
    say(`seed ${seed}: ${unusual} ${hit.found === null ? 'missed' : 'found'}, ${hit.others} others`);
  }
  return { seed, quiet, hits };
}

function settingsOf({ weeks, busiest }: Plan): { readonly weeks: number; readonly busiest: number } {
  return { weeks, busiest };
}

/** What was measured before, of the seeds asked for. Errors: the file is of other settings. */
function readResults(plan: Plan): Measured[] {
  if (plan.results === null || !existsSync(plan.results)) return [];
  const { measured, ...settings } = JSON.parse(readFileSync(plan.results, 'utf8')) as ReturnType<
    typeof settingsOf
  > & { readonly measured: readonly Measured[] };
  if (JSON.stringify(settings) !== JSON.stringify(settingsOf(plan)))
    throw new Error(`${plan.results} is of other weeks, or of another --busiest`);
  return measured.filter(({ seed }) => seed <= plan.seeds);
}

async function measureQuiet(options: { seed: number; weeks: number; busiest: number }): Promise<Quiet> {
  const { lines } = simulateWeeks({ ...options, unusual: null });
  const { runtime, count } = await readAll(lines, endOf(options.weeks));
  try {
    let entries = 0;
    for (let day = QUIET_DAYS; day >= 1; day--) {
      const until = WEEKS_START + (options.weeks * 7 - day + 1) * DAY_MS;
      entries += (await ask(runtime, until - DAY_MS, until)).length;
    }
    return { days: QUIET_DAYS, entries, lines: count };
  } finally {
    await runtime.close();
  }
}

async function measureHit(options: {
  seed: number;
  weeks: number;
  busiest: number;
  unusual: Unusual;
}): Promise<Hit> {
  const { lines, injected } = simulateWeeks(options);
  if (injected === null) throw new Error('nothing was put in');
  const { runtime } = await readAll(lines, endOf(options.weeks));
  try {
    const until = endOf(options.weeks);
    const told = await ask(runtime, until - DAY_MS, until);
    const about = told.filter(({ metric, series }) => {
      return series.source.workload === injected.workload && METRIC_OF[injected.kind] === metric;
    });
    return { injected, found: about[0] ?? null, others: told.length - about.length };
  } finally {
    await runtime.close();
  }
}

async function ask({ analysis }: Runtime, since: number, until: number): Promise<readonly Anomaly[]> {
  const page = { limit: 1_000, cursor: null };
  return (await analysis.anomalies({ ...NO_FILTER, since, until }, page)).items;
}

/** `end` is the present, ms since the epoch. */
async function readAll(lines: Iterable<string>, end: number): Promise<{ runtime: Runtime; count: number }> {
  const runtime = await openRuntime({ db: null, mode: 'write', now: () => end });
  const parser = createLineParser({ format: null, identity: NO_IDENTITY });
  let batch: ParsedLine[] = [];
  let count = 0;
  const append = async (): Promise<void> => {
    count += batch.length;
    await runtime.store.append(columnsOf(batch), []);
    batch = [];
  };
  for (const line of lines) {
    const outcome = parser.push(line, true);
    if (outcome?.kind !== 'accepted') throw new Error(`a simulated line was not read: ${line}`);
    batch.push(outcome.line);
    if (batch.length === BATCH_LINES_MAX) await append();
  }
  await append();
  return { runtime, count };
}

function endOf(weeks: number): number {
  return WEEKS_START + weeks * 7 * DAY_MS;
}

function falseRate(quiet: readonly Quiet[]): number {
  const sum = (pick: (one: Quiet) => number): number => quiet.reduce((all, one) => all + pick(one), 0);
  return sum(({ entries }) => entries) / sum(({ days }) => days);
}

function report({ weeks, seeds, busiest }: Plan, quiet: readonly Quiet[], hits: readonly Hit[]): string {
  const rows = UNUSUAL.map((kind) => {
    const own = hits.filter(({ injected }) => injected.kind === kind);
    const found = own.filter((hit) => hit.found !== null);
    const delays = found.map(({ injected, found: anomaly }) => {
      const began = WEEKS_START + injected.from * HOUR_MS;
      return (Date.parse(anomaly?.since ?? '') - began) / 60_000;
    });
    const others = own.reduce((sum, hit) => sum + hit.others, 0);
    return [
      kind,
      `${found.length} of ${own.length}`,
      median(delays).toFixed(1),
      (others / own.length).toFixed(2),
    ];
  });
  const lines = median(quiet.map((one) => one.lines));
  return `# Accuracy of anomalies

Written by \`npm run bench:anomalies -- --weeks ${weeks} --seeds ${seeds} --busiest ${busiest}\`.

${machine()}

${seeds === 1 ? 'One simulated mesh' : `${seeds} simulated meshes`} of ${weeks} weeks (\`bench/simulator/weeks.ts\`), ${thousands(lines)} lines each: nights and weekends that are
quieter, growth of 3 % a week, noise in bursts, new pods twice a week, a collector that is away for four hours in the last two
weeks. A report of each of the last ${QUIET_DAYS} days, with nothing put in, has **${falseRate(quiet).toFixed(3)} entries** on average (goal: at
most ${FALSE_MAX}).

Then one thing is put in on the last day, a Sunday: *failures* of 40 % for three hours, of 8 % for ten (*slow_failures*), calls that
*drop* to a fiftieth or *surge* to four times, a *new_destination*, durations eight times and bytes twelve times as large.
*Onset off by* is the first connection or hour told, less the beginning of the first hour concerned; *others* are entries about
anything else, for each report.

${table(['put in', 'found', 'onset off by, median min', 'others'], rows)}
`;
}

function readPlan(): Plan | null {
  try {
    const { values } = parseArgs({
      options: {
        weeks: { type: 'string', default: '6' },
        seeds: { type: 'string', default: '10' },
        busiest: { type: 'string', default: '120' },
        results: { type: 'string' },
        'no-docs': { type: 'boolean', default: false },
      },
    });
    const number = (flag: string, given: string): number => {
      const value = Number(given);
      if (Number.isInteger(value) && value > 0) return value;
      throw new Error(`--${flag} takes a whole number above 0, not "${given}"`);
    };
    return {
      weeks: number('weeks', values.weeks),
      seeds: number('seeds', values.seeds),
      busiest: number('busiest', values.busiest),
      docs: !values['no-docs'],
      results: values.results ?? null,
    };
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  }
}
