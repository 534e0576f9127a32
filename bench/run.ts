/**
 * Measures speed, each figure in a process of its own, in turn with plain tools on the same file.
 *
 *   npm run build && npm run bench -- [--lines N] [--seed N] [--runs N] [--no-docs]
 *
 * Writes docs/benchmarks.md unless told not to. The file is simulated (scenario `throughput`) and removed at the end.
 * Exit status: 0 done, 2 wrong usage.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Measured, report } from './measure/report.ts';
import { runNode, runShell, type Usage } from './measure/run-process.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const CLI = at('../dist/cli/main.js');
const DOCS = at('../docs/benchmarks.md');
/** Cluster and flags of every line, by the place of their words. Blind to quotes: it counts from both ends. */
const COUNT = `{ n[$(NF - 5) " " $8]++ } END { for (k in n) print k, n[k] }`;

interface Plan {
  readonly lines: number;
  readonly seed: number;
  readonly runs: number;
  readonly docs: boolean;
}

interface Benchmark {
  readonly name: string;
  /** A slow baseline is run once: its ratio is known well enough. */
  readonly once: boolean;
  /** Runs it; `bytes` is what it left on disk, null for nothing. Errors: `Error` when it did not do its work. */
  run(): Usage & { readonly bytes: number | null };
}

main();

function main(): void {
  const plan = readPlan();
  if (plan === null) {
    process.exitCode = 2;
    return;
  }
  const dir = mkdtempSync(join(tmpdir(), 'meshwake-bench-'));
  try {
    const file = join(dir, 'lines.log');
    generate(plan, file);
    const text = report(measure(benchmarks(plan, dir, file), plan.runs), {
      ...plan,
      bytes: statSync(file).size,
    });
    process.stdout.write(text);
    if (plan.docs) writeFileSync(DOCS, text);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function generate({ lines, seed }: Plan, file: string): void {
  const flags = ['--scenario', 'throughput', '--lines', String(lines), '--seed', String(seed), '--out', file];
  const args = ['--import', 'tsx', at('simulator/main.ts'), ...flags];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`the simulator ended with ${status}`);
}

function benchmarks(plan: Plan, dir: string, file: string): Benchmark[] {
  const db = join(dir, 'bench.db');
  const fresh = (): string => {
    for (const suffix of ['', '-wal', '-shm', '.lock']) rmSync(db + suffix, { force: true });
    return db;
  };
  const nothingLeft = (usage: Usage): Usage & { bytes: null } => ({ ...usage, bytes: null });
  const stored = (usage: Usage): Usage & { bytes: number } => ({
    ...usage,
    bytes: sizeOf(db) + sizeOf(`${db}-wal`),
  });
  const all = (usage: Usage): Usage => accepted(usage, plan.lines);
  const parse = at('measure/parse-only.mjs');
  const naive = at('baselines/naive.mjs');
  const shell = (name: string, command: string): Benchmark => ({
    name,
    once: false,
    run: () => nothingLeft(runShell(command, file)),
  });
  return [
    shell('`wc -l`', 'wc -l "$1"'),
    ...(has('mawk') ? [shell('mawk, lines by cluster and flag', `mawk '${COUNT}' "$1"`)] : []),
    { name: 'parse only', once: false, run: () => nothingLeft(all(runNode(parse, [file]))) },
    {
      name: 'parse only, every line by the parser itself',
      once: false,
      run: () => nothingLeft(all(runNode(parse, [file, 'parser']))),
    },
    {
      name: '**`meshwake ingest`**: durable, deduplicated, indexed, paired',
      once: false,
      run: () => stored(all(runNode(CLI, ['ingest', '--db', fresh(), file, '--output', 'json']))),
    },
    {
      name: 'naive: split2, one regular expression, text columns, SQL join',
      once: true,
      run: () => stored(all(runNode(naive, [file, fresh()]))),
    },
  ];
}

/** Runs in turn, so that what else the machine does meets all of them alike. */
function measure(list: readonly Benchmark[], runs: number): Measured[] {
  const results = list.map((benchmark) => ({ benchmark, usages: [] as Array<ReturnType<Benchmark['run']>> }));
  for (let round = 0; round < runs; round++) {
    for (const { benchmark, usages } of results) {
      if (benchmark.once && round > 0) continue;
      const usage = benchmark.run();
      usages.push(usage);
      process.stderr.write(`${round + 1}/${runs} ${benchmark.name}: ${usage.wall.toFixed(2)} s\n`);
    }
  }
  return results.map(({ benchmark, usages }) => ({ name: benchmark.name, usages }));
}

/** A figure of a process that did not do all its work would be worth nothing. */
function accepted(usage: Usage, lines: number): Usage {
  const tally = JSON.parse(usage.stdout) as { accepted: number };
  if (tally.accepted !== lines) {
    throw new Error(`${tally.accepted} of ${lines} lines were accepted: ${usage.stdout.slice(0, 500)}`);
  }
  return usage;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function has(program: string): boolean {
  return spawnSync('/bin/sh', ['-c', `command -v ${program}`]).status === 0;
}

function readPlan(): Plan | null {
  try {
    const { values } = parseArgs({
      options: {
        lines: { type: 'string', default: '1000000' },
        seed: { type: 'string', default: '1' },
        runs: { type: 'string', default: '3' },
        'no-docs': { type: 'boolean', default: false },
      },
    });
    const number = (flag: 'lines' | 'seed' | 'runs'): number => {
      const value = Number(values[flag]);
      if (Number.isInteger(value) && value > 0) return value;
      throw new Error(`--${flag} takes a whole number above 0, not "${values[flag]}"`);
    };
    return { lines: number('lines'), seed: number('seed'), runs: number('runs'), docs: !values['no-docs'] };
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  }
}
