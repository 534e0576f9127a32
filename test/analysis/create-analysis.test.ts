/** The questions themselves: lists, filters, pages, single resources, explanations, the summary. */
import t from 'tap';
import { createAnalysis } from '../../src/analysis/create-analysis.ts';
import { NO_FILTER, parseFilter } from '../../src/domain/filter.ts';
import { makeLine, memoryStore } from '../helpers/flows.ts';
import { analysisOf, at, cluster, into, out, owned, PAGE, PASSTHROUGH, pod } from './scenes.ts';

const web = pod('web', '10.1.0.5', 'aa2aa', 'shop');
const cache = pod('cache', '10.1.0.7', 'bb2cc', 'shop');
const CACHE = 'cache.shop.svc.cluster.local';
const VIP = '10.96.0.10:6379';
const DIALLED = '10.1.0.7:6379';
const TRAP = cluster(6379, 'trap.team-b.svc.cluster.local');

const lines = [
  owned(cache, 6379, CACHE, at(0)),
  ...[1, 2, 3].map((minute) =>
    out(web, VIP, { time: at(minute), cluster: cluster(6379, CACHE), host: `10.1.0.${6 + minute}:6379` }),
  ),
  out(web, DIALLED, {
    time: at(5),
    cluster: PASSTHROUGH,
    upstream_local_address: '10.1.0.5:33002',
    downstream_remote_address: '10.1.0.5:33000',
  }),
  into(cache, 6379, '10.1.0.5:33002', { time: at(5) + 3, duration: 90 }),
  out(web, DIALLED, { time: at(20), cluster: TRAP, host: '10.96.7.7:6379', response_flags: ['UF', 'URX'] }),
  out(web, '203.0.113.5:443', { time: at(21), cluster: PASSTHROUGH }),
];
const analysis = analysisOf(lines);
const filter = (given: Record<string, string | string[]>) => parseFilter(given, at(600));

t.test('filters connections by what their lines say', async (t) => {
  const rows: Array<[given: Record<string, string | string[]>, count: number]> = [
    [{}, 8],
    [{ pod: 'web-*' }, 6],
    [{ workload: 'cache' }, 2],
    [{ namespace: 'none' }, 0],
    [{ port: '6379' }, 7],
    [{ port: ['443', '6379'] }, 8],
    [{ state: 'passthrough' }, 2],
    [{ state: ['captured', 'service'] }, 4],
    [{ direction: 'inbound' }, 2],
    [{ response_flag: 'URX' }, 1],
    [{ upstream_cluster: 'outbound|6379||*' }, 4],
    [{ source: '10.1.0.5' }, 7],
    [{ source: '10.1.0.5:33000' }, 1],
    [{ destination: DIALLED }, 4],
    [{ destination: '10.1.0.7' }, 4],
    [{ kind: 'http' }, 0],
    [{ verdict: 'matched' }, 2],
    [{ since: '2024-05-01T10:05:00Z', until: '2024-05-01T10:20:00Z' }, 2],
    [{ diagnosis: 'catch_all_capture' }, 1],
    [{ severity: 'info' }, 0],
  ];
  for (const [given, count] of rows) {
    const { items } = await analysis.connections(filter(given), PAGE);
    t.equal(items.length, count, JSON.stringify(given));
  }
});

t.test('gives every connection all its fields', async (t) => {
  const { items } = await analysis.connections(filter({ state: 'captured' }), PAGE);
  t.match(items[0], {
    pod: web.name,
    namespace: 'shop',
    workload: 'web',
    direction: 'outbound',
    kind: 'tcp',
    start_time: '2024-05-01T10:20:00.000Z',
    end_time: '2024-05-01T10:20:00.100Z',
    response_flags: ['UF', 'URX'],
    upstream_local_address: null,
    state: 'captured',
    pairing: {
      verdict: 'expected_unmatched',
      reason: 'the upstream connection was never made',
      peer_id: null,
    },
  });
});

t.test('pages run through everything once, newest first', async (t) => {
  const all = (await analysis.connections(NO_FILTER, PAGE)).items;
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof analysis.connections>> = await analysis.connections(NO_FILTER, {
      limit: 3,
      cursor,
    });
    seen.push(...page.items.map((connection) => connection.id));
    cursor = page.next_cursor;
  } while (cursor !== null);
  t.strictSame(
    seen,
    all.map((connection) => connection.id),
  );
});

t.test('pages of a filter that the store cannot apply run through everything once', async (t) => {
  const first = await analysis.connections(filter({ state: 'service' }), { limit: 2, cursor: null });
  const second = await analysis.connections(filter({ state: 'service' }), {
    limit: 2,
    cursor: first.next_cursor,
  });
  t.strictSame([first.items.length, second.items.length, second.next_cursor], [2, 1, null]);
  t.equal(new Set([...first.items, ...second.items].map((connection) => connection.id)).size, 3);
});

t.test('lists in memory have pages too', async (t) => {
  const all = (await analysis.routes(NO_FILTER, PAGE)).items;
  const first = await analysis.routes(NO_FILTER, { limit: 1, cursor: null });
  const second = await analysis.routes(NO_FILTER, { limit: 100, cursor: first.next_cursor });
  t.strictSame([...first.items, ...second.items], all);
});

t.test('refuses a cursor of another question or one that was changed', async (t) => {
  const { next_cursor: cursor } = await analysis.connections(filter({ port: '6379' }), {
    limit: 1,
    cursor: null,
  });
  t.ok(cursor);
  const bad = { code: 'bad_cursor' };
  await t.rejects(analysis.connections(filter({ port: '443' }), { limit: 1, cursor }), bad);
  await t.rejects(analysis.connections(filter({ pod: '6379' }), { limit: 1, cursor }), bad);
  await t.rejects(analysis.routes(filter({ port: '6379' }), { limit: 1, cursor }), bad);
  for (const text of ['', '%', 'bm8', `${cursor}x`, (cursor ?? '').slice(1), 'W10']) {
    await t.rejects(analysis.connections(filter({ port: '6379' }), { limit: 1, cursor: text }), bad, text);
  }
  for (let i = 0; i < (cursor ?? '').length; i += 7) {
    const flipped =
      (cursor ?? '').slice(0, i) + (cursor?.[i] === 'A' ? 'B' : 'A') + (cursor ?? '').slice(i + 1);
    await t.rejects(
      analysis.connections(filter({ port: '6379' }), { limit: 1, cursor: flipped }),
      bad,
      `at ${i}`,
    );
  }
});

t.test('a window back from now stays that of the first page', async (t) => {
  let now = at(30);
  const moving = createAnalysis({ reader: memoryStore(lines), render: () => null, now: () => now });
  const hour = () => parseFilter({ since: '30m' }, now);
  const first = await moving.connections(hour(), { limit: 5, cursor: null });
  now += 120_000;
  const second = await moving.connections(hour(), { limit: 5, cursor: first.next_cursor });
  t.equal(first.items.length + second.items.length, 8);
  await t.rejects(
    moving.connections(parseFilter({ since: '10m' }, now), { limit: 5, cursor: first.next_cursor }),
    {
      code: 'bad_cursor',
    },
  );
});

t.test('pairs tell both ends, and are found by either', async (t) => {
  const { items } = await analysis.pairs(NO_FILTER, PAGE);
  t.equal(items.length, 1);
  t.match(items[0], {
    kind: 'full',
    start_skew_ms: 3,
    end_skew_ms: -7,
    mtls: false,
    self: false,
    closed_by: 'unknown',
  });
  const [pair] = items;
  t.strictSame(await analysis.pair(pair?.outbound.id ?? ''), pair);
  t.strictSame(await analysis.pair(pair?.inbound.id ?? ''), pair);
  t.equal((await analysis.pairs(filter({ workload: 'cache' }), PAGE)).items.length, 1);
  t.equal((await analysis.pairs(filter({ state: 'passthrough' }), PAGE)).items.length, 1);
  t.equal((await analysis.pairs(filter({ state: 'service' }), PAGE)).items.length, 0);
  t.equal((await analysis.pairs(filter({ kind: 'full' }), PAGE)).items.length, 1);
  t.equal((await analysis.pairs(filter({ kind: 'dnat' }), PAGE)).items.length, 0);
});

t.test('filters routes, shifts and incidents', async (t) => {
  const rows: Array<[given: Record<string, string>, routes: number, shifts: number, incidents: number]> = [
    [{}, 4, 1, 1],
    [{ state: 'captured' }, 1, 1, 1],
    [{ state: 'passthrough' }, 2, 1, 0],
    [{ port: '443' }, 1, 0, 0],
    [{ workload: 'cache' }, 0, 0, 1],
    [{ pod: 'web-*' }, 4, 1, 1],
    [{ source: '10.1.0.5' }, 4, 1, 1],
    [{ destination: '10.1.0.7' }, 2, 1, 1],
    [{ diagnosis: 'catch_all_capture' }, 1, 1, 1],
    [{ diagnosis: 'connect_timeout' }, 0, 0, 0],
    [{ severity: 'high' }, 1, 1, 1],
    [{ upstream_cluster: '*trap*' }, 1, 1, 1],
    [{ since: '2024-05-01T10:06:00Z' }, 2, 1, 1],
    [{ until: '2024-05-01T10:06:00Z' }, 2, 0, 0],
    [{ kind: 'passthrough_to_captured' }, 0, 1, 1],
    [{ verdict: 'matched' }, 0, 0, 0],
    [{ response_flag: 'UF' }, 1, 1, 1],
  ];
  for (const [given, routes, shifts, incidents] of rows) {
    const counts = [
      (await analysis.routes(filter(given), PAGE)).items.length,
      (await analysis.shifts(filter(given), PAGE)).items.length,
      (await analysis.incidents(filter(given), PAGE)).items.length,
    ];
    t.strictSame(counts, [routes, shifts, incidents], JSON.stringify(given));
  }
});

t.test('single resources are found by id, others are not there', async (t) => {
  const [incident] = (await analysis.incidents(NO_FILTER, PAGE)).items;
  const [shift] = (await analysis.shifts(NO_FILTER, PAGE)).items;
  const [connection] = (await analysis.connections(NO_FILTER, PAGE)).items;
  t.strictSame(await analysis.incident(incident?.id ?? ''), incident);
  t.strictSame(await analysis.shift(shift?.id ?? ''), shift);
  const found = await analysis.connection(connection?.id ?? '');
  t.strictSame({ ...found, hops: null }, connection, 'alone it tells its way as well');
  t.equal(shift?.incident_id, incident?.id);
  t.strictSame(incident?.shifts, [shift?.id]);
  t.strictSame(
    [
      await analysis.incident('x'),
      await analysis.shift('x'),
      await analysis.connection('x'),
      await analysis.pair('x'),
    ],
    [null, null, null, null],
  );
});

t.test('explains a pod address', async (t) => {
  const told = await analysis.explain({ ip: '10.1.0.7', port: 6379 }, NO_FILTER);
  t.match(told, {
    address: DIALLED,
    class: 'pod',
    pods: [{ pod: cache.name, workload: 'cache', namespace: 'shop' }],
    owners: [{ service: CACHE, port: 6379 }],
    clients: [{ pod: web.name }],
    incidents: [{ diagnosis: 'catch_all_capture' }],
  });
  t.strictSame(
    told.routes.map((route) => route.state),
    ['passthrough', 'captured'],
  );
  t.equal(told.shifts.length, 1);
});

t.test('explains service addresses, strangers, and where captured traffic went', async (t) => {
  t.match(await analysis.explain({ ip: '10.96.0.10', port: null }, NO_FILTER), {
    address: '10.96.0.10',
    class: 'service_vip',
    owners: [{ service: CACHE }],
    routes: [{ state: 'service', connections: 3 }],
  });
  t.match(await analysis.explain({ ip: '203.0.113.5', port: 443 }, NO_FILTER), {
    class: 'external',
    pods: [],
  });
  t.match(await analysis.explain({ ip: '192.0.2.1', port: null }, NO_FILTER), {
    class: 'unknown',
    routes: [],
  });
  const [diverted] = (await analysis.explain({ ip: '10.96.7.7', port: 6379 }, NO_FILTER)).diverted_here;
  t.match(diverted, { state: 'captured', destination: { address: DIALLED, workload: 'cache' } });
});

t.test('sums up what was read', async (t) => {
  t.match(await analysis.summary(), {
    first_seen: '2024-05-01T10:00:00.000Z',
    last_seen: '2024-05-01T10:21:00.000Z',
    lines: 8,
    outbound: 6,
    inbound: 2,
    unknown_direction: 0,
    http: 0,
    pairs: 1,
    joinable: 3,
    routes: 4,
    shifts: 1,
    incidents: 1,
    pods_read: 2,
    pods_only_peers: 3,
    rejects: [],
  });
  t.match(await analysisOf([]).summary(), { first_seen: null, last_seen: null, lines: 0, incidents: 0 });
});

t.test('new lines change the answers', async (t) => {
  const store = memoryStore(lines.slice(0, 6));
  const growing = createAnalysis({ reader: store, render: () => null, now: () => at(600) });
  t.equal((await growing.incidents(NO_FILTER, PAGE)).items.length, 0);
  store.add(lines.slice(6));
  t.equal((await growing.incidents(NO_FILTER, PAGE)).items.length, 1);
});

t.test('sample lines are rendered again where their text is not stored', async (t) => {
  const reader = memoryStore(lines);
  const bare: typeof reader = {
    ...reader,
    lines: async (query) => (await reader.lines(query)).map((line) => ({ ...line, raw: null })),
  };
  const rendering = createAnalysis({
    reader: bare,
    render: (_, entry) => `line of ${entry.start_time}`,
    now: () => 0,
  });
  const [incident] = (await rendering.incidents(NO_FILTER, PAGE)).items;
  t.match(incident?.sample_lines, [/^line of \d+$/, /^line of \d+$/]);
});

t.test('lines without any address are listed and break nothing', async (t) => {
  const bare = analysisOf([makeLine({ start_time: at(0) }), makeLine({ start_time: at(1), method: 'GET' })]);
  t.equal((await bare.connections(NO_FILTER, PAGE)).items.length, 2);
  t.match(await bare.summary(), { unknown_direction: 2, http: 1 });
});
