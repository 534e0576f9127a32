/**
 * Measures what reports tell of weeks of traffic: how much of quiet days, and how much of what was put in.
 *
 *   npm run bench:anomalies -- [--weeks N] [--first N] [--seeds N] [--busiest N] [--results FILE] [--no-docs]
 *
 * With --results, seeds that are in FILE are not measured again, and those that are measured are added to it: ten of them take
 * many minutes, and may be taken in pieces. --first is the first seed, where several of these run side by side.
 *
 * Writes docs/accuracy-anomalies.md unless told not to. Exit status: 0 all goals met, 1 some missed, 2 wrong usage.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openRuntime } from '../src/compose/local.ts';
import type { Runtime } from '../src/compose/runtime.ts';
import { NO_IDENTITY, type ParsedLine } from '../src/domain/entry.ts';
import { NO_FILTER } from '../src/domain/filter.ts';
import { BATCH_LINES_MAX } from '../src/domain/limits.ts';
import { columnsOf } from '../src/domain/line-columns.ts';
import type { Anomaly } from '../src/domain/resources.ts';
import { formatTime, HOUR_MS } from '../src/domain/time.ts';
import { createLineParser } from '../src/parse/line-parser.ts';
import { table } from './accuracy/table.ts';
import { machine, median, thousands } from './measure/machine.ts';
import {
  type Injected,
  METRIC_OF,
  SIZES,
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

/** What a size means. */
const SIZE_WORDS: Readonly<Record<Unusual, (size: number) => string>> = {
  failures: (size) => `${100 * size} % fail`,
  slow_failures: (size) => `${100 * size} % fail`,
  drop: (size) => `${100 * size} % are left`,
  surge: (size) => `${size} times as many`,
  new_destination: (size) => `${size} calls an hour`,
  long_durations: (size) => `${size} times as long`,
  large_bytes: (size) => `${size} times as large`,
};

interface Plan {
  readonly weeks: number;
  readonly first: number;
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
  /** What the entries said that are about nothing that was put in, and when. */
  readonly others: readonly string[];
}

interface Quiet {
  readonly days: number;
  /** What each entry said, and when. */
  readonly told: readonly string[];
  readonly lines: number;
}

interface Hit {
  readonly injected: Injected;
  readonly found: Anomaly | null;
}

const plan = readPlan();
if (plan === null) process.exitCode = 2;
else await main(plan);

async function main(plan: Plan): Promise<void> {
  const { first, seeds, results, docs } = plan;
  const measured = readResults(plan);
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  for (let seed = first; seed < first + seeds; seed++) {
    if (measured.some((one) => one.seed === seed)) continue;
    measured.push(await measureSeed(seed, plan, say));
    if (results !== null) writeFileSync(results, JSON.stringify({ ...settingsOf(plan), measured }));
  }
  const quiet = measured.map((one) => one.quiet);
  const hits = measured.flatMap((one) => one.hits);
  const text = report(plan, measured);
  process.stdout.write(text);
  if (docs) writeFileSync(DOCS, text);
  const missed = hits.filter(({ injected: { kind, size }, found }) => {
    return size === SIZES[kind][0] && found === null;
  }).length;
  process.exitCode = falseRate(quiet) <= FALSE_MAX && missed === 0 ? 0 : 1;
}

async function measureSeed(
  seed: number,
  { weeks, busiest }: Plan,
  say: (text: string) => void,
): Promise<Measured> {
  const quiet = await measureQuiet({ seed, weeks, busiest });
  say(
    `seed ${seed}: ${quiet.told.length} entries in ${quiet.days} quiet days of ${thousands(quiet.lines)} lines`,
  );
  for (const summary of quiet.told) say(`  ${summary}`);
  const { hits, others } = await measureHits({ seed, weeks, busiest });
  for (const { injected, found } of hits) {
    const what = `${injected.kind} ${injected.size} of ${injected.workload} to ${injected.destination}`;
    const from = formatTime(WEEKS_START + injected.from * HOUR_MS);
    say(`seed ${seed}: ${what} from ${from}: ${found === null ? 'missed' : `found, since ${found.since}`}`);
  }
  say(`seed ${seed}: ${others.length} others`);
  for (const summary of others) say(`  ${summary}`);
  return { seed, quiet, hits, others };
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
  return measured.filter(({ seed }) => seed >= plan.first && seed < plan.first + plan.seeds);
}

async function measureQuiet(options: { seed: number; weeks: number; busiest: number }): Promise<Quiet> {
  const { lines } = simulateWeeks({ ...options, unusual: null });
  const { runtime, count } = await readAll(lines, endOf(options.weeks));
  try {
    const told: Anomaly[] = [];
    for (let day = QUIET_DAYS; day >= 1; day--) {
      const until = WEEKS_START + (options.weeks * 7 - day + 1) * DAY_MS;
      told.push(...(await ask(runtime, until - DAY_MS, until)));
    }
    return { days: QUIET_DAYS, told: told.map(sayAnomaly), lines: count };
  } finally {
    await runtime.close();
  }
}

/** What the reports of the days tell in which things were put in. */
async function measureHits(options: {
  seed: number;
  weeks: number;
  busiest: number;
}): Promise<Pick<Measured, 'hits' | 'others'>> {
  const { lines, injected } = simulateWeeks({ ...options, unusual: 'all' });
  const { runtime } = await readAll(lines, endOf(options.weeks));
  try {
    const hits: Hit[] = [];
    const others: Anomaly[] = [];
    for (const day of new Set(injected.map(({ from }) => Math.floor(from / 24)))) {
      const since = WEEKS_START + day * DAY_MS;
      const told = await ask(runtime, since, since + DAY_MS);
      const own = injected.filter(({ from }) => Math.floor(from / 24) === day);
      hits.push(
        ...own.map((one) => ({
          injected: one,
          found: told.find((anomaly) => isAbout(one, anomaly)) ?? null,
        })),
      );
      others.push(...told.filter((anomaly) => !own.some((one) => isAbout(one, anomaly))));
    }
    return { hits, others: others.map(sayAnomaly) };
  } finally {
    await runtime.close();
  }
}

function isAbout({ kind, workload }: Injected, { metric, series }: Anomaly): boolean {
  return series.source.workload === workload && METRIC_OF[kind] === metric;
}

/** With its figures, to see why it was told. */
function sayAnomaly({ window, series, expected, score, summary }: Anomaly): string {
  const hours = `${window.since.slice(5, 13)} to ${window.until.slice(5, 13)}`;
  return `${hours} ${series.state}: ${summary} Usual ${expected.low} to ${expected.high}, score ${score}.`;
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
  return sum(({ told }) => told.length) / sum(({ days }) => days);
}

function report({ weeks, first, seeds, busiest }: Plan, measured: readonly Measured[]): string {
  const [quiet, hits] = [measured.map((one) => one.quiet), measured.flatMap((one) => one.hits)];
  const rows = UNUSUAL.flatMap((kind) =>
    SIZES[kind].map((size) => {
      const own = hits.filter(({ injected }) => injected.kind === kind && injected.size === size);
      return [kind, SIZE_WORDS[kind](size), ...rowOf(own)];
    }),
  );
  const lines = median(quiet.map((one) => one.lines));
  const told = quiet.flatMap((one) => one.told);
  const falseWith =
    measured.reduce((sum, { others }) => sum + others.length, 0) / (QUIET_DAYS * measured.length);
  return `# Accuracy of anomalies

Written by \`npm run bench:anomalies -- --weeks ${weeks}${first === 1 ? '' : ` --first ${first}`} --seeds ${seeds} --busiest ${busiest}\`.

${machine()}

${seeds === 1 ? 'One simulated mesh' : `${seeds} simulated meshes`} of ${weeks} weeks (\`bench/simulator/weeks.ts\`), ${thousands(lines)} lines each: nights and weekends that are
quieter, growth of 3 % a week, noise in bursts, new pods twice a week, a collector that is away for four hours in the last two
weeks. A report of each of the last ${QUIET_DAYS} days, with nothing put in, has **${falseRate(quiet).toFixed(3)} entries** on average (goal: at
most ${FALSE_MAX})${told.length === 0 ? '.' : `: ${told.length} in ${quiet.reduce((sum, { days }) => sum + days, 0)} reports.`}

Then three things are put in on each of these days, each in other calls: every kind in three sizes, for three hours of the day,
*slow_failures* for ten. The goal is that the largest of each is found. *Onset off by* is the first connection or hour told, less the
beginning of the first hour concerned: the median, the earliest and the latest. The reports of these days have **${falseWith.toFixed(3)} entries** on average that
are about none of it.

${table(['put in', 'how much', 'found', 'onset off by, min', 'earliest to latest, min'], rows)}

What is told has to be twice or half as much as usual, ten connections, and six deviations off, five where there are fewer: the
smallest sizes lie at that edge, and are there to show where it is.
`;
}

function rowOf(hits: readonly Hit[]): string[] {
  const found = hits.filter((hit) => hit.found !== null);
  const offs = found.map(({ injected, found: anomaly }) => {
    const began = WEEKS_START + injected.from * HOUR_MS;
    return (Date.parse(anomaly?.since ?? '') - began) / 60_000;
  });
  return [
    `${found.length} of ${hits.length}`,
    ...(found.length === 0
      ? ['-', '-']
      : [median(offs).toFixed(1), `${Math.min(...offs).toFixed(1)} to ${Math.max(...offs).toFixed(1)}`]),
  ];
}

function readPlan(): Plan | null {
  try {
    const { values } = parseArgs({
      options: {
        weeks: { type: 'string', default: '6' },
        first: { type: 'string', default: '1' },
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
      first: number('first', values.first),
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
