/** The machine that measures, and how figures are put. */
import { cpus, loadavg, totalmem, type } from 'node:os';
import Database from 'better-sqlite3';

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const high = sorted[sorted.length >> 1] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : (high + (sorted[(sorted.length >> 1) - 1] ?? Number.NaN)) / 2;
}

/** With commas, without decimals. */
export function thousands(value: number): string {
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
