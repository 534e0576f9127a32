/**
 * After every batch the model that lived through all before answers exactly what one built from nothing answers.
 * `LONG_TESTS=1` runs more meshes, more batches and more lines.
 */

import fc from 'fast-check';
import t from 'tap';
import type { Scenario } from '../../bench/simulator/options.ts';
import { Random } from '../../bench/simulator/random.ts';
import { simulate } from '../../bench/simulator/simulate.ts';
import { createAnalysis } from '../../src/analysis/create-analysis.ts';
import { pairingRules } from '../../src/analysis/pairing/rules.ts';
import type { ParsedLine } from '../../src/domain/entry.ts';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import { columnsOf } from '../../src/domain/line-columns.ts';
import type { Store } from '../../src/domain/ports.ts';
import type { Analysis } from '../../src/domain/queries.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { firstDifference, wholeAnswers } from '../helpers/whole-answers.ts';

const LONG = process.env.LONG_TESTS !== undefined;
const RUNS = LONG ? 400 : 16;
const LINES = LONG ? 4_000 : 700;
const SCENARIOS: readonly Scenario[] = [
  'quiet',
  'failing_capture',
  'silent_capture',
  'recovery',
  'registry_only',
  'service_removed',
  'adoption',
  'all_in_turn',
];

/** A mesh, and how its lines come in. */
interface Life {
  readonly scenario: Scenario;
  readonly seed: number;
  /** Seconds of the mesh's time go by slowly or quickly: lines of many hours, or of one. */
  readonly linesPerSecond: number;
  readonly order: 'as_delivered' | 'shuffled' | 'reversed';
  /** Shares of the lines at which a batch ends. */
  readonly cuts: readonly number[];
  /** Whether the model is asked after a batch, or several batches go by first. */
  readonly asked: readonly boolean[];
  /** What is dropped after a batch: all before this share of the time of the mesh; null: nothing. */
  readonly prunes: ReadonlyArray<number | null>;
}

const LIVES: fc.Arbitrary<Life> = fc.record({
  scenario: fc.constantFrom(...SCENARIOS),
  seed: fc.integer({ min: 1, max: 1_000 }),
  linesPerSecond: fc.constantFrom(0.02, 0.2, 2),
  order: fc.constantFrom('as_delivered', 'as_delivered', 'shuffled', 'reversed'),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: LONG ? 20 : 6 }),
  asked: fc.array(fc.boolean(), { minLength: 21, maxLength: 21 }),
  prunes: fc.array(fc.constantFrom(null, null, null, 0.3, 0.6), { minLength: 21, maxLength: 21 }),
});

t.test(
  'a model that lives through batches, and drops of old hours, is the model of all lines that are there',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(LIVES, async (life) => {
        const difference = await firstLie(life);
        if (difference !== null) throw new Error(difference);
      }),
      { numRuns: RUNS, seed: LONG ? Number(process.env.SEED ?? 1) : 5, endOnFailure: true },
    );
    t.pass('held');
  },
);

/** Lives through the batches of a life; null when every answer was right. */
async function firstLie(life: Life): Promise<string | null> {
  const store = openSqliteStore({ path: null, mode: 'write', rules: pairingRules });
  const living = analysisOf(store);
  try {
    const batches = batchesOf(life);
    for (const [index, batch] of batches.entries()) {
      await store.append(columnsOf(batch), []);
      const share = life.prunes[index] ?? null;
      if (share !== null) await store.prune(timeAt(batches.flat(), share), new AbortController().signal);
      if (life.asked[index] === false) continue;
      const difference = firstDifference(await wholeAnswers(analysisOf(store)), await wholeAnswers(living));
      if (difference !== null) return `after batch ${index}: ${difference}`;
    }
    return null;
  } finally {
    await store.close();
  }
}

/** Ms since the epoch, at a share of the time from the first start to the last one. */
function timeAt(lines: readonly ParsedLine[], share: number): number {
  const starts = lines.map((line) => line.entry.start_time).sort((a, b) => a - b);
  const [first = 0, last = 0] = [starts[0], starts.at(-1)];
  return first + share * (last - first);
}

function analysisOf(store: Store): Analysis {
  return createAnalysis({ reader: store, render: () => null, now: () => Date.UTC(2026, 5, 1) });
}

function batchesOf({ scenario, seed, linesPerSecond, order, cuts }: Life): ParsedLine[][] {
  const lines = parseAll(
    simulate({ scenario, seed, linesPerSecond, lines: LINES, ephemeralPorts: 100 }).lines,
  );
  const ordered =
    order === 'shuffled'
      ? new Random(seed, 'order of arrival').shuffle(lines)
      : order === 'reversed'
        ? lines.toReversed()
        : lines;
  const ends = [...cuts, 1].sort((a, b) => a - b).map((cut) => Math.floor(cut * ordered.length));
  return ends.map((end, i) => ordered.slice(ends[i - 1] ?? 0, end));
}

function parseAll(lines: Iterable<{ readonly line: string }>): ParsedLine[] {
  const parser = createLineParser({ format: null, identity: NO_IDENTITY });
  return [...lines].flatMap(({ line }) => {
    const outcome = parser.push(line, true);
    return outcome?.kind === 'accepted' ? [outcome.line] : [];
  });
}
