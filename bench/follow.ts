/**
 * Measures what one more batch of lines costs after more and more lines of history: stored, and judged to the last
 * incident.
 *
 *   npm run bench:follow -- [--history N,N,N] [--batch N] [--batches N] [--seed N] [--no-docs]
 *
 * Writes docs/benchmarks-follow.md unless told not to. Each history is simulated and measured in a process of its own.
 * Exit status: 0 done, 2 wrong usage.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from './accuracy/table.ts';
import type { Followed, FollowPlan } from './measure/follow-history.ts';
import { machine } from './measure/machine.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const DOCS = at('../docs/benchmarks-follow.md');
const SCENARIOS = ['throughput', 'all_in_turn'] as const;

interface Plan {
  readonly history: readonly number[];
  readonly batch: number;
  readonly batches: number;
  readonly seed: number;
  readonly docs: boolean;
}

main();

function main(): void {
  const plan = readPlan();
  if (plan === null) {
    process.exitCode = 2;
    return;
  }
  const sections = SCENARIOS.map((scenario) => section(scenario, plan));
  const text = report(plan, sections);
  process.stdout.write(text);
  if (plan.docs) writeFileSync(DOCS, text);
}

function section(scenario: (typeof SCENARIOS)[number], plan: Plan): string {
  const results = plan.history.map((history) => {
    const result = follow({ scenario, history, batch: plan.batch, batches: plan.batches, seed: plan.seed });
    process.stderr.write(`${scenario} ${history}: ${result.judge.median.toFixed(1)} ms\n`);
    return { history, result };
  });
  const first = results[0]?.result.judge.median ?? Number.NaN;
  const rows = results.map(({ history, result }) => [
    history.toLocaleString('en-US'),
    String(result.flows),
    String(result.hours),
    result.cold.toFixed(0),
    result.store.median.toFixed(1),
    result.judge.median.toFixed(1),
    result.judge.largest.toFixed(0),
    (result.judge.median / first).toFixed(2),
    result.rss.toFixed(0),
  ]);
  const columns = [
    'lines of history',
    'flows',
    'hours',
    'first answer, ms',
    'a batch stored, ms',
    'judged, ms',
    'slowest, ms',
    'ratio to the shortest history',
    'RSS MB',
  ];
  return `## \`${scenario}\`\n\n${table(columns, rows)}\n`;
}

/** Errors: `Error` when the process fails. */
function follow(plan: FollowPlan): Followed {
  const args = ['--import', 'tsx', at('measure/follow-history.ts'), JSON.stringify(plan)];
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0)
    throw new Error(`measuring ${plan.history} lines of ${plan.scenario} ended with ${status}`);
  return JSON.parse(stdout) as Followed;
}

function report(plan: Plan, sections: readonly string[]): string {
  return `# What a further batch costs

Written by \`npm run bench:follow -- --history ${plan.history.join()} --batch ${plan.batch} --batches ${plan.batches} --seed ${plan.seed}\`.

${machine()}

After a history of so many simulated lines, ${plan.batches} batches of ${plan.batch} lines come in, one after the other. *Stored* is the
transaction of a batch; *judged* is the question which incidents there are that follows it, as \`--follow\` asks it: the
median over the batches, in CPU time, so that what else the machine does matters less. *First answer* is the same question
asked for the first time, when everything has to be learned.

${sections.join('\n')}`;
}

function readPlan(): Plan | null {
  try {
    const { values } = parseArgs({
      options: {
        history: { type: 'string', default: '10000,100000,1000000' },
        batch: { type: 'string', default: '200' },
        batches: { type: 'string', default: '25' },
        seed: { type: 'string', default: '1' },
        'no-docs': { type: 'boolean', default: false },
      },
    });
    const number = (flag: string, given: string): number => {
      const value = Number(given);
      if (Number.isInteger(value) && value > 0) return value;
      throw new Error(`--${flag} takes whole numbers above 0, not "${given}"`);
    };
    return {
      history: values.history.split(',').map((one) => number('history', one)),
      batch: number('batch', values.batch),
      batches: number('batches', values.batches),
      seed: number('seed', values.seed),
      docs: !values['no-docs'],
    };
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  }
}
