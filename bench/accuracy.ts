/**
 * Measures how much of what the product says is true, on simulated meshes of which the truth is known.
 *
 *   npm run build && node --import tsx bench/accuracy.ts [--scenarios A,B] [--formats A,B] [--seeds 1,2] [--lines N]
 *        [--no-docs]
 *
 * Writes docs/accuracy.md unless told not to. Exit status: 0 all goals are met, 1 one is missed, 2 wrong usage.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  caseName,
  changeTable,
  type NamedCase,
  otherTable,
  pairList,
  pairTable,
  wrongList,
} from './accuracy/report.ts';
import { runCase } from './accuracy/run-case.ts';
import { FORMATS, type LogFormat, SCENARIOS, type Scenario } from './simulator/options.ts';

const DOCS = fileURLToPath(new URL('../docs/accuracy.md', import.meta.url));
/** Harder than most clusters: few client ports, a busy pair of pods, lost lines, clocks that disagree. */
const MESH = { ephemeralPorts: 2_000, lossRate: 0.01, skewMs: 20, linesPerSecond: 50 } as const;
const PAIR_GOAL = 0.999;

interface Plan {
  readonly scenarios: readonly Scenario[];
  readonly formats: readonly LogFormat[];
  readonly seeds: readonly number[];
  readonly lines: number;
  readonly docs: boolean;
}

await main();

async function main(): Promise<void> {
  const plan = readPlan();
  if (plan === null) {
    process.exitCode = 2;
    return;
  }
  const cases: NamedCase[] = [];
  for (const options of casesOf(plan)) {
    const result = await runCase(options);
    cases.push({ options, result });
    process.stderr.write(`${caseName(options)}: ${verdict(result)}\n`);
  }
  const text = report(cases, plan);
  process.stdout.write(text);
  if (plan.docs) writeFileSync(DOCS, text);
  if (missed(cases).length > 0) process.exitCode = 1;
}

type Options = NamedCase['options'] & typeof MESH;

function casesOf(plan: Plan): Options[] {
  return plan.scenarios.flatMap((scenario) =>
    plan.formats.flatMap((format) =>
      plan.seeds.map((seed) => ({ ...MESH, scenario, format, seed, lines: plan.lines })),
    ),
  );
}

function verdict({ pairs, incidents }: NamedCase['result']): string {
  const found = incidents.changes.filter((change) => change.named > 0).length;
  return [
    `pairs ${pairs.precision.toFixed(5)} precise, ${pairs.recall.toFixed(5)} found`,
    `changes ${found} of ${incidents.changes.length}`,
    `${incidents.wrong.length} false incidents`,
  ].join('; ');
}

/** The goals that a case does not meet, as sentences. */
function missed(cases: readonly NamedCase[]): string[] {
  return cases.flatMap(({ options, result }) => {
    const { pairs, incidents } = result;
    const problems = [
      pairs.precision < PAIR_GOAL ? `pair precision ${pairs.precision.toFixed(5)}` : null,
      pairs.recall < PAIR_GOAL ? `pair recall ${pairs.recall.toFixed(5)}` : null,
      incidents.wrong.length > 0 ? `${incidents.wrong.length} false incidents` : null,
      ...incidents.changes.map((change) => (change.named === 0 ? `${change.change} was missed` : null)),
      ...incidents.changes.map((change) => (change.onsetRight ? null : `onset of ${change.change} is wrong`)),
    ];
    return problems
      .filter((problem) => problem !== null)
      .map((problem) => `${caseName(options)}: ${problem}`);
  });
}

function report(cases: readonly NamedCase[], plan: Plan): string {
  const problems = missed(cases);
  return `# Accuracy

Written by \`npm run bench:accuracy\`. Each case is a simulated mesh (\`bench/simulator/\`) whose truth is known: ${plan.lines}
lines at ${MESH.linesPerSecond} a second, ${MESH.ephemeralPorts} client ports, ${MESH.lossRate * 100} % of the lines lost, 0.5 % delivered twice, 2 % late by up to 90 s, clocks off
by up to ${MESH.skewMs} ms either way, pods replaced and their addresses given to others. The product is asked by its own
commands: \`ingest\`, \`get pairs\`, \`get incidents\`.

## Goals

Pairs: precision of at least ${PAIR_GOAL} over all pairs told, and recall of at least ${PAIR_GOAL} over those whose addresses agree
(kind \`full\`); the other kinds are shown and not yet demanded. Every change of routing told, with an onset that is right, and no
incident without a cause.

${problems.length === 0 ? 'All met.' : `Not met:\n\n${problems.map((problem) => `- ${problem}`).join('\n')}`}

## Pairs

Found / joinable: both lines were delivered. \`full\`: both addresses agree. \`dnat\`: the network led the connection to another
address than the client's proxy says. \`gateway\`: from a sidecar to an egress gateway. \`http\`: one request. Precision is
over all pairs told. Reused: outbound lines whose addresses another connection has as well. By addresses alone: precision and
recall of pairing the n-th line of two addresses with the n-th, which shows how hard the case is.

${pairTable(cases)}

### Pairs that are wrong or were missed

Lines by pod, start, remote and local address of the downstream connection, and request id.

${pairList(cases)}

## Changes of routing

Told: incidents that name the change; more than one is one cause told several times. Sources are pods. The onset is right when
it reaches into the time in which the proxies changed, one after the other.

${changeTable(cases)}

## Other incidents

Echoes: brought about by a change or its end. Troubles: single connections that really fail in every simulated mesh. Remarks: told
with severity \`info\`. False: anything else.

${otherTable(cases)}

### False incidents

${wrongList(cases)}
`;
}

function readPlan(): Plan | null {
  try {
    const { values } = parseArgs({
      options: {
        scenarios: { type: 'string' },
        formats: { type: 'string' },
        seeds: { type: 'string', default: '1' },
        lines: { type: 'string', default: '100000' },
        'no-docs': { type: 'boolean', default: false },
      },
    });
    return {
      scenarios: chosen('scenarios', values.scenarios, SCENARIOS).filter((name) => name !== 'throughput'),
      formats: chosen('formats', values.formats, FORMATS),
      seeds: values.seeds.split(',').map((seed) => number('seeds', seed)),
      lines: number('lines', values.lines),
      docs: !values['no-docs'],
    };
  } catch (error) {
    process.stderr.write(`accuracy: ${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  }
}

function chosen<T extends string>(flag: string, given: string | undefined, all: readonly T[]): readonly T[] {
  if (given === undefined) return all;
  return given.split(',').map((text) => {
    const name = all.find((one) => one === text);
    if (name === undefined) throw new Error(`--${flag} takes ${all.join(', ')}, not "${text}"`);
    return name;
  });
}

function number(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${flag} takes whole numbers, not "${text}"`);
  return value;
}
