import t from 'tap';
import { pairingRules } from '../../../src/analysis/pairing/rules.ts';
import { parseAddress } from '../../../src/domain/address.ts';
import { columnsOf } from '../../../src/domain/line-columns.ts';
import type { LineQuery, StoredLine, StoredPair } from '../../../src/domain/ports.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { makePair } from '../../helpers/lines.ts';
import { makeTrip, WAYS } from '../../helpers/ways.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2024, 2, 5, 10);
const ALL: LineQuery = {
  since: null,
  until: null,
  shapes: null,
  order: 'oldest',
  after: null,
  limit: 100_000,
};
const open = () => openSqliteStore({ path: null, mode: 'write', rules: pairingRules });

t.test('the lines and pairs of a client are found among many, however they came', async (t) => {
  const store = open();
  t.teardown(() => store.close());
  // Ports come again after a while, and both ends start in different seconds now and then.
  const trips = Array.from({ length: 2_400 }, (_, again) =>
    WAYS.flatMap((way, index) =>
      makeTrip({
        way,
        start: START + again * 4_000 + index * 163,
        duration: 1_500 + 7 * (again % 400),
        port: 20_000 + ((3 * again) % 1_500) + 10 * index,
        gap: 2 + ((37 * again) % 1_400),
        bytes: 1 + again,
      }),
    ),
  ).flat();
  const [most, late] = [trips.filter((_, i) => i % 9 !== 4), trips.filter((_, i) => i % 9 === 4)];
  await store.append(columnsOf(most), []);
  for (let from = 0; from < late.length; from += 500)
    await store.append(columnsOf(late.slice(from, from + 500)), []);
  const lines = await store.lines(ALL);
  const pairs = await store.pairs(ALL);
  t.ok(lines.length > 25_000 && pairs.length > 10_000, `${lines.length} lines, ${pairs.length} pairs`);
  const isOf = (ip: string, port: number) => (line: StoredLine) => {
    const address = parseAddress(line.entry.downstream_remote_address ?? '');
    return address?.ip === ip && address.port === port;
  };
  const asked = lines
    .filter((_, i) => i % 401 === 0)
    .flatMap(({ entry }) => parseAddress(entry.downstream_remote_address ?? '') ?? []);
  let kinds = new Set<string>();
  for (const { ip, port } of asked) {
    const hint = { alone: false, clients: [{ ip, port }] };
    const fits = isOf(ip, port);
    const found = (await store.lines({ ...ALL, hint })).filter(fits);
    const expected = lines.filter(fits);
    if (found.length !== expected.length) t.fail(`lines of ${ip}:${port}`);
    const isPair = ({ outbound, inbound }: StoredPair) => fits(outbound) || fits(inbound);
    const got = (await store.pairs({ ...ALL, order: 'newest', hint })).filter(isPair);
    const wanted = pairs.filter(isPair).reverse();
    t.same(
      got.map(({ outbound }) => outbound.id),
      wanted.map(({ outbound }) => outbound.id),
      `pairs of ${ip}:${port}`,
    );
    kinds = new Set([...kinds, ...wanted.map(({ kind }) => kind)]);
  }
  t.ok(asked.length > 50 && kinds.size > 3, [...kinds].join());
});

t.test('a pair is found by its server whose line began in the next hour', async (t) => {
  const store = open();
  t.teardown(() => store.close());
  const edge = START + HOUR;
  const trips = [
    ...makePair({ start: edge - 1, gap: 3, port: 40_000, server: 'db-1' }),
    ...makePair({ start: edge - 60_000, port: 40_002, server: 'db-2' }),
    ...makePair({ start: edge + 60_000, port: 40_004, server: 'db-2' }),
  ];
  await store.append(columnsOf(trips), []);
  const server = (await store.lines(ALL)).find(({ identity }) => identity.pod === 'db-1');
  const shapes = new Set([server?.shapeId ?? 0]);
  for (const order of ['newest', 'oldest'] as const)
    t.same(
      (await store.pairs({ ...ALL, shapes, order })).map(({ inbound }) => inbound.id),
      [server?.id],
      order,
    );
});
