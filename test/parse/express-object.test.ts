/**
 * Lines that are JSON objects take the express lane, and it gives exactly what the long way gives, or nothing: objects with their
 * keys in any order, typed and all in strings, of connections and of requests, behind a prefix and without one, among lines of
 * text, whole and damaged.
 */
import fc from 'fast-check';
import t from 'tap';
import { FORMATS } from '../../src/parse/compiled-formats.ts';
import { isUnchanged, NO_LANE, optionsOf, readAll, withOneHash } from '../helpers/lane-runs.ts';
import { newLane } from '../helpers/lanes.ts';

const pick = <T>(...values: T[]) => fc.constantFrom(...values);

type Members = Record<string, unknown>;

/** An object of Istio's, with what is given in place of its own. */
function members(more: Members): Members {
  return {
    authority: null,
    bytes_received: 1,
    bytes_sent: 2,
    connection_termination_details: null,
    downstream_local_address: '10.61.0.77:6379',
    downstream_remote_address: '10.60.3.9:50114',
    duration: 3,
    method: null,
    path: null,
    protocol: null,
    request_id: null,
    requested_server_name: null,
    response_code: 0,
    response_flags: '-',
    start_time: '2024-03-05T08:15:42.310Z',
    upstream_cluster: 'outbound|6379||cache.shop.svc.cluster.local',
    upstream_host: '10.60.4.21:6379',
    upstream_local_address: '10.60.3.9:41822',
    upstream_service_time: null,
    ...more,
  };
}

const REQUEST: Members = {
  method: 'GET',
  path: '/cart/7',
  protocol: 'HTTP/1.1',
  request_id: '5e3d-0b61',
  response_code: 200,
  upstream_service_time: '2',
  authority: 'web.shop:80',
};

/** As up to Istio 1.7: everything in quotes, and what is absent a dash. */
function inStrings(all: Members): Members {
  return Object.fromEntries(
    Object.entries(all).map(([key, value]) => [key, value === null ? '-' : `${value}`]),
  );
}

const ORDERS: ReadonlyArray<(keys: string[]) => string[]> = [
  (keys) => keys,
  (keys) => keys.toReversed(),
  (keys) => [...keys.slice(7), ...keys.slice(0, 7)],
  (keys) => keys.toSorted((a, b) => (a.at(-1) ?? '').localeCompare(b.at(-1) ?? '')),
];

function inOrder(all: Members, order: number): Members {
  const keys = ORDERS[order]?.(Object.keys(all)) ?? [];
  return Object.fromEntries(keys.map((key) => [key, all[key]]));
}

const PREFIXES = [
  '',
  'web-7948dffbdd-p44xx istio-proxy ',
  'ledger db-0 istio-proxy ',
  '[pod/web-0/istio-proxy] ',
  '[pod/we{b-0/istio-proxy] ',
];

const numbers = fc.record({
  start_time: fc.oneof(
    {
      weight: 9,
      arbitrary: fc.nat({ max: 99_999_999 }).map((n) => new Date(1_709_600_000_000 + n).toISOString()),
    },
    {
      weight: 1,
      arbitrary: pick<unknown>(
        '2024-03-05T08:15:42Z',
        '1999-12-31T23:59:59.999Z',
        1_709_600_000,
        '-',
        null,
        '',
      ),
    },
  ),
  bytes_received: fc.oneof(
    { weight: 9, arbitrary: pick<unknown>(1, 2, 7, 120) },
    {
      weight: 1,
      arbitrary: pick<unknown>(0, 1.5, -1, 1e21, 9_007_199_254_740_991, '7', '07', null, '-', true),
    },
  ),
  bytes_sent: fc.oneof(
    { weight: 9, arbitrary: pick<unknown>(1, 88) },
    { weight: 1, arbitrary: pick<unknown>('9', [1]) },
  ),
  duration: fc.oneof(
    { weight: 9, arbitrary: pick<unknown>(3, 451) },
    { weight: 1, arbitrary: pick<unknown>(null, 86_400_000) },
  ),
  upstream_local_address: fc.oneof(
    { weight: 9, arbitrary: pick<unknown>('10.60.3.9:41822', '10.60.3.9:41824', '127.0.0.6:65535', null) },
    {
      weight: 1,
      arbitrary: pick<unknown>(
        '10.60.3.9',
        '10.60.3.9:',
        '10.60.3.9:065',
        '10.60.3.9:65536',
        '-',
        '[fd00::9]:1',
      ),
    },
  ),
  downstream_remote_address: fc.oneof(
    { weight: 9, arbitrary: pick<unknown>('10.60.3.9:50114', '10.60.3.10:41822', '[fd00:60::9]:50114') },
    { weight: 1, arbitrary: pick<unknown>('10.60.3.9', '10.60.3.9:x', null, '-', 'envoy://x/') },
  ),
});

const words = fc.record({
  upstream_cluster: pick<unknown>(
    'outbound|6379||cache.shop',
    'inbound|6379||',
    'PassthroughCluster',
    null,
    'a"b-c',
    'a,b.c',
    '{x-y}',
  ),
  upstream_host: pick<unknown>(
    '10.60.4.21:6379',
    '10.60.4.22:5432',
    '10.60.4.300:1',
    'envoy://x/10.60.4.21:80',
    null,
  ),
  requested_server_name: pick<unknown>(null, 'outbound_.6379_._.cache.shop', 'x', '10.60.4.21', ''),
  response_flags: pick<unknown>('-', '-', 'UF,URX', 'UF-x', 'DC', '', null, ['UF']),
  downstream_local_address: pick<unknown>('10.61.0.77:6379', '10.61.0.78:5432', '[fd00::1]:80'),
});

const texts = fc.record({
  path: pick<unknown>('/', '/cart?id=7', '-', '', 'a-b', '/a b', '/a,b', 'x"y', '/a\\b', '/é', null, '/{x}'),
  request_id: pick<unknown>('5e3d-0b61', 'a', '-', '', 'x"y', null, '1,2', '0b9a-probe-77'),
  upstream_service_time: pick<unknown>('2', '7', 7, null, '-', '07', 'x'),
  authority: pick<unknown>('web.shop:80', 'web-0.shop', '10.60.3.9', null, 'a"b'),
  method: pick<unknown>('GET', 'M-SEARCH', '2020-01-09T22:10:45.600Z'),
});

/** What else an object may have. */
const rest = pick<Members>(
  {},
  {},
  {},
  { trace: 'x-1' },
  { kubernetes: { pod_name: 'web-1' } },
  { level: 'x', msg: 'y' },
  { message: 'x' },
  { podName: 'p', containerName: 'c', message: 'x' },
);

type Damage = (line: string) => string;
const damage: fc.Arbitrary<Damage> = fc
  .tuple(
    fc.nat({ max: 900 }),
    pick('', ' ', ',', '"', '{', '}', '\\', '0', ':', '\t', '\r', 'é', '\u0000', '","bytes_sent":9,"x":"'),
  )
  .chain(([at, piece]) =>
    pick<Damage>(
      (line) => line.slice(0, at % line.length) + piece + line.slice((at % line.length) + 1),
      (line) => line.slice(0, at % line.length) + piece + line.slice(at % line.length),
    ),
  );
const damages = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Damage>((line) => line) },
  { weight: 1, arbitrary: damage },
  {
    weight: 1,
    arbitrary: pick<Damage>(
      (line) => `${line} `,
      (line) => `${line}\r`,
      (line) => `${line}}`,
      (line) => line.replaceAll(',"', ', "'),
    ),
  },
);

const line = fc
  .record({
    prefix: pick(...PREFIXES),
    order: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.nat({ max: ORDERS.length - 1 }) },
    ),
    isTyped: fc.boolean(),
    isRequest: fc.boolean(),
    numbers,
    words: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: words }),
    texts: fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 2, arbitrary: texts }),
    rest,
    damages,
  })
  .map(({ prefix, order, isTyped, isRequest, numbers, words, texts, rest, damages }) => {
    const all = members({ ...(isRequest ? { ...REQUEST, ...texts } : {}), ...numbers, ...words });
    const object = { ...inOrder(isTyped ? all : inStrings(all), order), ...rest };
    return damages(Buffer.from(prefix + JSON.stringify(object)).toString('latin1'));
  });

const TEXT =
  '[2024-03-05T08:15:42.310Z] "- - -" 0 - - - "-" 1 2 3 - "-" "-" "-" "-" "10.60.4.21:6379" outbound|6379||cache.shop 10.60.3.9:41822 10.61.0.77:6379 10.60.3.9:50114 - -';

for (const [name, around] of [
  ['as they are', <T>(run: () => T) => run()],
  ['when all hashes collide', withOneHash],
] as const) {
  t.test(`objects are read as the long way reads them, ${name}`, async (t) => {
    let hits = 0;
    let lines = 0;
    const any = fc.oneof(
      { weight: 9, arbitrary: line },
      { weight: 1, arbitrary: pick(...PREFIXES).map((prefix) => prefix + TEXT) },
    );
    fc.assert(
      fc.property(fc.array(any, { minLength: 20, maxLength: 80 }), (stream) => {
        lines += 2 * stream.length;
        return around(() => isUnchanged(stream, (n) => (hits += n)));
      }),
      { numRuns: 200 },
    );
    t.ok(hits > lines / 40, `${hits} of ${lines} lines took the lane`);
  });
}

t.test(
  'objects that differ in their numbers only take the lane, whatever the order of their keys',
  async (t) => {
    for (const [order] of ORDERS.entries()) {
      for (const write of [(all: Members) => all, inStrings]) {
        for (const more of [
          {},
          { upstream_local_address: null },
          REQUEST,
          { ...REQUEST, request_id: null },
          { ...REQUEST, path: null },
        ]) {
          const lines = Array.from({ length: 10 }, (_, n) => {
            const port = more.upstream_local_address === null ? null : `10.60.3.9:4182${n}`;
            const path = 'path' in more && more.path !== null ? `/cart/${n}` : null;
            const numbers = { bytes_sent: n * n, duration: n, upstream_local_address: port, path };
            return PREFIXES[1] + JSON.stringify(inOrder(write(members({ ...more, ...numbers })), order));
          });
          const { hits, results } = readAll(lines, newLane(optionsOf(null)));
          t.equal(hits, order === 0 ? 9 : 0, JSON.stringify(more));
          t.strictSame(results, readAll(lines, NO_LANE).results);
        }
      }
    }
  },
);

t.test('an object takes the lane whose parts were met in other lines, of other pods', async (t) => {
  const write = (prefix: string, host: string, cluster: string, target: string, ip: string) =>
    prefix +
    JSON.stringify(
      members({
        upstream_host: host,
        upstream_cluster: cluster,
        downstream_local_address: target,
        upstream_local_address: `${ip}:41822`,
        downstream_remote_address: `${ip}:50114`,
      }),
    );
  const [, web = '', db = ''] = PREFIXES;
  const [cache, store] = [
    ['10.60.4.21:6379', 'outbound|6379||cache.shop.svc.cluster.local', '10.61.0.77:6379'],
    ['10.60.4.22:5432', 'outbound|5432||db.shop.svc.cluster.local', '10.61.0.78:5432'],
  ] as const;
  const lines = [
    write(web, ...cache, '10.60.3.9'),
    write(db.replace('ledger ', ''), ...store, '10.60.3.10'),
    write(web, ...store, '10.60.3.9'),
    write(db.replace('ledger ', ''), ...cache, '10.60.3.10'),
    // An address and a cluster that were never met together.
    write(web, cache[0], cache[1], store[2], '10.60.3.9'),
  ];
  const { hits, results } = readAll(lines, newLane(optionsOf(null)));
  t.equal(hits, 3);
  t.strictSame(results, readAll(lines, NO_LANE).results);
});

t.test('a field that two keys fill is read as the long way reads it', async (t) => {
  const write = (n: number, path: string, origin: string) =>
    JSON.stringify(
      members({ ...REQUEST, request_id: null, path, 'x-envoy-origin-path': origin, bytes_sent: n }),
    );
  const lines = [write(1, '/a', '/a'), write(2, '/a', '/a'), write(3, '/b', '/c'), write(4, '/c', '/b')];
  t.strictSame(readAll(lines, newLane(optionsOf(null))).results, readAll(lines, NO_LANE).results);
});

t.test('a dash in a place where the objects before had a value is no value', async (t) => {
  const lines = ['/a', '/b', '-', '/c', ''].map((path) => JSON.stringify(members({ ...REQUEST, path })));
  const times = ['1', '2', '-', '3', null].map((time) =>
    JSON.stringify(members({ ...REQUEST, upstream_service_time: time })),
  );
  for (const stream of [lines, times])
    t.strictSame(readAll(stream, newLane(optionsOf(null))).results, readAll(stream, NO_LANE).results);
});

t.test('the sample of every JSON format takes the lane, where its keys are sorted', async (t) => {
  for (const format of FORMATS) {
    if (format.kind !== 'json') continue;
    for (const { line } of format.samples) {
      const lines = ['1', '2', '3'].map((n) => line.replace(/("duration":"?)\d+/, `$1${n}`));
      const { hits, results } = readAll(lines, newLane(optionsOf(null)));
      const keys = Object.keys(JSON.parse(line));
      const hasForm = keys.join() === keys.toSorted().join() && !keys.includes('grpc_status');
      t.equal(hits, hasForm ? 2 : 0, format.name);
      t.strictSame(results, readAll(lines, NO_LANE).results);
    }
  }
});

t.test(
  'a request without path and id takes the long way, as what else it has is stored with these',
  async (t) => {
    const bare = { ...REQUEST, path: null, request_id: null, user_agent: 'curl/8' };
    const lines = [1, 2, 3].map((bytes_sent) => JSON.stringify(members({ ...bare, bytes_sent })));
    const { hits, results } = readAll(lines, newLane(optionsOf(null)));
    t.equal(hits, 0);
    t.strictSame(results, readAll(lines, NO_LANE).results);
  },
);
