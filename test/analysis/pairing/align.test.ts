import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { alignEnds } from '../../../src/analysis/pairing/align.ts';
import { SURE } from '../../../src/analysis/pairing/score.ts';
import type { Alignment, ConnectionEnd } from '../../../src/domain/ports.ts';
import { newWindowCode } from '../../../src/store/sqlite/pairing/window-memory.ts';

const CACHE = 'outbound|5701||cache.shop.svc.cluster.local';
const CACHE_SNI = 'outbound_.5701_._.cache.shop.svc.cluster.local';
const START = Date.UTC(2024, 2, 5, 14, 26, 27, 81);

let ties = 0;
/** A client's end; times in ms after START. */
function client(start: number, life: number, more: Partial<ConnectionEnd> = {}): ConnectionEnd {
  return {
    start: START + start,
    end: START + start + life,
    bytes_received: 6,
    bytes_sent: 0,
    upstream_cluster: CACHE,
    requested_server_name: null,
    client_ip: null,
    server_ip: null,
    unordered: false,
    tie: ties++,
    ...more,
  };
}

function server(start: number, life: number, more: Partial<ConnectionEnd> = {}): ConnectionEnd {
  return client(start, life, {
    upstream_cluster: 'inbound|5701||',
    requested_server_name: CACHE_SNI,
    ...more,
  });
}

const plain = { upstream_cluster: 'PassthroughCluster' };
const noSni = { requested_server_name: null };
const links = ({ links }: Alignment) => links.map(({ outbound, inbound }) => [outbound, inbound]);
const isClear = ({ ambiguousOutbound, ambiguousInbound }: Alignment) =>
  ambiguousOutbound.length + ambiguousInbound.length === 0;

t.test('pairs ends whose starts are 0, 2 and 1003 ms apart', async (t) => {
  const rows: [out: ConnectionEnd, into: ConnectionEnd, score: number][] = [
    [client(0, 506), server(0, 506), 10],
    [client(0, 521), server(2, 519), 10],
    // A proxy that waited a second for the first bytes before it began to count; the ends are 8 ms apart.
    [client(0, 2_108, plain), server(1_003, 1_113, noSni), 5 + 2 * Math.exp(-8 / 50) + 1 + 1],
  ];
  for (const [out, into, score] of rows) {
    const alignment = alignEnds([out], [into]);
    t.same(links(alignment), [[0, 0]]);
    t.ok(Math.abs((alignment.links[0]?.score ?? 0) - score) < 1e-9, `${alignment.links[0]?.score}`);
    t.ok(isClear(alignment));
  }
});

t.test('the three of them on one key are told apart', async (t) => {
  const outs = [client(0, 506), client(60_000, 521), client(120_000, 2_108, plain)];
  const ins = [server(121_003, 1_113, noSni), server(0, 506), server(60_002, 519)];
  const alignment = alignEnds(outs, ins);
  t.same(
    links(alignment).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
    [
      [0, 1],
      [1, 2],
      [2, 0],
    ],
  );
  t.ok(isClear(alignment));
});

t.test('a crash leaves one end open for long: a single candidate is a pair all the same', async (t) => {
  const alignment = alignEnds([client(0, 7_200_000)], [server(2, 1_500, { bytes_received: 5 })]);
  t.same(links(alignment), [[0, 0]]);
  t.ok((alignment.links[0]?.score ?? 9) < 6.6, 'that the ends do not agree shows in the score');
});

t.test('ends that never lived at the same time are no pair', async (t) => {
  for (const into of [server(100_000, 500), server(-100_000, 500), server(5_501, 10), server(-5_002, 1)]) {
    const alignment = alignEnds([client(0, 500)], [into]);
    t.same(links(alignment), []);
    t.ok(isClear(alignment));
  }
});

t.test('skewed clocks are forgiven up to five seconds', async (t) => {
  t.same(links(alignEnds([client(0, 500)], [server(5_500, 500)])), [[0, 0]]);
  t.same(links(alignEnds([client(0, 500)], [server(-5_500, 500)])), [[0, 0]]);
});

t.test('an end without the other is no pair and no guess', async (t) => {
  for (const [outs, ins] of [
    [[client(0, 500), client(60_000, 500)], []],
    [[], [server(0, 500), server(60_000, 500)]],
    [[], []],
    [[client(0, 500)], []],
  ] as const) {
    const alignment = alignEnds(outs, ins);
    t.same(links(alignment), []);
    t.ok(isClear(alignment));
  }
});

t.test('each use of a port is paired with its own other end', async (t) => {
  const uses = Array.from({ length: 40 }, (_, i) => i);
  const outs = uses.map((i) => client(i * 1_500, 400 + i));
  const ins = uses.map((i) => server(i * 1_500 + 3, 397 + i));
  const alignment = alignEnds(outs, ins);
  t.same(links(alignment).length, 40);
  t.ok(links(alignment).every(([o, i]) => o === i));
  t.ok(isClear(alignment));
});

t.test('lost lines do not shift the others to the wrong partner', async (t) => {
  const uses = Array.from({ length: 60 }, (_, i) => i);
  const outs = uses.filter((i) => i % 7 !== 0);
  const ins = uses.filter((i) => i % 5 !== 0);
  const alignment = alignEnds(
    outs.map((i) => client(i * 8_000, 900, { bytes_received: i })),
    ins.map((i) => server(i * 8_000 + 2, 897, { bytes_received: i })),
  );
  const both = uses.filter((i) => i % 7 !== 0 && i % 5 !== 0);
  t.same(
    links(alignment)
      .map(([o = -1, i = -1]) => [outs[o], ins[i]])
      .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
    both.map((i) => [i, i]),
  );
  t.ok(isClear(alignment));
});

t.test('two that fit equally well are a guess, and none is taken', async (t) => {
  const two = alignEnds([client(0, 500)], [server(1, 499), server(2, 498)]);
  t.same([...two.ambiguousOutbound], [0]);
  t.same([...two.ambiguousInbound].sort(), [0, 1]);
  t.same(two.links, []);
});

t.test('a rival that fits worse by a point is none', async (t) => {
  const worse = alignEnds([client(0, 500)], [server(2, 498), server(3, 497, { bytes_received: 99 })]);
  t.same(links(worse), [[0, 0]]);
  t.ok(isClear(worse));
});

t.test('a guess does not spread to a pair beside it', async (t) => {
  const outs = [client(0, 500), client(60_000, 500)];
  const ins = [server(1, 499), server(2, 498), server(60_002, 498)];
  const alignment = alignEnds(outs, ins);
  t.same(links(alignment), [[1, 2]]);
  t.same([...alignment.ambiguousOutbound], [0]);
  t.same([...alignment.ambiguousInbound].sort(), [0, 1]);
});

t.test('an SNI that names another service loses to one that agrees', async (t) => {
  const other = { requested_server_name: CACHE_SNI.replace('cache', 'queue') };
  const alignment = alignEnds([client(0, 500)], [server(1, 499, other), server(2, 498)]);
  t.same(links(alignment), [[0, 1]]);
  t.ok(isClear(alignment));
});

t.test('an SNI that names another service, with little else that fits, is no pair', async (t) => {
  const other = { requested_server_name: CACHE_SNI.replace('cache', 'queue'), bytes_received: 99 };
  t.same(links(alignEnds([client(0, 500)], [server(900, 3_000, other)])), []);
  t.same(links(alignEnds([client(0, 500, plain)], [server(900, 3_000, { bytes_received: 99 })])), []);
});

t.test('lives that never met, with other bytes, are no pair even without a rival', async (t) => {
  // Two uses of one port seconds apart, each of which has lost its own other end.
  const later = server(4_000, 500, { bytes_received: 99, ...noSni });
  t.same(links(alignEnds([client(0, 500)], [later])), []);
  t.same(links(alignEnds([client(0, 4_100)], [later])), [[0, 0]], 'they met');
});

t.test('with rivals about, equal bytes are not enough', async (t) => {
  // The start misfits: less than the threshold, though the lives touch within the tolerance.
  const far = server(4_000, 500, noSni);
  t.same(links(alignEnds([client(0, 500)], [far])), [[0, 0]], 'alone it is a pair: the clocks may be apart');
  const alignment = alignEnds([client(0, 500)], [far, server(2, 498)]);
  t.same(links(alignment), [[0, 1]]);
  t.ok(isClear(alignment));
});

t.test('of periodic lines the last one stands for the connection', async (t) => {
  const outs = [client(0, 0), client(0, 60_000), client(0, 120_000), client(0, 121_000)];
  const ins = [server(2, 120_998), server(2, 59_998), server(2, 0)];
  const alignment = alignEnds(outs, ins);
  t.same(links(alignment), [[3, 0]]);
  t.ok(isClear(alignment));
});

t.test('lines without a duration are paired by their starts', async (t) => {
  const alignment = alignEnds([client(0, 0), client(30_000, 0)], [server(30_002, 0), server(2, 0)]);
  t.same(
    links(alignment).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
    [
      [0, 1],
      [1, 0],
    ],
  );
});

t.test('more ends than can be told apart are all called ambiguous', async (t) => {
  const many = (n: number) => Array.from({ length: n }, (_, i) => i);
  const outs = many(65).map((i) => client(i * 10, 500));
  const ins = many(65).map((i) => server(i * 10 + 2, 498));
  const alignment = alignEnds(outs, ins);
  t.same(alignment.links, []);
  t.equal(alignment.ambiguousOutbound.length, 65);
  t.equal(alignment.ambiguousInbound.length, 65);
  const apart = alignEnds(
    many(64).map((i) => client(i * 20_000, 500)),
    many(64).map((i) => server(i * 20_000 + 2, 498)),
  );
  t.equal(apart.links.length, 64, 'as many as can be told apart are');
});

/** Few and close starts, so that ends compete, repeat, and miss their others. */
const anyEnd = (make: typeof client) =>
  fc
    .tuple(
      fc.nat({ max: 12 }).map((n) => n * 700),
      fc.constantFrom(0, 100, 500, 3_000, 20_000),
      fc.nat({ max: 2 }),
      fc.constantFrom(CACHE_SNI, CACHE_SNI.replace('cache', 'queue'), null),
      fc.constantFrom(CACHE, 'PassthroughCluster'),
    )
    .map(([start, life, bytes, sni, cluster]) =>
      make(start, life, { bytes_received: bytes, requested_server_name: sni, upstream_cluster: cluster }),
    );
const ends = fc.tuple(fc.array(anyEnd(client), { maxLength: 8 }), fc.array(anyEnd(server), { maxLength: 8 }));

/** An alignment told by the ties of its ends, in a fixed order. */
function told(outs: readonly ConnectionEnd[], ins: readonly ConnectionEnd[]): string {
  const { links, ambiguousOutbound, ambiguousInbound } = alignEnds(outs, ins);
  const out = (index: number) => outs[index]?.tie ?? -1;
  const into = (index: number) => ins[index]?.tie ?? -1;
  return JSON.stringify([
    links
      .map((link) => [out(link.outbound), into(link.inbound), link.score])
      .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
    ambiguousOutbound.map(out).sort((a, b) => a - b),
    ambiguousInbound.map(into).sort((a, b) => a - b),
  ]);
}

t.test('the order in which ends are given does not matter', async (t) => {
  const mixed = ends.chain(([outs, ins]) =>
    fc.record({
      outs: fc.constant(outs),
      ins: fc.constant(ins),
      mixedOuts: fc.shuffledSubarray(outs, { minLength: outs.length }),
      mixedIns: fc.shuffledSubarray(ins, { minLength: ins.length }),
    }),
  );
  fc.assert(
    fc.property(mixed, ({ outs, ins, mixedOuts, mixedIns }) => told(outs, ins) === told(mixedOuts, mixedIns)),
    { numRuns: 1_000 },
  );
  t.pass('held');
});

t.test('no end is paired twice, and none is both paired and ambiguous; pairs do not cross', async (t) => {
  fc.assert(
    fc.property(ends, ([outs, ins]) => {
      const { links, ambiguousOutbound, ambiguousInbound } = alignEnds(outs, ins);
      const usedOut = [...links.map((link) => link.outbound), ...ambiguousOutbound];
      const usedIn = [...links.map((link) => link.inbound), ...ambiguousInbound];
      const inOrder = [...links].sort(
        (a, b) => (outs[a.outbound]?.start ?? 0) - (outs[b.outbound]?.start ?? 0),
      );
      return (
        new Set(usedOut).size === usedOut.length &&
        new Set(usedIn).size === usedIn.length &&
        inOrder.every((link, at) => {
          const before = inOrder[at - 1];
          return before === undefined || (ins[before.inbound]?.start ?? 0) < (ins[link.inbound]?.start ?? 0);
        })
      );
    }),
    { numRuns: 1_000 },
  );
  t.pass('held');
});

t.test('what is surely one connection by its numbers is linked, whatever else it says', async (t) => {
  const counted = fc.option(fc.nat({ max: 1 }));
  const says = {
    bytes_received: counted,
    bytes_sent: counted,
    upstream_cluster: fc.constantFrom(
      CACHE,
      'PassthroughCluster',
      null,
      'outbound|80||web.shop.svc.cluster.local',
    ),
    requested_server_name: fc.constantFrom(
      CACHE_SNI,
      null,
      'example.org',
      'outbound_.80_._.web.shop.svc.cluster.local',
    ),
    client_ip: fc.constantFrom('10.0.0.1', '10.9.0.1', null),
    server_ip: fc.constantFrom('10.0.0.2', '10.96.0.1', null),
    unordered: fc.boolean(),
  };
  const life = fc.oneof(fc.nat({ max: 400 }), fc.nat({ max: 20_000 }));
  const gap = fc.oneof(fc.integer({ min: -60, max: 60 }), fc.integer({ min: -20_000, max: 20_000 }));
  // As the store has it, in WebAssembly.
  const code = newWindowCode();
  code.setLimits(0, SURE.clockMs, SURE.noBytesMs, SURE.unknownBytesMs, SURE.otherBytesMs);
  const sure = (a: ConnectionEnd, b: ConnectionEnd) =>
    code.surely(
      a.start,
      a.end,
      b.start,
      b.end,
      a.bytes_received ?? -1,
      a.bytes_sent ?? -1,
      b.bytes_received ?? -1,
      b.bytes_sent ?? -1,
    ) === 1;
  let count = 0;
  fc.assert(
    fc.property(
      fc.record(says),
      fc.record(says),
      life,
      fc.integer({ min: -400, max: 20_400 }),
      gap,
      (out, into, length, startGap, endGap) => {
        const a = client(0, length, out);
        const b = { ...server(0, 0, into), start: a.start + startGap, end: a.end + endGap };
        if (b.end < b.start || !sure(a, b)) return true;
        count++;
        return isDeepStrictEqual(links(alignEnds([a], [b])), [[0, 0]]);
      },
    ),
    { numRuns: 20_000 },
  );
  // About one in ten is, whatever the seed.
  t.ok(count > 1_000, `${count} were sure`);
  const [bytes, other] = [{ bytes_received: 7 }, { bytes_received: 8 }];
  t.ok(sure(client(0, 5_000, bytes), server(0, 100, bytes)), 'the same bytes');
  t.ok(sure(client(0, 100, bytes), server(0, 114, other)), 'an end that is near');
  t.notOk(sure(client(0, 100, bytes), server(0, 115, other)), 'other bytes, and an end that is farther away');
  t.notOk(sure(client(0, 100, bytes), server(-251, 351, bytes)), 'a server that began before its client');
});
