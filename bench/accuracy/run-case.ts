/** Runs the product on one simulated mesh and compares what it says with the truth. */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Connection, Pair } from '../../src/domain/resources.ts';
import type { GivenOptions } from '../simulator/options.ts';
import { lineName, readBack } from '../simulator/read-back.ts';
import { simulate } from '../simulator/simulate.ts';
import type { TruePair, Truth } from '../simulator/truth.ts';
import { type FoundIncident, type IncidentScore, scoreIncidents } from './incidents.ts';
import { countReused, type NamedLine, pairByKeyOnly } from './key-only.ts';
import { type NamedPair, type PairScore, scorePairs } from './pairs.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface CaseResult {
  readonly truth: Truth;
  readonly tally: { readonly received: number; readonly duplicates: number; readonly skipped: number };
  readonly pairs: PairScore;
  /** The same by addresses alone, for comparison. */
  readonly keyOnly: PairScore;
  /** Outbound lines whose addresses another connection has as well. */
  readonly reused: number;
  readonly incidents: IncidentScore;
}

/**
 * Simulates, ingests, asks, compares. Temporary files are removed.
 * Errors: `Error` when a command of the product fails, with what it said.
 */
export async function runCase(options: GivenOptions): Promise<CaseResult> {
  const dir = mkdtempSync(join(tmpdir(), 'meshwake-accuracy-'));
  try {
    const input = join(dir, 'lines.log');
    const db = join(dir, 'meshwake.db');
    const { truth, pairs, lines } = writeInput(options, input);
    const tally = JSON.parse(
      await output(['ingest', '--db', db, input, '--output', 'json']),
    ) as CaseResult['tally'];
    const found = await foundPairs(db);
    const incidents = JSON.parse(
      await output(['get', 'incidents', '--db', db, '-o', 'json', '--limit', '10000']),
    ) as { items: FoundIncident[] };
    return {
      truth,
      tally,
      pairs: scorePairs(pairs, found),
      keyOnly: scorePairs(pairs, pairByKeyOnly(lines)),
      reused: countReused(lines),
      incidents: scoreIncidents(truth.incidents, incidents.items),
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Input {
  readonly truth: Truth;
  readonly pairs: ReadonlyArray<NamedPair & Pick<TruePair, 'kind'>>;
  /** Every access-log line once. */
  readonly lines: readonly NamedLine[];
}

function writeInput(options: GivenOptions, path: string): Input {
  const truePairs: TruePair[] = [];
  const simulation = simulate(options, (pair) => truePairs.push(pair));
  const lines = new Map<number, NamedLine>();
  const file = openSync(path, 'w');
  for (const { id, line: text } of simulation.lines) {
    writeSync(file, `${text}\n`);
    const line = readBack(text);
    if (line !== null) lines.set(id, { name: lineName(line), line });
  }
  closeSync(file);
  const name = (id: number): string => lines.get(id)?.name ?? `line ${id}`;
  const pairs = truePairs.map(({ kind, outbound, inbound }) => ({
    kind,
    outbound: name(outbound),
    inbound: name(inbound),
  }));
  return { truth: simulation.truth(), pairs, lines: [...lines.values()] };
}

async function foundPairs(db: string): Promise<NamedPair[]> {
  const found: NamedPair[] = [];
  await run(['get', 'pairs', '--db', db, '-o', 'ndjson'], async (stdout) => {
    for await (const line of createInterface({ input: stdout })) {
      const pair = JSON.parse(line) as Pair;
      found.push({ outbound: connectionName(pair.outbound), inbound: connectionName(pair.inbound) });
    }
  });
  return found;
}

function connectionName(connection: Connection): string {
  return lineName({
    pod: connection.pod ?? '-',
    start: Date.parse(connection.start_time),
    downstreamRemote: connection.downstream_remote_address ?? '-',
    downstreamLocal: connection.downstream_local_address ?? '-',
    requestId: connection.request_id ?? '-',
  });
}

async function output(args: readonly string[]): Promise<string> {
  const chunks: Buffer[] = [];
  await run(args, async (stdout) => {
    for await (const chunk of stdout) chunks.push(chunk as Buffer);
  });
  return Buffer.concat(chunks).toString();
}

async function run(args: readonly string[], read: (stdout: Readable) => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2_000);
  });
  const status = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  await read(child.stdout);
  const code = await status;
  if (code !== 0) throw new Error(`meshwake ${args[0]} ${args[1]} ended with ${code}: ${said.trim()}`);
}
