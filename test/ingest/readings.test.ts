/** The same lines, read once without their namespace and once with it: each counts once, and nothing else changes. */
import fc from 'fast-check';
import t from 'tap';
import { openRuntime } from '../../src/compose/local.ts';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import { NO_FILTER } from '../../src/domain/filter.ts';
import { INCIDENT_LINES } from '../helpers/incident-lines.ts';

const PAGE = { limit: 1_000, cursor: null };
/** As `stern -n shop` prints them, and as `stern -A` does. */
const BARE = INCIDENT_LINES;
const NAMED = INCIDENT_LINES.map((line) => `shop ${line}`);

interface Read {
  readonly accepted: number;
  readonly duplicates: number;
  /** All answers, as JSON. */
  readonly answers: string;
}

/** Reads batches one after the other, asking between them as a page that is open would. */
async function readAll(batches: ReadonlyArray<readonly string[]>): Promise<Read> {
  const runtime = await openRuntime({ db: null, mode: 'write', now: () => Date.UTC(2024, 2, 6) });
  const { analysis } = runtime;
  let [accepted, duplicates] = [0, 0];
  for (const lines of batches) {
    const ingest = runtime.newIngest({ format: null, identity: NO_IDENTITY });
    await ingest.write(Buffer.from(lines.map((line) => `${line}\n`).join('')));
    const tally = await ingest.end();
    accepted += tally.accepted;
    duplicates += tally.duplicates;
    await analysis.incidents(NO_FILTER, PAGE);
  }
  const answers = JSON.stringify([
    await analysis.incidents(NO_FILTER, PAGE),
    await analysis.shifts(NO_FILTER, PAGE),
    await analysis.routes(NO_FILTER, PAGE),
    await analysis.pairs(NO_FILTER, PAGE),
    await analysis.connections(NO_FILTER, PAGE),
    await analysis.summary(),
  ]);
  await runtime.close();
  return { accepted, duplicates, answers };
}

t.test('whichever reading comes first, the answers are those of the one that knew more', async (t) => {
  const expected = await readAll([NAMED]);
  t.match(expected, { accepted: 6, answers: /"namespace":"shop"/ });
  t.match(expected.answers, /catch_all_capture/, 'there is something to tell');
  const orders = fc.shuffledSubarray([...BARE, ...NAMED], { minLength: BARE.length + NAMED.length });
  await fc.assert(
    fc.asyncProperty(orders, fc.integer({ min: 0, max: BARE.length * 2 }), async (order, cut) => {
      const read = await readAll([order.slice(0, cut), order.slice(cut)]);
      t.strictSame([read.accepted, read.duplicates], [6, 6]);
      return read.answers === expected.answers;
    }),
    { numRuns: 40 },
  );
});

t.test(
  'a refused line has its pod, also in a stream whose other lines were like those of another',
  async (t) => {
    const runtime = await openRuntime({ db: null, mode: 'write', now: () => Date.UTC(2024, 2, 6) });
    t.teardown(() => runtime.close());
    const [first = '', second = ''] = INCIDENT_LINES;
    const pod = (line: string): string => line.slice(0, line.indexOf(' '));
    for (let stream = 0; stream < 3; stream++) {
      const ingest = runtime.newIngest({ format: null, identity: NO_IDENTITY });
      const lines = [first, second, first, `${pod(first)} istio-proxy nothing that is known`];
      await ingest.write(Buffer.from(lines.map((line) => `${line}\n`).join('')));
      t.match(await ingest.end(), { received: 4, rejected: 1 });
    }
    const { rejects } = await runtime.analysis.summary();
    t.match(rejects, [{ pod: pod(first), lines: 3 }]);
    t.equal(rejects.length, 1);
  },
);
