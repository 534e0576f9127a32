import t from 'tap';
import { createAnalysis } from '../../src/analysis/create-analysis.ts';
import type { Coverage, CoveragePod } from '../../src/domain/coverage.ts';
import type { ParsedLine } from '../../src/domain/entry.ts';
import { NO_FILTER, parseFilter } from '../../src/domain/filter.ts';
import type { RejectTally } from '../../src/domain/ports.ts';
import { makeLine, memoryStore } from '../helpers/flows.ts';
import { analysisOf, at, cluster, into, out, PASSTHROUGH, type Pod, pod } from './scenes.ts';

const web = pod('web', '10.1.0.5', 'bb2cc', 'shop');
const cache = pod('cache', '10.1.0.7', 'dd4ff', 'data');
const CACHE = 'cache.data.svc.cluster.local';
const HOUR = 60;

const filterOf = (given: Record<string, string>) => parseFilter(given, at(0));
const coverageOf = (lines: readonly ParsedLine[], given: Record<string, string> = {}): Promise<Coverage> =>
  analysisOf(lines).coverage(filterOf(given));
const podOf = (coverage: Coverage, { name }: Pod): CoveragePod | undefined =>
  coverage.pods.find((one) => one.pod === name);
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Both lines of a call of one pod to another at its own address. */
function pair(from: Pod, to: Pod, time: number): [ParsedLine, ParsedLine] {
  const client = out(from, `${to.ip}:6379`, { time, cluster: PASSTHROUGH });
  return [client, into(to, 6379, client.entry.upstream_local_address ?? '', { time: time + 1 })];
}
const clientOf = (from: Pod, to: Pod, time: number): ParsedLine => pair(from, to, time)[0];
const serverOf = (from: Pod, to: Pod, time: number): ParsedLine => pair(from, to, time)[1];

/** A few pairs that show both pods at their addresses, in both directions, over the minutes given. */
const talk = (minutes: readonly number[]): ParsedLine[] =>
  minutes.flatMap((minute) => [...pair(web, cache, at(minute)), ...pair(cache, web, at(minute) + 30_000)]);

t.test('counts lines by direction and kind, and tells when they began', async (t) => {
  const http = { method: 'GET', protocol: 'HTTP/1.1', response_code: 200 };
  const coverage = await coverageOf([
    ...talk([0, 5]),
    out(web, '203.0.113.5:443', { time: at(2), cluster: cluster(443, 'api.example.com'), ...http }),
    out(pod('job', '10.1.0.9'), '10.1.0.7:1', { time: at(3), cluster: null, host: null }),
  ]);
  t.match(coverage, {
    first_seen: '2024-05-01T10:00:00.000Z',
    last_seen: '2024-05-01T10:05:30.001Z',
    lines: { total: 10, outbound: 5, inbound: 4, unknown_direction: 1, tcp: 9, http: 1 },
    pods_total: 3,
  });
});

t.test('says how many lines have a partner, and why the others have none', async (t) => {
  const coverage = await coverageOf([
    ...talk([0, 60]),
    clientOf(web, cache, at(20)),
    clientOf(web, cache, at(61)),
    out(web, '203.0.113.5:443', { time: at(21), cluster: PASSTHROUGH }),
    out(web, '203.0.113.6:443', { time: at(22), cluster: PASSTHROUGH }),
    out(web, '10.1.0.7:1', { time: at(23), cluster: PASSTHROUGH, response_flags: ['UF'] }),
  ]);
  t.strictSame(coverage.pairing, {
    joinable: 10,
    paired: 8,
    ambiguous: 0,
    expected_unmatched: 3,
    pending: 1,
    unexplained: 1,
    paired_rate: 0.8,
    unexplained_rate: 0.1,
    reasons: [
      { reason: 'the upstream host is outside the mesh, as far as the lines tell', lines: 2 },
      { reason: 'the upstream connection was never made', lines: 1 },
    ],
  });
  t.match(coverage.notes[0], { about: 'unexplained', lines: 1 });
});

t.test('tells a late line from a missing one within one hour', async (t) => {
  const coverage = await coverageOf([
    ...talk([0, 30]),
    ...[1, 2, 3].map((minute) => clientOf(web, cache, at(minute))),
    clientOf(web, cache, at(31)),
  ]);
  t.match(coverage.pairing, { unexplained: 3, pending: 1, paired: 8 });
});

t.test('a line that fits two partners counts as ambiguous', async (t) => {
  const [client, server] = pair(web, cache, at(1));
  const twin = into(cache, 6379, client.entry.upstream_local_address ?? '', { time: at(1) + 2 });
  const { pairing } = await coverageOf([...talk([0, 60]), client, server, twin]);
  t.match(pairing, { ambiguous: 3, joinable: 11, paired: 8 });
});

t.test('a log that stops while others go on is silent', async (t) => {
  const later = out(web, '203.0.113.5:443', { time: at(40), cluster: PASSTHROUGH });
  const lost = times(5, (i) => clientOf(web, cache, at(30 + i)));
  const coverage = await coverageOf([...talk([0, 5]), ...lost, later]);
  t.match(podOf(coverage, cache), { silent_since: '2024-05-01T10:05:30.100Z', peer_lines_missing: 5 });
  t.equal(podOf(coverage, web)?.silent_since, null);
  t.equal(coverage.pods[0]?.pod, cache.name, 'and comes first');
  t.match(coverage.pairing, { expected_unmatched: 6, unexplained: 0 }, 'its lines are not called missing');
});

t.test(
  'a log is not silent when nobody calls, when calls fail, or when its address is another one’s',
  async (t) => {
    const successor = pod('next', cache.ip, 'gg7hh', 'data');
    const rows: Array<[what: string, lines: ParsedLine[]]> = [
      ['nobody calls', [out(web, '203.0.113.5:1', { time: at(50), cluster: PASSTHROUGH })]],
      [
        'calls fail',
        [out(web, `${cache.ip}:6379`, { time: at(50), cluster: PASSTHROUGH, response_flags: ['UF'] })],
      ],
      ['another has the address', pair(web, successor, at(50))],
      ['lines soon after', times(5, (i) => clientOf(web, cache, at(6 + i)))],
      ['two lines that may be lost', times(2, (i) => clientOf(web, cache, at(30 + i)))],
    ];
    for (const [what, lines] of rows) {
      const coverage = await coverageOf([...talk([0, 5]), ...lines]);
      t.equal(podOf(coverage, cache)?.silent_since, null, what);
    }
  },
);

t.test('hours without lines, while others show connections, are gaps', async (t) => {
  const coverage = await coverageOf([
    ...talk([0, 5 * HOUR]),
    clientOf(web, cache, at(2 * HOUR)),
    ...times(2, (i) => clientOf(web, cache, at(3 * HOUR + i))),
  ]);
  t.strictSame(podOf(coverage, cache)?.gaps, [
    { after: '2024-05-01T10:00:30.000Z', before: '2024-05-01T15:00:00.001Z', peer_lines: 3 },
  ]);
  t.strictSame(podOf(coverage, web)?.gaps, [], 'it wrote the lines that show it');
});

t.test('a quiet hour is no gap, and neither are two lines that may be lost', async (t) => {
  const lost = times(2, (i) => clientOf(web, cache, at(2 * HOUR + i)));
  t.strictSame(podOf(await coverageOf([...talk([0, 5 * HOUR]), ...lost]), cache)?.gaps, []);
  t.strictSame(podOf(await coverageOf(talk([0, 5 * HOUR])), cache)?.gaps, []);
});

t.test('a log that begins late has a gap in front', async (t) => {
  const coverage = await coverageOf([...times(4, (i) => clientOf(web, cache, at(i))), ...talk([50, 55])]);
  t.strictSame(podOf(coverage, cache)?.gaps, [
    { after: null, before: '2024-05-01T10:50:00.101Z', peer_lines: 4 },
  ]);
  t.equal(coverage.pairing.unexplained, 0);
});

t.test(
  'a log with lines of one direction alone is one-sided, when others call for the other one',
  async (t) => {
    const calls = times(4, (i) => clientOf(web, cache, at(10 + i)));
    const quiet = out(cache, '203.0.113.5:1', { time: at(60), cluster: PASSTHROUGH });
    const deaf = await coverageOf([
      out(cache, '203.0.113.5:1', { time: at(0), cluster: PASSTHROUGH }),
      ...calls,
      quiet,
    ]);
    t.equal(podOf(deaf, cache)?.one_sided, 'outbound');
    t.equal(podOf(deaf, web)?.one_sided, null, 'nobody calls it');
    const dumb = await coverageOf([
      ...times(4, (i) => serverOf(web, cache, at(10 + i))),
      serverOf(pod('job', '10.1.0.9'), web, at(0)),
      serverOf(pod('job', '10.1.0.9'), web, at(60)),
    ]);
    t.equal(podOf(dumb, web)?.one_sided, 'inbound');
  },
);

t.test(
  'a log where most partners are missing is filtered, and single ones are missing no more',
  async (t) => {
    const filtered = [...talk([0, 59]), ...times(20, (i) => clientOf(web, cache, at(10 + i)))];
    const coverage = await coverageOf(filtered);
    t.equal(podOf(coverage, cache)?.log_filtered, true);
    t.equal(podOf(coverage, web)?.log_filtered, false);
    t.match(coverage.pairing, { unexplained: 0, expected_unmatched: 20 });
    t.match(coverage.notes[0], { about: 'log_filtered', lines: 20 });
    const { items } = await analysisOf(filtered).connections(filterOf({ verdict: 'expected_unmatched' }), {
      limit: 100,
      cursor: null,
    });
    t.equal(items.length, 20);
    t.match(items[0]?.pairing.reason, /filtered/);
  },
);

t.test(
  'a log is not filtered by few lines, by a smaller share, or when it has lines of its own instead',
  async (t) => {
    const rows: Array<[what: string, lines: ParsedLine[]]> = [
      ['nine lines', times(9, (i) => clientOf(web, cache, at(10 + i)))],
      ['a smaller share', [...talk([20, 21, 22, 23]), ...times(12, (i) => clientOf(web, cache, at(10 + i)))]],
      [
        'the server saw another address',
        times(20, (i) => [
          clientOf(web, cache, at(10 + i)),
          into(cache, 6379, '192.168.7.1:5', { time: at(10 + i) }),
        ]).flat(),
      ],
    ];
    for (const [what, lines] of rows) {
      t.equal(podOf(await coverageOf([...talk([0, 59]), ...lines]), cache)?.log_filtered, false, what);
    }
  },
);

t.test(
  'pods known only from others are named with the command that reads them, the most useful first',
  async (t) => {
    const sni = `outbound_.6379_._.${CACHE}`;
    const coverage = await coverageOf([
      ...talk([0, 60]),
      ...times(3, (i) =>
        out(web, '10.96.0.20:80', {
          time: at(i),
          cluster: cluster(80, 'till.shop.svc.cluster.local'),
          host: `10.1.0.3${i % 2}:80`,
        }),
      ),
      into(cache, 6379, '172.20.0.4:5', { time: at(9), requested_server_name: sni }),
      out(web, '203.0.113.5:443', { time: at(2), cluster: PASSTHROUGH }),
    ]);
    t.equal(coverage.peers_total, 3);
    t.match(coverage.peers, [
      {
        address: '10.1.0.30',
        services: ['till.shop.svc.cluster.local'],
        lines: 2,
        as_server: 2,
        as_client: 0,
        seen_by: [{ pod: web.name }],
        seen_by_total: 1,
        command: 'stern -n shop service/till -c istio-proxy',
      },
      { address: '10.1.0.31', lines: 1 },
      {
        address: '172.20.0.4',
        as_client: 1,
        command: 'stern -A --field-selector status.podIP=172.20.0.4 -c istio-proxy',
      },
    ]);
    t.strictSame(coverage.read_next, [
      { command: 'stern -n shop service/till -c istio-proxy', addresses: 2, lines: 3 },
      { command: 'stern -A --field-selector status.podIP=172.20.0.4 -c istio-proxy', addresses: 1, lines: 1 },
    ]);
  },
);

t.test(
  'an address that was another pod’s before is a pod not read, not the pod that has it now',
  async (t) => {
    const heir = pod('heir', '10.1.0.8', 'jj8kk', 'data');
    const moved = { ...heir, ip: '10.1.0.9' };
    const coverage = await coverageOf([
      ...pair(web, heir, at(0)),
      ...pair(web, heir, at(30)),
      ...times(3, (i) => clientOf(web, moved, at(10 + i))),
      ...pair(web, moved, at(40)),
      ...pair(web, moved, at(60)),
    ]);
    t.match(coverage.peers, [{ address: '10.1.0.9', lines: 3 }]);
    t.equal(coverage.pairing.unexplained, 0);
    const only = await coverageOf([
      ...pair(web, moved, at(40)),
      ...pair(web, moved, at(60)),
      clientOf(web, moved, at(39)),
    ]);
    t.equal(only.pairing.unexplained, 1, 'without lines that show it elsewhere it is that pod');
  },
);

t.test('nothing of a log gets into a command but names that Kubernetes allows', async (t) => {
  const host = '$(touch x).shop.svc.cluster.local';
  const coverage = await coverageOf([
    ...talk([0, 60]),
    ...times(2, (i) =>
      out(web, '10.96.0.20:80', { time: at(i), cluster: cluster(80, host), host: `10.1.0.3${i}:80` }),
    ),
  ]);
  t.strictSame(
    coverage.peers.map((peer) => [peer.services, peer.command]),
    [0, 1].map((i) => [[host], `stern -A --field-selector status.podIP=10.1.0.3${i} -c istio-proxy`]),
  );
});

t.test('refused lines are told by reason and pod', async (t) => {
  const reject = (pod: string, lines: number): RejectTally => ({
    identity: { pod, namespace: 'shop', container: null, node: null },
    reason: 'truncated',
    lines,
    sample: 'cut sh',
  });
  const store = memoryStore(talk([0]), [reject(web.name, 2), reject('other-0', 3)]);
  const analysis = createAnalysis({ reader: store, render: () => null, now: () => at(600) });
  const coverage = await analysis.coverage(NO_FILTER);
  t.equal(coverage.rejected, 5);
  t.match(coverage.rejects, [
    { reason: 'truncated', pod: 'other-0', namespace: 'shop', lines: 3, sample: 'cut sh' },
    { pod: web.name, lines: 2 },
  ]);
  t.match(coverage.notes, [{ about: 'rejected', lines: 5 }, {}, {}]);
  t.equal((await analysis.coverage(filterOf({ workload: 'other' }))).rejected, 3);
});

t.test('notes say what no log tells, where it applies', async (t) => {
  const about = async (lines: ParsedLine[]) => (await coverageOf(lines)).notes.map((note) => note.about);
  t.strictSame(await about([]), [], 'of nothing there is nothing to say');
  t.strictSame(await about(talk([0])), ['open_connections', 'never_logged']);
  const nameless = makeLine({ start_time: at(0), method: 'GET' });
  t.strictSame(await about([nameless]), [
    'unnamed_pods',
    'unknown_direction',
    'http',
    'open_connections',
    'never_logged',
  ]);
});

t.test('filters choose pods, hours and lines', async (t) => {
  const lines = [...talk([0, 2 * HOUR]), out(web, '203.0.113.5:443', { time: at(3), cluster: PASSTHROUGH })];
  const rows: Array<[given: Record<string, string>, total: number, pods: number]> = [
    [{}, 9, 2],
    [{ pod: 'web-*' }, 5, 1],
    [{ namespace: 'data' }, 4, 1],
    [{ workload: 'cache' }, 4, 1],
    [{ workload: 'nobody' }, 0, 0],
    [{ since: '2024-05-01T11:30:00Z' }, 4, 2],
    [{ until: '2024-05-01T10:01:00Z' }, 5, 2],
    [{ direction: 'inbound' }, 4, 2],
    [{ port: '443' }, 1, 1],
    [{ destination: '10.1.0.7:6379', direction: 'outbound' }, 2, 2],
    [{ source: '10.1.0.5', pod: 'cache-*' }, 2, 1],
    [{ kind: 'http' }, 0, 0],
  ];
  for (const [given, total, pods] of rows) {
    const coverage = await coverageOf(lines, given);
    t.equal(coverage.lines.total, total, JSON.stringify(given));
    t.equal(coverage.pods_total, pods, `pods: ${JSON.stringify(given)}`);
  }
});

t.test('a node is that of the last line of a pod that names one', async (t) => {
  const lines = talk([0, 60]).map((line) => {
    const node =
      line.identity.pod === web.name ? (line.entry.start_time < at(30) ? 'node-1' : 'node-2') : null;
    return { ...line, identity: { ...line.identity, node } };
  });
  t.strictSame((await coverageOf(lines)).pods.map((one) => [one.pod, one.node]).sort(), [
    [cache.name, null],
    [web.name, 'node-2'],
  ]);
});

t.test('a filter by node asks for the lines that were written there, wherever the pod is now', async (t) => {
  const lines = talk([0, 60, 61]).map((line) => {
    const { start_time: time } = line.entry;
    const node = line.identity.pod === web.name ? (time < at(30) ? 'node-1' : 'node-2') : null;
    return { ...line, identity: { ...line.identity, node } };
  });
  for (const [node, written, calls] of [
    ['node-1', 2, 0],
    ['node-2', 4, 6],
    ['node-3', 0, 0],
  ] as const) {
    const coverage = await coverageOf(lines, { node });
    t.equal(coverage.lines.total, written, node);
    t.strictSame(
      coverage.pods.map((one) => [one.pod, one.node, one.lines, one.peer_lines]),
      written === 0 ? [] : [[web.name, node, written, calls]],
    );
  }
});

t.test('a silent pod is told of in the hours of its silence', async (t) => {
  const lines = [...talk([0, 5]), ...times(5, (i) => clientOf(web, cache, at(2 * HOUR + i)))];
  const coverage = await coverageOf(lines, { since: '2024-05-01T12:00:00Z' });
  t.match(podOf(coverage, cache), { lines: 0, first_seen: null, peer_lines: 5, silent_since: /T10:05/ });
});

t.test('a filter that sums cannot answer is refused', async (t) => {
  const rows: Record<string, string>[] = [
    { verdict: 'pending' },
    { state: 'service' },
    { severity: 'high' },
    { diagnosis: 'catch_all_capture' },
    { source: '10.1.0.5:40000' },
  ];
  for (const given of rows) {
    await t.rejects(coverageOf(talk([0]), given), { code: 'bad_parameter' }, JSON.stringify(given));
  }
});

t.test('the summary says the same', async (t) => {
  const analysis = analysisOf([
    ...talk([0, 60]),
    clientOf(web, cache, at(20)),
    out(web, '10.1.0.44:1', { time: at(3), cluster: PASSTHROUGH }),
  ]);
  const { pairing, peers_total } = await analysis.coverage(NO_FILTER);
  t.match(await analysis.summary(), { joinable: pairing.joinable, pods_only_peers: peers_total });
  t.equal(pairing.joinable, 9);
  t.equal(peers_total, 1);
});
