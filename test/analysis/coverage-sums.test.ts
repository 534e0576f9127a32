/**
 * What coverage counts from flows is what the list of connections says line by line, whatever was not read: over
 * simulated meshes of which some logs are missing, thinned out, cut short or begin late.
 */
import fc from 'fast-check';
import t from 'tap';
import { simulate } from '../../bench/simulator/simulate.ts';
import { EXPECTED } from '../../src/analysis/partner.ts';
import { openRuntime } from '../../src/compose/local.ts';
import type { CoveragePod, VerdictCounts } from '../../src/domain/coverage.ts';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import { NO_FILTER, parseFilter } from '../../src/domain/filter.ts';
import { PAGE_ITEMS_MAX } from '../../src/domain/limits.ts';
import type { Analysis } from '../../src/domain/queries.ts';
import type { Connection } from '../../src/domain/resources.ts';

const RUNS = 6;
const LINES = 1_500;

/** What the reader did to a log. */
const DAMAGES = ['unread', 'thinned', 'cut_short', 'late', 'outbound_only'] as const;
type Damage = (typeof DAMAGES)[number];

const MESHES = fc.record({
  seed: fc.integer({ min: 1, max: 50 }),
  scenario: fc.constantFrom('quiet' as const, 'all_in_turn' as const),
  format: fc.constantFrom('istio-1.3' as const, 'istio-1.9' as const),
  /** Damage of the log of every so manieth pod. */
  damages: fc.array(fc.constantFrom(...DAMAGES), { minLength: 0, maxLength: 3 }),
});

t.test('the sums are those of the lines, for all and for each pod', async (t) => {
  const seen = new Set<string>();
  const property = fc.asyncProperty(MESHES, async ({ damages, ...options }) => {
    const lines = [...simulate({ ...options, lines: LINES, linesPerSecond: 1 }).lines].map(
      ({ line }) => line,
    );
    const analysis = await read(damageLogs(lines, damages), t);
    const coverage = await analysis.coverage(NO_FILTER);
    t.strictSame(await analysis.coverage(parseFilter({}, 0)), coverage, 'however nothing is asked for');
    const connections = await readAll(analysis);
    t.strictSame(countsOf(coverage.pairing), countVerdicts(connections));
    t.strictSame(
      Object.fromEntries(coverage.pairing.reasons.map((r) => [r.reason, r.lines])),
      reasonsOf(connections),
    );
    t.equal(sum(coverage.pairing), coverage.lines.total);
    for (const pod of coverage.pods) {
      const own = connections.filter((one) => one.pod === pod.pod && one.namespace === pod.namespace);
      t.strictSame({ ...countsOf(pod), lines: pod.lines }, { ...countVerdicts(own), lines: own.length });
      for (const remark of remarksOf(pod)) seen.add(remark);
    }
    for (const [name, count] of Object.entries(countsOf(coverage.pairing))) if (count > 0) seen.add(name);
    t.match(await analysis.summary(), {
      joinable: coverage.pairing.joinable,
      pods_only_peers: coverage.peers_total,
      lines: coverage.lines.total + (coverage.notes.find((one) => one.about === 'superseded')?.lines ?? 0),
    });
  });
  await fc.assert(property, { numRuns: RUNS, seed: 11, endOnFailure: true });
  for (const name of ['paired', 'expected_unmatched', 'unexplained', 'pending']) t.ok(seen.has(name), name);
  t.ok(seen.size >= 6, `there were logs with something wrong: ${[...seen].join(', ')}`);
});

function damageLogs(lines: readonly string[], damages: readonly Damage[]): string[] {
  const pods = [...new Set(lines.map(podOf))].sort();
  const damageOf = new Map(damages.map((damage, index) => [pods[(index * 7) % pods.length], damage]));
  return lines.filter((line, index) => {
    const damage = damageOf.get(podOf(line));
    return damage === undefined || isLeft(damage, line, index / lines.length);
  });
}

/** `at`: place of the line among all, 0 to 1. */
function isLeft(damage: Damage, line: string, at: number): boolean {
  switch (damage) {
    case 'unread':
      return false;
    case 'thinned':
      return Math.floor(at * LINES) % 20 === 0;
    case 'cut_short':
      return at < 1 / 3;
    case 'late':
      return at > 1 / 2;
    case 'outbound_only':
      return !line.includes('inbound|');
  }
}

function podOf(line: string): string {
  return line.split(' ', 2).join(' ');
}

async function read(
  lines: readonly string[],
  t: { teardown(work: () => Promise<void>): void },
): Promise<Analysis> {
  const runtime = await openRuntime({ db: null, mode: 'write', now: Date.now });
  t.teardown(() => runtime.close());
  const stream = runtime.newIngest({ format: null, identity: NO_IDENTITY });
  await stream.write(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  await stream.end();
  return runtime.analysis;
}

async function readAll(analysis: Analysis): Promise<readonly Connection[]> {
  const { items, next_cursor } = await analysis.connections(NO_FILTER, {
    limit: PAGE_ITEMS_MAX,
    cursor: null,
  });
  if (next_cursor !== null) throw new Error('BUG: more lines than one page has');
  // Its last line stands for a connection.
  return items.filter(({ pairing }) => pairing.reason !== EXPECTED.superseded);
}

function countsOf({
  paired,
  ambiguous,
  expected_unmatched,
  pending,
  unexplained,
}: VerdictCounts): VerdictCounts {
  return { paired, ambiguous, expected_unmatched, pending, unexplained };
}

function sum(counts: VerdictCounts): number {
  return Object.values(countsOf(counts)).reduce((total: number, count: number) => total + count, 0);
}

function countVerdicts(connections: readonly Connection[]): VerdictCounts {
  const count = (verdict: string) => connections.filter((one) => one.pairing.verdict === verdict).length;
  return {
    paired: count('matched'),
    ambiguous: count('ambiguous'),
    expected_unmatched: count('expected_unmatched'),
    pending: count('pending'),
    unexplained: count('unexplained'),
  };
}

function reasonsOf(connections: readonly Connection[]): Record<string, number> {
  const reasons: Record<string, number> = {};
  for (const { pairing } of connections) {
    if (pairing.verdict !== 'expected_unmatched' || pairing.reason === null) continue;
    reasons[pairing.reason] = (reasons[pairing.reason] ?? 0) + 1;
  }
  return reasons;
}

function remarksOf(pod: CoveragePod): string[] {
  return [
    ...(pod.silent_since === null ? [] : ['silent']),
    ...(pod.gaps.length === 0 ? [] : ['gap']),
    ...(pod.log_filtered ? ['filtered'] : []),
    ...(pod.one_sided === null ? [] : ['one-sided']),
  ];
}
