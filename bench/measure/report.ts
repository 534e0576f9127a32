/** The table of a benchmark run, in Markdown. */
import { cpus, loadavg, totalmem, type } from 'node:os';
import Database from 'better-sqlite3';
import { table } from '../accuracy/table.ts';
import type { Usage } from './run-process.ts';

export interface Measured {
  readonly name: string;
  readonly usages: ReadonlyArray<Usage & { readonly bytes: number | null }>;
}

export interface Input {
  readonly lines: number;
  readonly seed: number;
  readonly runs: number;
  /** Size of the file. */
  readonly bytes: number;
}

export function report(results: readonly Measured[], input: Input): string {
  return `# Benchmarks

Written by \`npm run bench -- --lines ${input.lines} --seed ${input.seed} --runs ${input.runs}\`.

${machine()}

Input: ${input.lines} simulated lines (\`bench/simulator/\`, scenario \`throughput\`), ${(input.bytes / input.lines).toFixed(1)} bytes a line: the text format
of Istio 1.3 behind stern's prefix; 40 % outbound to services, 45 % inbound, 5 % Passthrough, 10 % failures; 200 pods, 60
services, client ports going round, 2 % of the lines late by up to 90 s.

Each figure is of whole processes, start-up included: the median of ${input.runs} runs, taken in turn (the naive baseline is run once).
Wall times depend on what else the machine does; the ratio to mawk, which does no more than split and count, does so less.

${table(
  ['what', 'lines/s', 'wall / mawk', 'CPU s per M lines', 'peak RSS MB', 'bytes per line on disk'],
  results.map((result) => row(result, results, input)),
)}
`;
}

function row(result: Measured, all: readonly Measured[], { lines }: Input): string[] {
  const wall = median(result.usages.map((usage) => usage.wall));
  const mawk = all.find((other) => other.name.startsWith('mawk'));
  const yardstick = mawk === undefined ? null : median(mawk.usages.map((usage) => usage.wall));
  const rss = result.usages.flatMap((usage) => usage.rss ?? []);
  const bytes = result.usages.flatMap((usage) => usage.bytes ?? []);
  return [
    result.name,
    thousands(lines / wall),
    yardstick === null ? '-' : (wall / yardstick).toFixed(2),
    ((median(result.usages.map((usage) => usage.cpu)) * 1e6) / lines).toFixed(2),
    rss.length === 0 ? '-' : median(rss).toFixed(0),
    bytes.length === 0 ? '-' : (median(bytes) / lines).toFixed(1),
  ];
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const high = sorted[sorted.length >> 1] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : (high + (sorted[(sorted.length >> 1) - 1] ?? Number.NaN)) / 2;
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Date, machine and load, in one sentence. */
export function machine(): string {
  const db = new Database(':memory:');
  const sqlite = db.prepare('SELECT sqlite_version()').pluck().get();
  db.close();
  const memory = Math.round(totalmem() / 1024 ** 3);
  const model = cpus()[0]?.model ?? 'unknown';
  const date = new Date().toISOString().slice(0, 10);
  const load = (loadavg()[0] ?? 0).toFixed(1);
  return `${date}; ${cpus().length} × ${model}, ${memory} GB, ${type()}; Node.js ${process.versions.node}, SQLite ${String(sqlite)}; load at the end ${load}.`;
}
