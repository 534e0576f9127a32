/**
 * The same lines, in any order, in any number of streams, with restarts between and sent twice, give the same answers to
 * the byte: through the real parser, store and analysis, over simulated meshes.
 * `npm run test:long` does the same for longer, with larger meshes.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { FORMATS, type GivenOptions, type Scenario } from '../../bench/simulator/options.ts';
import { Random } from '../../bench/simulator/random.ts';
import { simulate } from '../../bench/simulator/simulate.ts';
import { openRuntime } from '../../src/compose/local.ts';
import type { Runtime } from '../../src/compose/runtime.ts';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import { NO_FILTER } from '../../src/domain/filter.ts';
import { firstDifference, type WholeAnswers, wholeAnswers } from '../helpers/whole-answers.ts';

const LONG = process.env.LONG_TESTS !== undefined;
const LINES = LONG ? 4_000 : 1_000;
const RUNS = LONG ? 8 : 5;
const SCENARIOS: readonly Scenario[] = LONG
  ? ['quiet', 'failing_capture', 'recovery', 'registry_only', 'service_removed', 'adoption', 'all_in_turn']
  : ['all_in_turn', 'recovery'];
/** Much port re-use, hours of time, clocks that disagree, and streams that come late. */
const MESH = {
  seed: 21,
  lines: LINES,
  linesPerSecond: 2,
  ephemeralPorts: 100,
  brokenClocks: 1,
  outageRate: 0.1,
} as const;
/** The clock at the time of the question: long after the last line. */
const NOW = Date.UTC(2026, 5, 1);

/** How the lines of a mesh reach the product. */
interface Way {
  readonly order: 'as_delivered' | 'reversed' | 'by_pod' | 'shuffled';
  readonly shuffleSeed: number;
  /** Streams that the lines are cut into, one after the other. */
  readonly streams: number;
  /** After every so many streams the database is closed and opened again; 0: never. */
  readonly restartEvery: number;
  /** Share of the lines, from the beginning, that are sent once more at the end. */
  readonly again: number;
  /** Whether somebody asks for incidents after every stream, so that answers of before are at hand. */
  readonly asked: boolean;
  /** Size of the pieces in which the bytes of a stream arrive. */
  readonly pieceBytes: number;
}

const WAYS: fc.Arbitrary<Way> = fc.record({
  order: fc.constantFrom('as_delivered', 'reversed', 'by_pod', 'shuffled'),
  shuffleSeed: fc.integer(),
  streams: fc.integer({ min: 1, max: LONG ? 40 : 12 }),
  restartEvery: fc.integer({ min: 0, max: 3 }),
  again: fc.constantFrom(0, 0.3, 1),
  asked: fc.boolean(),
  pieceBytes: fc.constantFrom(997, 65_536, 1_000_000),
});
const PLAIN = { restartEvery: 0, asked: false, pieceBytes: 1_000_000 } as const;

for (const scenario of SCENARIOS) {
  // Formats differ in what they tell, not in how lines meet: two scenarios in all of them are enough.
  const isInAll = scenario === 'recovery' || (LONG && scenario === 'all_in_turn');
  for (const format of isInAll ? FORMATS : FORMATS.slice(2)) {
    t.test(`${scenario} as ${format}: any order and any split give the same answers`, async (t) => {
      const dir = t.testdir();
      const lines = simulatedLines({ ...MESH, scenario, format });
      const expected = await answersTo(join(dir, 'plain.db'), [lines], PLAIN);
      t.ok(expected.shifts?.length, 'there is something to tell');
      t.ok(expected.pairs?.length);
      const property = fc.asyncProperty(WAYS, async (way) => {
        const found = await answersTo(join(dir, 'other.db'), streamsOf(lines, way), way);
        const difference = firstDifference(expected, found);
        if (difference !== null) throw new Error(difference);
      });
      await fc.assert(property, { numRuns: RUNS, seed: 7, endOnFailure: true });
    });
  }
}

function simulatedLines(options: GivenOptions): string[] {
  return [...simulate(options).lines].map(({ line }) => line);
}

function streamsOf(lines: readonly string[], way: Way): string[][] {
  const ordered = ordersOf(lines, way);
  const size = Math.ceil(ordered.length / way.streams);
  const streams = Array.from({ length: way.streams }, (_, i) => ordered.slice(i * size, (i + 1) * size));
  return [...streams, lines.slice(0, Math.floor(way.again * lines.length))];
}

function ordersOf(lines: readonly string[], { order, shuffleSeed }: Way): string[] {
  switch (order) {
    case 'as_delivered':
      return [...lines];
    case 'reversed':
      return lines.toReversed();
    case 'by_pod':
      return lines.toSorted((a, b) => (podOf(a) < podOf(b) ? -1 : podOf(a) > podOf(b) ? 1 : 0));
    case 'shuffled':
      return new Random(shuffleSeed, 'order of arrival').shuffle(lines);
  }
}

function podOf(line: string): string {
  return line.split(' ', 2).join(' ');
}

async function answersTo(
  db: string,
  streams: ReadonlyArray<readonly string[]>,
  way: Pick<Way, 'restartEvery' | 'asked' | 'pieceBytes'>,
): Promise<WholeAnswers> {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${db}${suffix}`, { force: true });
  let runtime = await open(db);
  try {
    for (const [index, lines] of streams.entries()) {
      await ingest(runtime, lines, way.pieceBytes);
      if (way.asked) await runtime.analysis.incidents(NO_FILTER, { limit: 1, cursor: null });
      if (way.restartEvery === 0 || index % way.restartEvery !== 0) continue;
      await runtime.close();
      runtime = await open(db);
    }
    return await wholeAnswers(runtime.analysis);
  } finally {
    await runtime.close();
  }
}

function open(db: string): Promise<Runtime> {
  return openRuntime({ db, mode: 'write', now: () => NOW });
}

async function ingest(runtime: Runtime, lines: readonly string[], pieceBytes: number): Promise<void> {
  const stream = runtime.newIngest({ format: null, identity: NO_IDENTITY });
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  for (let at = 0; at < bytes.length; at += pieceBytes)
    await stream.write(bytes.subarray(at, at + pieceBytes));
  await stream.end();
}
