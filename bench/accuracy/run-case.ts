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
import { type FoundIncident, type FoundShift, type IncidentScore, scoreIncidents } from './incidents.ts';
import { countReused, type NamedLine, pairByKeyOnly } from './key-only.ts';
import { type FoundPair, type NamedTruePair, type PairScore, scorePairs, share, sum } from './pairs.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface CaseResult {
  readonly truth: Truth;
  readonly tally: { readonly received: number; readonly duplicates: number; readonly skipped: number };
  readonly pairs: PairScore;
  /** The same by addresses alone, over pairs of kind `full` and `gateway`, for comparison. */
  readonly keyOnly: { readonly precision: number; readonly recall: number };
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
    const pairsFound = await foundPairs(db);
    const incidents = await found<FoundIncident>('incidents', db);
    const shifts = await found<FoundShift>('shifts', db);
    return {
      truth,
      tally,
      pairs: scorePairs(pairs, pairsFound, new Set(lines.map(({ name }) => name))),
      keyOnly: keyOnlyShares(pairs, lines),
      reused: countReused(lines),
      incidents: scoreIncidents(truth.incidents, incidents, shifts),
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Input {
  readonly truth: Truth;
  readonly pairs: readonly NamedTruePair[];
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
  const pairs = truePairs.map(({ kind, part, outbound, inbound }) => ({
    kind,
    part,
    outbound: name(outbound),
    inbound: name(inbound),
  }));
  return { truth: simulation.truth(), pairs, lines: [...lines.values()] };
}

async function foundPairs(db: string): Promise<FoundPair[]> {
  const pairs = await found<Pair>('pairs', db);
  return pairs.map(({ kind, outbound, inbound }) => ({
    kind: outbound.kind === 'http' ? 'http' : kind,
    outbound: connectionName(outbound),
    inbound: connectionName(inbound),
  }));
}

/** The whole list of a resource. */
async function found<T>(resource: string, db: string): Promise<T[]> {
  const items: T[] = [];
  await run(['get', resource, '--db', db, '-o', 'ndjson'], async (stdout) => {
    for await (const line of createInterface({ input: stdout })) items.push(JSON.parse(line) as T);
  });
  return items;
}

function keyOnlyShares(
  truth: readonly NamedTruePair[],
  lines: readonly NamedLine[],
): { precision: number; recall: number } {
  const byAddress = truth.filter(({ kind }) => kind === 'full' || kind === 'gateway');
  const { told, joinable } = scorePairs(byAddress, pairByKeyOnly(lines), new Set());
  return {
    precision: share(sum([...told.values()])),
    recall: share(sum([joinable.full, joinable.gateway])),
  };
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
