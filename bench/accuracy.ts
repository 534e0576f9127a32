/**
 * Measures how much of what the product says is true, on simulated meshes of which the truth is known.
 *
 *   npm run build && node --import tsx bench/accuracy.ts [--scenarios A,B] [--formats A,B] [--seeds 1,2] [--lines N]
 *        [--at-once N] [--no-docs]
 *
 * Writes docs/accuracy.md unless told not to. Exit status: 0 all goals are met, 1 one is missed, 2 wrong usage.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { missedGoals } from './accuracy/goals.ts';
import { accuracyPage } from './accuracy/page.ts';
import { surePrecision, sureRecall } from './accuracy/pairs.ts';
import { runCase } from './accuracy/run-case.ts';
import { caseName, type NamedCase, shareText } from './accuracy/table.ts';
import { isForSpeed } from './simulator/for-speed.ts';
import { FORMATS, type LogFormat, SCENARIOS, type Scenario } from './simulator/options.ts';

const DOCS = fileURLToPath(new URL('../docs/accuracy.md', import.meta.url));
/** Harder than most clusters: few client ports, a busy pair of pods, lost lines, clocks that disagree. */
const MESH = {
  linesPerSecond: 8,
  ephemeralPorts: 500,
  lossRate: 0.01,
  duplicateRate: 0.005,
  lateRate: 0.02,
  skewMs: 20,
  nodes: 50,
  brokenClocks: 1,
  outageRate: 0.05,
} as const;

interface Plan {
  readonly scenarios: readonly Scenario[];
  readonly formats: readonly LogFormat[];
  readonly seeds: readonly number[];
  readonly lines: number;
  readonly atOnce: number;
  readonly docs: boolean;
}

await main();

async function main(): Promise<void> {
  const plan = readPlan();
  if (plan === null) {
    process.exitCode = 2;
    return;
  }
  const cases = await runAll(casesOf(plan), plan.atOnce);
  const text = accuracyPage(cases, MESH);
  process.stdout.write(text);
  if (plan.docs) writeFileSync(DOCS, text);
  if (missedGoals(cases).length > 0) process.exitCode = 1;
}

type Options = NamedCase['options'] & typeof MESH;

function casesOf(plan: Plan): Options[] {
  return plan.scenarios.flatMap((scenario) =>
    plan.formats.flatMap((format) =>
      plan.seeds.map((seed) => ({ ...MESH, scenario, format, seed, lines: plan.lines })),
    ),
  );
}

/** Runs so many cases at a time; the results are in the order of the cases. */
async function runAll(all: readonly Options[], atOnce: number): Promise<NamedCase[]> {
  const results: NamedCase[] = [];
  const waiting = all.entries();
  const work = async (): Promise<void> => {
    for (const [index, options] of waiting) {
      const result = await runCase(options);
      results[index] = { options, result };
      process.stderr.write(`${caseName(options)}: ${verdict(result)}\n`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

function verdict({ pairs, incidents }: NamedCase['result']): string {
  const found = incidents.changes.filter((change) => change.named > 0).length;
  return [
    `pairs ${shareText(surePrecision(pairs))} precise, ${shareText(sureRecall(pairs))} found`,
    `changes ${found} of ${incidents.changes.length}`,
    `${incidents.wrong.length} false incidents`,
  ].join('; ');
}

function readPlan(): Plan | null {
  try {
    const { values } = parseArgs({
      options: {
        scenarios: { type: 'string' },
        formats: { type: 'string' },
        seeds: { type: 'string', default: '1,2,3,4,5' },
        lines: { type: 'string', default: '9000' },
        'at-once': { type: 'string', default: '2' },
        'no-docs': { type: 'boolean', default: false },
      },
    });
    return {
      scenarios: chosen('scenarios', values.scenarios, SCENARIOS).filter((name) => !isForSpeed(name)),
      formats: chosen('formats', values.formats, FORMATS),
      seeds: values.seeds.split(',').map((seed) => number('seeds', seed)),
      lines: number('lines', values.lines),
      atOnce: number('at-once', values['at-once']),
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
