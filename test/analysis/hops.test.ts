import t from 'tap';
import { createAnalysis } from '../../src/analysis/create-analysis.ts';
import { NO_FILTER } from '../../src/domain/filter.ts';
import { memoryStore } from '../helpers/flows.ts';
import { makeTrip } from '../helpers/ways.ts';

const START = Date.UTC(2024, 2, 5, 10);
const PAGE = { limit: 100, cursor: null };
const trip = { start: START, duration: 100, port: 40_000, gap: 2, bytes: 10 } as const;
const analysisOf = (lines: Parameters<typeof memoryStore>[0]) =>
  createAnalysis({ reader: memoryStore(lines), render: () => null, now: () => START });

t.test('a connection tells its whole way, whichever of its lines is asked for', async (t) => {
  const ways = [
    ['sni', ['web-0', 'eastwest-0', 'db-0'], [null, 'sni', 'full']],
    ['gateway', ['web-0', 'egress-0', 'db-0'], [null, 'full', 'full']],
    ['dnat', ['web-0', 'db-0'], [null, 'dnat']],
  ] as const;
  for (const [way, pods, kinds] of ways) {
    const analysis = analysisOf(makeTrip({ ...trip, way }));
    const { items } = await analysis.connections(NO_FILTER, PAGE);
    t.equal(items.length, pods.length);
    for (const item of items) {
      t.equal(item.hops, null, 'lists follow nothing');
      const found = await analysis.connection(item.id);
      t.same(
        found?.hops?.map((hop) => hop.pod),
        pods,
        `${way} by ${item.pod}`,
      );
      t.same(
        found?.hops?.map((hop) => hop.kind),
        kinds,
      );
    }
  }
});

t.test('pairs of one way name each other', async (t) => {
  const { items } = await analysisOf(makeTrip({ ...trip, way: 'gateway' })).pairs(NO_FILTER, PAGE);
  const [first, second] = [...items].reverse();
  t.match(first, { previous_pair_id: null, next_pair_id: second?.id });
  t.match(second, { previous_pair_id: first?.id, next_pair_id: null });
});

t.test('a gateway is the server of its client, whatever became of its own call', async (t) => {
  const [client, gateway] = makeTrip({ ...trip, way: 'gateway' });
  if (client === undefined || gateway === undefined) throw new Error('no trip');
  const analysis = analysisOf([client, gateway]);
  const [pair] = (await analysis.pairs(NO_FILTER, PAGE)).items;
  t.match(pair?.inbound.pairing, { verdict: 'matched', kind: 'full', peer_id: pair?.outbound.id });
  const line = await analysis.connection(pair?.inbound.id ?? '');
  t.match(line?.pairing, { verdict: 'expected_unmatched', peer_id: null }, 'its own call has no partner');
  t.match(line?.hops, [{ pod: 'web-0' }, { pod: 'egress-0', kind: 'full' }]);
});

t.test('what is odd about a pair is said', async (t) => {
  const [outbound, inbound] = makeTrip({ ...trip, way: 'direct', duration: 3_000 });
  if (outbound === undefined || inbound === undefined) throw new Error('no trip');
  const remarksOf = async (fields: Partial<typeof inbound.entry>) => {
    const entry = { ...inbound.entry, ...fields };
    const numbers = { ...inbound.numbers, start_time: entry.start_time, duration: entry.duration ?? -1 };
    const { items } = await analysisOf([outbound, { ...inbound, entry, numbers }]).pairs(NO_FILTER, PAGE);
    return items.map((pair) => [pair.remarks, pair.closed_by]);
  };
  t.same(await remarksOf({}), [[[], 'unknown']]);
  t.same(await remarksOf({ start_time: START + 2_000, duration: 3_000 }), [[['clocks_apart'], 'unknown']]);
  t.same(await remarksOf({ duration: 900_000 }), [[['end_mismatch'], 'network']]);
});
