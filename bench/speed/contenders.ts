/** What is measured, each in a process of its own. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildModule } from '../../scripts/build-program.ts';
import type { Input, Variant } from '../input/generate.ts';
import { bytesOnDisk, removeDatabase } from '../measure/disk.ts';
import { CLI, pairsStored } from '../measure/product.ts';
import { runNode, runShell, type Usage } from '../measure/run-process.ts';
import type { PeerPackage } from '../peers/install.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** Cluster and flags of every line, by the place of their words. Blind to quotes: it counts from both ends. */
const COUNT = `{ n[$(NF - 5) " " $8]++ } END { for (k in n) print k, n[k] }`;

/** `bytes`: what it left on disk, null for nothing. */
export type Run = Usage & { readonly bytes: number | null };

export interface Contender {
  readonly id: string;
  readonly name: string;
  /** P parses all fields, S stores on disk, D drops lines that it has, I finds by address, J pairs, R keeps routes, G counts by group. */
  readonly work: string;
  /** Which of the files it reads. */
  readonly variant: Variant;
  /** Much slower than the rest: run once, and on the smallest file alone. */
  readonly slow: boolean;
  /** Errors: `Error` when it did not do its work. */
  run(input: Input): Promise<Run>;
}

export interface Surroundings {
  /** For what is written, emptied before each run. */
  readonly folder: string;
  /** Where the peers are installed, and which of them. */
  readonly peersFolder: string;
  readonly peers: ReadonlySet<PeerPackage>;
}

/** In the order in which they are run. */
export function contenders(around: Surroundings): Contender[] {
  return [
    tool('wc', '`wc -l`', '', 'wc -l "$1"'),
    // The floor of all that stores: no less than the file itself goes to the disk.
    tool(
      'dd',
      '`dd`, a copy that is forced to the disk',
      '',
      `dd if="$1" of='${join(around.folder, 'copy')}' bs=1M conv=fsync`,
    ),
    ...(has('mawk') ? [tool('mawk', 'mawk, lines by cluster and flag', 'G', `mawk '${COUNT}' "$1"`)] : []),
    parseOnly(around, 'parse', 'parse only', []),
    parseOnly(around, 'parser', 'parse only, every line by the parser itself', ['parser']),
    startUp(around),
    product(around, 'plain', 'meshwake', '**`meshwake ingest`**'),
    ...(around.peers.has('chdb') ? chdb(around) : []),
    ...(around.peers.has('@duckdb/node-api') ? duckdb(around) : []),
    product(around, 'replaced', 'replaced', '`meshwake ingest`, forty pods replaced an hour'),
    product(around, 'mixed', 'mixed', '`meshwake ingest`, text of two versions and JSON in turn'),
    product(around, 'http', 'http', '`meshwake ingest`, HTTP lines'),
    product(around, 'json', 'json', '`meshwake ingest`, lines wrapped by `stern -o json`'),
    naive(around),
  ];
}

function tool(id: string, name: string, work: string, command: string): Contender {
  const run = async ({ file }: Input): Promise<Run> => ({ ...(await runShell(command, file)), bytes: null });
  return { id, name, work, variant: 'plain', slow: false, run };
}

function parseOnly({ folder }: Surroundings, id: string, name: string, args: readonly string[]): Contender {
  const run = async (input: Input): Promise<Run> => {
    const program = join(folder, 'parse-only.mjs');
    await buildModule(at('../measure/parse-only.ts'), program);
    const usage = await runNode(program, [input.file, ...args]);
    return { ...checked(usage, { accepted: input.lines }), bytes: null };
  };
  return { id, name, work: 'P', variant: 'plain', slow: false, run };
}

/** What a run costs before the first line. */
function startUp({ folder }: Surroundings): Contender {
  const run = async (): Promise<Run> => {
    const empty = join(folder, 'empty.log');
    writeFileSync(empty, '');
    const db = fresh(folder);
    return { ...(await runNode(CLI, ['ingest', '--db', db, empty, '--output', 'json'])), bytes: null };
  };
  return {
    id: 'start-up',
    name: '`meshwake ingest` of an empty file',
    work: '',
    variant: 'plain',
    slow: false,
    run,
  };
}

function product({ folder }: Surroundings, variant: Variant, id: string, name: string): Contender {
  const run = async (input: Input): Promise<Run> => {
    const db = fresh(folder);
    const usage = await runNode(CLI, ['ingest', '--db', db, input.file, '--output', 'json']);
    checked(usage, { accepted: input.lines });
    const pairs = pairsStored(db);
    if (pairs !== input.pairs) {
      throw new Error(`${pairs} pairs were stored, and there are ${input.pairs}`);
    }
    return { ...usage, bytes: bytesOnDisk(db) };
  };
  return { id, name, work: 'PSDIJR', variant, slow: false, run };
}

function chdb(around: Surroundings): Contender[] {
  const recipe = (name: string, told: string): Contender =>
    peer(around, 'chdb', name, `ClickHouse (chDB), ${told}`, 'PSIJ', false);
  return [
    recipe('split', 'splitByChar, not quote-aware'),
    recipe('separated', 'CustomSeparated, quote-aware'),
    recipe('groups', 'extractGroups, quote-aware'),
  ];
}

function duckdb(around: Surroundings): Contender[] {
  const recipe = (name: string, told: string, work: string, slow: boolean): Contender =>
    peer(around, 'duckdb', name, `DuckDB, ${told}`, work, slow);
  return [
    recipe('csv', 'CSV reader, order not kept', 'PSJ', false),
    recipe('csv-sorted', 'CSV reader, stored by address', 'PSIJ', false),
    recipe('regexp', 'regexp_extract', 'PSJ', true),
  ];
}

function peer(
  { folder, peersFolder }: Surroundings,
  engine: 'chdb' | 'duckdb',
  recipe: string,
  name: string,
  work: string,
  slow: boolean,
): Contender {
  const run = async (input: Input): Promise<Run> => {
    const db = fresh(folder);
    const usage = await runNode(at(`../peers/${engine}.mjs`), [input.file, db, recipe, peersFolder]);
    checked(usage, { accepted: input.lines, pairs: input.pairsByKey });
    return { ...usage, bytes: bytesOnDisk(db) };
  };
  return { id: `${engine}-${recipe}`, name, work, variant: 'plain', slow, run };
}

function naive({ folder }: Surroundings): Contender {
  const run = async (input: Input): Promise<Run> => {
    const db = fresh(folder);
    const usage = await runNode(at('../baselines/naive.mjs'), [input.file, db]);
    return { ...checked(usage, { accepted: input.lines }), bytes: bytesOnDisk(db) };
  };
  const name = 'naive: split2, one regular expression, text columns, SQL join';
  return { id: 'naive', name, work: 'PSIJ', variant: 'plain', slow: true, run };
}

function fresh(folder: string): string {
  const db = join(folder, 'bench.db');
  removeDatabase(db);
  return db;
}

/** A figure of a process that did not do all its work would be worth nothing. */
function checked(usage: Usage, expected: Readonly<Record<string, number>>): Usage {
  const told = JSON.parse(usage.stdout) as Readonly<Record<string, unknown>>;
  for (const [name, count] of Object.entries(expected)) {
    if (told[name] !== count) {
      throw new Error(`${name} is ${told[name]}, and should be ${count}: ${usage.stdout.slice(0, 500)}`);
    }
  }
  return usage;
}

function has(program: string): boolean {
  return spawnSync('/bin/sh', ['-c', `command -v ${program}`]).status === 0;
}
