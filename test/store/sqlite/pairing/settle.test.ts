/** Ends that WebAssembly settles by their numbers are settled as the rules have it, which look at everything. */
import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import { alignEnds } from '../../../../src/analysis/pairing/align.ts';
import { pairingRules } from '../../../../src/analysis/pairing/rules.ts';
import type { ParsedLine } from '../../../../src/domain/entry.ts';
import { columnsOf } from '../../../../src/domain/line-columns.ts';
import type { ConnectionEnd } from '../../../../src/domain/ports.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite-store.ts';
import { makeLine, makePair } from '../../../helpers/lines.ts';

const START = Date.UTC(2024, 2, 5, 10);
/** See `pair-batch.ts`. */
const REACH_MS = 5_000;

interface End extends ConnectionEnd {
  readonly isClient: boolean;
  readonly port: number;
}

/** Few ports over some minutes: most connections are alone with each other, some meet others of their port. */
const connection = fc.record({
  start: fc.integer({ min: 0, max: 400_000 }).map((n) => START + n),
  duration: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 20_000 })),
  port: fc.nat({ max: 5 }).map((n) => 40_000 + 2 * n),
  gap: fc.oneof(fc.integer({ min: -50, max: 1_100 }), fc.integer({ min: -6_000, max: 6_000 })),
  bytes: fc.nat({ max: 2 }),
  /** Which line was lost; most connections have no such line. */
  lost: fc.nat({ max: 7 }),
  /** What the server's line says otherwise. */
  endGap: fc.constantFrom(0, 0, 0, 14, 15, 34, 49, 50, 400, 6_000),
  otherBytes: fc.constantFrom(0, 0, 0, 1),
  tellsBytes: fc.constantFrom(true, true, true, false),
  sni: fc.constantFrom(undefined, undefined, undefined, null, 'outbound_.80_._.other.shop.svc.cluster.local'),
});
type Connection = typeof connection extends fc.Arbitrary<infer T> ? T : never;

function linesOf(connections: readonly Connection[]): ParsedLine[] {
  return connections.flatMap(({ lost, endGap, otherBytes, tellsBytes, sni, ...trip }) => {
    const [outbound, inbound] = makePair(trip);
    const { duration, bytes_received, requested_server_name } = inbound.entry;
    const entry = {
      ...inbound.entry,
      duration: (duration ?? 0) + endGap,
      bytes_received: tellsBytes ? (bytes_received ?? 0) + otherBytes : null,
      requested_server_name: sni === undefined ? requested_server_name : sni,
    };
    return [outbound, makeLine('db-0', entry)].filter((_, index) => index !== lost);
  });
}

function endOf({ entry }: Pick<ParsedLine, 'entry'>): End {
  const isClient = entry.upstream_cluster?.startsWith('outbound|') === true;
  const address = isClient ? entry.upstream_local_address : entry.downstream_remote_address;
  return {
    ...{ start: entry.start_time, end: entry.start_time + (entry.duration ?? 0) },
    ...{ bytes_received: entry.bytes_received, bytes_sent: entry.bytes_sent },
    ...{ upstream_cluster: entry.upstream_cluster, requested_server_name: entry.requested_server_name },
    ...{ client_ip: null, server_ip: null, unordered: false, tie: 0 },
    ...{ isClient, port: Number(address?.split(':')[1]) },
  };
}

const nameOf = ({ port, start, isClient }: End): string => `${port} ${start - START} ${isClient}`;

/** What the rules say of all ends at once: of those of each port that hang together in time. */
function expectedPairs(ends: readonly End[]): string[] {
  const pairs: string[] = [];
  const sorted = [...ends].sort((a, b) => a.port - b.port || a.start - b.start);
  let group: End[] = [];
  let until = Number.NEGATIVE_INFINITY;
  const close = () => {
    const clients = group.filter((end) => end.isClient);
    const servers = group.filter((end) => !end.isClient);
    for (const link of alignEnds(clients, servers).links) {
      const [client, server] = [clients[link.outbound], servers[link.inbound]];
      if (client !== undefined && server !== undefined) pairs.push(`${nameOf(client)} ${nameOf(server)}`);
    }
    group = [];
    until = Number.NEGATIVE_INFINITY;
  };
  for (const end of sorted) {
    if (group[0] !== undefined && (group[0].port !== end.port || end.start > until + REACH_MS)) close();
    group.push(end);
    until = Math.max(until, end.end);
  }
  close();
  return pairs.sort();
}

async function storedPairs(lines: readonly ParsedLine[], size: number): Promise<string[]> {
  const store = openSqliteStore({ path: null, mode: 'write', rules: pairingRules });
  for (let at = 0; at < lines.length; at += size)
    await store.append(columnsOf(lines.slice(at, at + size)), []);
  const query = {
    since: null,
    until: null,
    shapes: null,
    order: 'oldest',
    after: null,
    limit: 10_000,
  } as const;
  const pairs = await store.pairs(query);
  await store.close();
  return pairs
    .filter(({ kind }) => kind === 'full')
    .map(({ outbound, inbound }) => `${nameOf(endOf(outbound))} ${nameOf(endOf(inbound))}`)
    .sort();
}

/** Two lines of one end with one start are one connection, of which one line was early: another matter. */
function areApart(ends: readonly End[]): boolean {
  return new Set(ends.map(nameOf)).size === ends.length;
}

t.test('pairs are those that the rules give for all ends at once, in any order and any split', async (t) => {
  let pairs = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(connection, { minLength: 1, maxLength: 60, size: 'max' }).chain((connections) => {
        const lines = linesOf(connections);
        const mixed = fc.shuffledSubarray(lines, { minLength: lines.length, maxLength: lines.length });
        return fc.tuple(fc.oneof(fc.constant(lines), mixed), fc.integer({ min: 1, max: 200 }));
      }),
      async ([lines, size]) => {
        const ends = lines.map(endOf);
        fc.pre(areApart(ends));
        const expected = expectedPairs(ends);
        pairs += expected.length;
        deepStrictEqual(await storedPairs(lines, size), expected);
      },
    ),
    { numRuns: 150 },
  );
  t.ok(pairs > 500, `${pairs} pairs`);
});
