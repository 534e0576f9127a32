/** Legs that come, grow and go are in order whenever somebody asks. */
import fc from 'fast-check';
import t from 'tap';
import { LegTable } from '../../src/analysis/leg-table.ts';
import { compareLegs } from '../../src/analysis/legs.ts';
import type { LivingLeg } from '../../src/analysis/living-shape.ts';
import { OrderedLegs } from '../../src/analysis/ordered-legs.ts';
import type { Flow } from '../../src/domain/ports.ts';
import { HOUR_MS } from '../../src/domain/time.ts';
import { makeLine, memoryStore } from '../helpers/flows.ts';

const START = Date.UTC(2024, 4, 1, 10);
const SHAPES = 3;
const HOURS = 60;

/** What befalls one leg, by its place among all: it comes (or grows, when it is there), or goes. */
const ACTS = fc.array(
  fc.record({
    leg: fc.nat(SHAPES * HOURS - 1),
    kind: fc.constantFrom('come', 'come', 'come', 'go', 'ask'),
    first: fc.nat(HOUR_MS - 1),
  }),
  { minLength: 100, maxLength: 400, size: 'max' },
);

t.test('in order, after whatever befell them', async (t) => {
  const flows = await flowsOf();
  await fc.assert(
    fc.asyncProperty(ACTS, async (acts) => {
      const table = new LegTable();
      const ordered = new OrderedLegs();
      const inside = new Set<LivingLeg>();
      for (const { leg: place, kind, first } of acts) {
        const flow = flows[place % flows.length];
        if (flow === undefined) throw new Error('no flow');
        if (kind === 'ask') {
          check(ordered, inside);
          continue;
        }
        const [grown] = table.take([{ ...flow, first: flow.hour * HOUR_MS + first }]);
        if (grown === undefined) throw new Error('no leg');
        const { leg } = grown;
        if (kind === 'come' && inside.has(leg)) ordered.touch(leg);
        else if (kind === 'come') ordered.add(leg);
        else if (inside.has(leg)) ordered.remove(leg);
        else continue;
        if (kind === 'come') inside.add(leg);
        else inside.delete(leg);
      }
      check(ordered, inside);
    }),
    { seed: Number(process.env.SEED ?? 7), numRuns: process.env.LONG_TESTS === undefined ? 100 : 5_000 },
  );
  t.pass('held');
});

function check(ordered: OrderedLegs, inside: ReadonlySet<LivingLeg>): void {
  const expected = [...inside].sort(compareLegs);
  const found = ordered.list();
  if (found.length !== expected.length || found.some((leg, i) => leg !== expected[i]))
    throw new Error(`${found.length} legs are not the ${expected.length} that there are, in order`);
}

/** One flow of each shape in each hour. */
async function flowsOf(): Promise<readonly Flow[]> {
  const lines = Array.from({ length: SHAPES * HOURS }, (_, i) =>
    makeLine({
      start_time: START + Math.floor(i / SHAPES) * HOUR_MS,
      pod: `pod-${i % SHAPES}`,
      upstream_cluster: 'PassthroughCluster',
      downstream_local_address: '10.0.0.1:80',
    }),
  );
  const store = memoryStore(lines);
  const flows = await store.flows({ since: null, until: null });
  await store.close();
  return flows;
}
