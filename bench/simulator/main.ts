/**
 * Writes simulated log lines to a file, and what is true of them to another.
 *
 *   node --import tsx bench/simulator/main.ts --scenario quiet --seed 1 --out FILE
 *        [--lines N] [--format istio-1.3|istio-1.9|istio-json] [--other-format-rate SHARE] [--envelope stern|stern-json]
 *        [--truth FILE.json] [--pairs FILE.ndjson]
 *        [--lines-per-second N] [--pods N] [--services N] [--nodes N] [--ephemeral-ports N] [--skew-ms N]
 *        [--loss-rate SHARE] [--duplicate-rate SHARE] [--late-rate SHARE] [--replaced-per-hour N]
 *        [--broken-clocks N] [--outage-rate SHARE]
 *
 * Exit status: 0 done, 2 wrong usage.
 */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ENVELOPES, FORMATS, type GivenOptions, SCENARIOS } from './options.ts';
import { simulate } from './simulate.ts';

const BUFFER_BYTES = 1 << 20;
const NEWLINE = 0x0a;
const NUMBERS = {
  seed: 'seed',
  lines: 'lines',
  'lines-per-second': 'linesPerSecond',
  pods: 'pods',
  services: 'services',
  nodes: 'nodes',
  'ephemeral-ports': 'ephemeralPorts',
  'skew-ms': 'skewMs',
  'broken-clocks': 'brokenClocks',
  'outage-rate': 'outageRate',
  'loss-rate': 'lossRate',
  'duplicate-rate': 'duplicateRate',
  'late-rate': 'lateRate',
  'other-format-rate': 'otherFormatRate',
  'replaced-per-hour': 'replacedPerHour',
} as const;

main();

function main(): void {
  try {
    const { values } = parseArgs({ options: flags() });
    const out = text(values.out) ?? usage('--out FILE is needed');
    const options = readOptions(values);
    const started = performance.now();
    generate(options, out, text(values.pairs), text(values.truth));
    process.stderr.write(`written in ${((performance.now() - started) / 1_000).toFixed(1)} s\n`);
  } catch (error) {
    process.stderr.write(`simulator: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}

function flags(): Record<string, { type: 'string' }> {
  const names = ['scenario', 'format', 'envelope', 'out', 'truth', 'pairs', ...Object.keys(NUMBERS)];
  return Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
}

function readOptions(values: Readonly<Record<string, unknown>>): GivenOptions {
  const scenario = oneOf(SCENARIOS, 'scenario', values.scenario);
  if (scenario === null) usage(`--scenario is one of ${SCENARIOS.join(', ')}`);
  const format = oneOf(FORMATS, 'format', values.format);
  const envelope = oneOf(ENVELOPES, 'envelope', values.envelope);
  const numbers = Object.entries(NUMBERS).flatMap(([flag, option]) => {
    const given = text(values[flag]);
    return given === null ? [] : [[option, number(flag, given)]];
  });
  return {
    seed: 1,
    scenario,
    ...(format === null ? {} : { format }),
    ...(envelope === null ? {} : { envelope }),
    ...Object.fromEntries(numbers),
  };
}

/** Null when it was not given. */
function oneOf<T extends string>(names: readonly T[], flag: string, given: unknown): T | null {
  if (given === undefined) return null;
  return names.find((name) => name === given) ?? usage(`--${flag} is one of ${names.join(', ')}`);
}

function generate(
  options: GivenOptions,
  out: string,
  pairsFile: string | null,
  truthFile: string | null,
): void {
  const pairs = pairsFile === null ? null : fileWriter(pairsFile);
  const lines = fileWriter(out);
  const simulation = simulate(options, (pair) => pairs?.write(JSON.stringify(pair)));
  for (const { line } of simulation.lines) lines.write(line);
  lines.close();
  pairs?.close();
  if (truthFile !== null) {
    const truth = { options: simulation.options, ...simulation.truth() };
    writeFileSync(truthFile, `${JSON.stringify(truth, null, 2)}\n`);
  }
}

/** Writes lines of ASCII. */
function fileWriter(path: string): { write(line: string): void; close(): void } {
  const file = openSync(path, 'w');
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  let used = 0;
  const flush = (): void => {
    for (let at = 0; at < used; ) at += writeSync(file, buffer, at, used - at);
    used = 0;
  };
  return {
    write(line) {
      if (used + line.length >= BUFFER_BYTES) flush();
      used += buffer.write(line, used, 'latin1');
      buffer[used++] = NEWLINE;
    },
    close() {
      flush();
      closeSync(file);
    },
  };
}

function number(flag: string, given: string): number {
  const value = Number(given);
  return given !== '' && Number.isFinite(value) ? value : usage(`--${flag} is a number, not "${given}"`);
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function usage(expected: string): never {
  throw new Error(expected);
}
