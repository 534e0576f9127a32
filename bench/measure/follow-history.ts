/** Lets a mesh write a history, then batch after batch, and tells what each batch costs. The plan is the only argument, as JSON. */

import { openRuntime } from '../../src/compose/local.ts';
import type { Runtime } from '../../src/compose/runtime.ts';
import { NO_IDENTITY, type ParsedLine } from '../../src/domain/entry.ts';
import { NO_FILTER } from '../../src/domain/filter.ts';
import { BATCH_LINES_MAX } from '../../src/domain/limits.ts';
import { columnsOf } from '../../src/domain/line-columns.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';
import type { Scenario } from '../simulator/options.ts';
import { simulate } from '../simulator/simulate.ts';
import { median } from './machine.ts';

export interface FollowPlan {
  readonly scenario: Scenario;
  /** Lines before the first batch. */
  readonly history: number;
  readonly batch: number;
  readonly batches: number;
  readonly seed: number;
}

/** CPU time in ms; `rss` in MB. */
export interface Followed {
  readonly flows: number;
  readonly hours: number;
  readonly cold: number;
  readonly store: { readonly median: number; readonly largest: number };
  readonly judge: { readonly median: number; readonly largest: number };
  readonly rss: number;
}

const plan = JSON.parse(process.argv[2] ?? 'null') as FollowPlan | null;
if (plan !== null) process.stdout.write(JSON.stringify(await followHistory(plan)));

async function followHistory({ scenario, history, batch, batches, seed }: FollowPlan): Promise<Followed> {
  const runtime = await openRuntime({ db: null, mode: 'write', now: () => Date.UTC(2026, 5, 1) });
  try {
    const next = readParsed(
      simulate({ scenario, seed, lines: Math.ceil(1.05 * history) + 2 * batch * batches }).lines,
    );
    for (let left = history; left > 0; left -= BATCH_LINES_MAX) {
      await runtime.store.append(columnsOf(next(Math.min(left, BATCH_LINES_MAX))), []);
    }
    const cold = await cpuOf(() => ask(runtime));
    const flows = await runtime.store.flows({ since: null, until: null });
    const stored: number[] = [];
    const judged: number[] = [];
    for (let i = 0; i < batches; i++) {
      const lines = next(batch);
      stored.push(await cpuOf(() => runtime.store.append(columnsOf(lines), [])));
      judged.push(await cpuOf(() => ask(runtime)));
    }
    return {
      flows: flows.length,
      hours: new Set(flows.map((flow) => flow.hour)).size,
      cold,
      store: { median: median(stored), largest: Math.max(...stored) },
      judge: { median: median(judged), largest: Math.max(...judged) },
      rss: process.memoryUsage().rss / 1e6,
    };
  } finally {
    await runtime.close();
  }
}

function ask({ analysis }: Runtime): Promise<unknown> {
  return analysis.incidentHeads(NO_FILTER);
}

/** Ms of CPU time, of all threads of this process. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Gives so many further accepted lines at each call. */
function readParsed(lines: Iterable<{ readonly line: string }>): (count: number) => ParsedLine[] {
  const parser = createLineParser({ format: null, identity: NO_IDENTITY });
  const rest = lines[Symbol.iterator]();
  return (count) => {
    const parsed: ParsedLine[] = [];
    while (parsed.length < count) {
      const { value, done } = rest.next();
      if (done === true) throw new Error('the simulated mesh has no more lines');
      const outcome = parser.push(value.line, true);
      if (outcome?.kind === 'accepted') parsed.push(outcome.line);
    }
    return parsed;
  };
}
