/** The evidence of an incident tells the same incident again: from its document alone, over simulated meshes. */
import fc from 'fast-check';
import t from 'tap';
import { FORMATS, type Scenario } from '../../../bench/simulator/options.ts';
import { simulate } from '../../../bench/simulator/simulate.ts';
import { collectLines } from '../../../src/analysis/evidence/collect.ts';
import { evidenceLines } from '../../../src/cli/evidence-file.ts';
import { openRuntime } from '../../../src/compose/local.ts';
import type { LocalRuntime } from '../../../src/compose/runtime.ts';
import { NO_IDENTITY } from '../../../src/domain/entry.ts';
import { differencesOf, type Evidence } from '../../../src/domain/evidence.ts';
import { NO_FILTER } from '../../../src/domain/filter.ts';
import type { IngestTally } from '../../../src/domain/resources.ts';
import { evidencePieces } from '../../../src/output/evidence.ts';
import { INCIDENT_TEXT } from '../../helpers/incident-lines.ts';

const RUNS = process.env.LONG_TESTS === undefined ? 6 : 100;
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
const PAGE = { limit: 1_000, cursor: null };

type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

async function withLines<T>(
  chunks: Chunks,
  work: (runtime: LocalRuntime, tally: IngestTally) => Promise<T>,
): Promise<T> {
  const runtime = await openRuntime({ db: null, mode: 'write', now: () => 0 });
  const ingest = runtime.newIngest({ format: null, identity: NO_IDENTITY });
  for await (const chunk of chunks) await ingest.write(chunk);
  const tally = await ingest.end();
  try {
    return await work(runtime, tally);
  } finally {
    await runtime.close();
  }
}

async function* bytesOf(evidence: Evidence): AsyncGenerator<Uint8Array> {
  for (const piece of evidencePieces(evidence)) yield Buffer.from(piece);
}

/** Reads a document back and tells what it tells otherwise. */
async function readBack(
  t: Pick<typeof import('tap').t, 'match' | 'strictSame'>,
  evidence: Evidence,
): Promise<readonly string[]> {
  const lines = evidenceLines('evidence.json', bytesOf(evidence), () => {});
  return withLines(lines, async ({ analysis, store }, tally) => {
    t.match(tally, { accepted: evidence.lines.length, duplicates: 0, rejected: 0, skipped: 0 });
    const identities = await Promise.all(
      evidence.lines.map(async ({ id }) => (await store.line(id))?.identity),
    );
    t.strictSame(
      identities,
      evidence.lines.map(({ pod, namespace, container, node }) => ({ pod, namespace, container, node })),
    );
    const ends = await Promise.all(evidence.pairs.map(async ({ id }) => (await store.pair(id))?.inbound.id));
    t.strictSame(
      ends,
      evidence.pairs.map(({ inbound }) => inbound),
    );
    return differencesOf(evidence.incident, await analysis.incident(evidence.incident.id), 'these lines');
  });
}

t.test('every incident of a mesh is told again by its evidence, with the same lines and pairs', async (t) => {
  let incidents = 0;
  const meshes = fc.record({
    scenario: fc.constantFrom(...SCENARIOS),
    seed: fc.integer({ min: 1, max: 1_000 }),
    format: fc.constantFrom(...FORMATS),
    envelope: fc.constantFrom('stern' as const, 'stern-json' as const),
    linesPerSecond: fc.constantFrom(0.1, 1),
  });
  await fc.assert(
    fc.asyncProperty(meshes, async (mesh) => {
      const text = [...simulate({ ...mesh, lines: 1_000 }).lines].map(({ line }) => `${line}\n`).join('');
      await withLines([Buffer.from(text)], async ({ analysis }) => {
        for (const incident of (await analysis.incidents(NO_FILTER, PAGE)).items) {
          const evidence = await analysis.evidence(incident.id);
          if (evidence === null) throw new Error(`no evidence of ${incident.id}`);
          incidents++;
          t.strictSame(evidence.incident, incident);
          t.ok(evidence.complete, `complete: ${evidence.differences.join('; ')}`);
          t.ok(
            evidence.lines.some(({ role }) => role === 'affected'),
            incident.diagnosis,
          );
          t.strictSame(await readBack(t, evidence), [], `${incident.diagnosis} in ${JSON.stringify(mesh)}`);
        }
      });
    }),
    { numRuns: RUNS, seed: 7 },
  );
  t.ok(incidents > RUNS, 'there were incidents');
});

t.test('has the lines of both sides, the pairs, and connections over time', async (t) => {
  await withLines([Buffer.from(INCIDENT_TEXT)], async ({ analysis }) => {
    const [incident] = (await analysis.incidents(NO_FILTER, PAGE)).items;
    const evidence = await analysis.evidence(incident?.id ?? '');
    t.strictSame(
      evidence?.lines.map(({ role, direction, state }) => [role, direction, state]),
      [
        ['before', 'outbound', 'service'],
        ['before', 'inbound', null],
        ['before', 'outbound', 'passthrough'],
        ['before', 'inbound', null],
        ['affected', 'outbound', 'captured'],
        ['affected', 'outbound', 'captured'],
      ],
    );
    t.equal(evidence?.pairs.length, 2);
    t.strictSame(evidence?.timeline, {
      step_ms: 60_000,
      series: [
        {
          labels: { direction: 'inbound', state: null },
          points: [
            ['2024-03-05T09:10:00.000Z', 1, 0],
            ['2024-03-05T09:12:00.000Z', 1, 0],
          ],
        },
        {
          labels: { direction: 'outbound', state: 'captured' },
          points: [['2024-03-05T09:20:00.000Z', 2, 2]],
        },
        {
          labels: { direction: 'outbound', state: 'passthrough' },
          points: [['2024-03-05T09:12:00.000Z', 1, 0]],
        },
        {
          labels: { direction: 'outbound', state: 'service' },
          points: [['2024-03-05T09:10:00.000Z', 1, 0]],
        },
      ],
    });
    t.equal(await analysis.evidence('none'), null);
  });
});

t.test('lines beyond the bounds are left out, those nearest to the onset stay', async (t) => {
  const at = (index: number) => new Date(Date.UTC(2024, 2, 5) + 1_000 * index).toISOString();
  const lines = Array.from(
    { length: 100 },
    (_, index) =>
      `web-0 istio-proxy [${at(index)}] "- - -" 0 - - - "-" 1 2 3 - "-" "-" "-" "-" "10.0.0.1:80" PassthroughCluster 10.0.0.2:${10_000 + index} 10.0.0.1:80 10.0.0.2:${40_000 + index} - -\n`,
  );
  await withLines([Buffer.from(lines.join(''))], async ({ store }) => {
    const shapes = new Set((await store.flows({ since: null, until: null })).map(({ shape }) => shape.id));
    const onset = Date.UTC(2024, 2, 5) + 30_000;
    const render = () => 'x'.repeat(100);
    const rows: [limits: { lines: number; bytes: number }, first: number, last: number, isCut: boolean][] = [
      [{ lines: 20, bytes: 1e6 }, 20, 39, true],
      [{ lines: 80, bytes: 1e6 }, 0, 79, true],
      [{ lines: 99, bytes: 1e6 }, 0, 98, true],
      [{ lines: 100, bytes: 1e6 }, 0, 99, false],
      [{ lines: 100, bytes: 1_000 }, 25, 34, true],
    ];
    for (const [limits, first, last, isCut] of rows) {
      const found = await collectLines([shapes], onset, { reader: store, render }, limits);
      const starts = found.lines.map(({ stored }) => stored.entry.start_time);
      t.strictSame(
        [starts.length, starts[0], starts.at(-1), found.isCut],
        [last - first + 1, onset + 1_000 * (first - 30), onset + 1_000 * (last - 30), isCut],
        JSON.stringify(limits),
      );
    }
  });
});
