/** The incident that this project began with, in lines of equal values: seven connections, one capture. */
import t from 'tap';
import { createAnalysis } from '../../src/analysis/create-analysis.ts';
import type { ParsedLine } from '../../src/domain/entry.ts';
import { NO_FILTER } from '../../src/domain/filter.ts';
import type { Analysis } from '../../src/domain/queries.ts';
import { type LineDraft, makeLine, memoryStore } from '../helpers/flows.ts';

const CLIENT = 'manager-7948dffbdd-p44xx';
const SERVER = 'manager-7948dffbdd-sh7rx';
const MANAGER = 'manager.manager.svc.cluster.local';
const EXTERNAL = 'outbound|5701||app-ext.app.svc.cluster.local';
const PAGE = { limit: 100, cursor: null };
const NAMED = { upstream_cluster: `outbound|5701||${MANAGER}`, downstream_local_address: '10.0.23.154:5701' };
const SERVED = { upstream_host: '127.0.0.1:5701', upstream_cluster: `inbound|5701|tcp-hazelcast|${MANAGER}` };
const SNI = `outbound_.5701_._.${MANAGER}`;

const LINES: readonly LineDraft[] = [
  {
    ...NAMED,
    pod: CLIENT,
    start_time: '2020-07-23T14:26:27.081Z',
    bytes_received: 6,
    duration: 506,
    upstream_host: '10.12.0.12:5701',
    upstream_local_address: '10.12.0.12:51100',
    downstream_remote_address: '10.12.0.12:47316',
  },
  {
    ...SERVED,
    pod: CLIENT,
    start_time: '2020-07-23T14:26:27.081Z',
    bytes_received: 6,
    duration: 506,
    upstream_local_address: '127.0.0.1:59430',
    downstream_local_address: '10.12.0.12:5701',
    downstream_remote_address: '10.12.0.12:51100',
    requested_server_name: SNI,
  },
  {
    ...NAMED,
    pod: CLIENT,
    start_time: '2020-07-23T14:26:08.632Z',
    bytes_received: 6,
    duration: 521,
    upstream_host: '10.12.1.6:5701',
    upstream_local_address: '10.12.0.12:49150',
    downstream_remote_address: '10.12.0.12:47258',
  },
  {
    ...SERVED,
    pod: SERVER,
    start_time: '2020-07-23T14:26:08.634Z',
    bytes_received: 6,
    duration: 519,
    upstream_local_address: '127.0.0.1:57844',
    downstream_local_address: '10.12.1.6:5701',
    downstream_remote_address: '10.12.0.12:49150',
    requested_server_name: SNI,
  },
  {
    pod: CLIENT,
    start_time: '2020-07-23T14:39:12.587Z',
    bytes_received: 6,
    duration: 2108,
    upstream_host: '10.12.2.8:5701',
    upstream_cluster: 'PassthroughCluster',
    upstream_local_address: '10.12.0.11:51428',
    downstream_local_address: '10.12.2.8:5701',
    downstream_remote_address: '10.12.0.11:51426',
  },
  {
    ...SERVED,
    pod: SERVER,
    start_time: '2020-07-23T14:39:13.590Z',
    bytes_received: 6,
    duration: 1113,
    upstream_local_address: '127.0.0.1:59986',
    downstream_local_address: '10.12.2.8:5701',
    downstream_remote_address: '10.12.0.11:51428',
  },
  {
    pod: CLIENT,
    start_time: '2020-07-23T14:47:24.040Z',
    response_flags: ['UF', 'URX'],
    duration: 1000,
    upstream_host: '10.0.23.221:5701',
    upstream_cluster: EXTERNAL,
    downstream_local_address: '10.12.1.6:5701',
    downstream_remote_address: '10.12.0.12:52852',
  },
];

t.test('the seven lines give exactly one incident', async (t) => {
  const { items } = await analysisOf(LINES.map(makeLine)).incidents(NO_FILTER, PAGE);
  t.equal(items.length, 1);
  t.match(items[0], {
    diagnosis: 'catch_all_capture',
    severity: 'high',
    port: 5701,
    upstream_cluster: EXTERNAL,
    onset: { after: '2020-07-23T14:39:12.587Z', before: '2020-07-23T14:47:24.040Z' },
    ended: null,
    sources: [{ pod: CLIENT, workload: 'manager', namespace: null }],
    destinations: [{ address: '10.12.1.6:5701', pod: SERVER, workload: 'manager' }],
    victims: ['manager'],
    connections: 1,
    failures: 1,
    misdelivered: false,
  });
});

t.test('the incident says why, what mends it and how to check', async (t) => {
  const { items } = await analysisOf(LINES.map(makeLine)).incidents(NO_FILTER, PAGE);
  const [incident] = items;
  const evidence = incident?.evidence.join('\n') ?? '';
  t.match(evidence, /10\.12\.1\.6 is manager-7948dffbdd-sh7rx/);
  t.match(evidence, /port 5701 there is owned by manager\.manager\.svc\.cluster\.local/);
  t.match(evidence, /host 10\.0\.23\.221:5701/);
  t.match(evidence, /0 of 1 connection failed; since then 1 of 1.*83 %/);
  t.match(incident?.cause, /app-ext in namespace app.*1\.20.*ServiceEntry/);
  t.ok(incident?.remedies.some((remedy) => remedy.yaml?.includes('exportTo: "."')));
  t.ok(incident?.remedies.some((remedy) => remedy.yaml?.includes('clusterIP: None')));
  t.ok(incident?.remedies.every((remedy) => remedy.caveat !== null));
  t.equal(incident?.verify[0], `istioctl pc listeners ${CLIENT}.manager --port 5701`);
  t.equal(incident?.sample_lines.length, 3);
});

t.test('the shift is told once, by workload and destination pod', async (t) => {
  const { items } = await analysisOf(LINES.map(makeLine)).shifts(NO_FILTER, PAGE);
  t.equal(items.length, 1);
  t.match(items[0], {
    kind: 'passthrough_to_captured',
    source: { pod: CLIENT, workload: 'manager' },
    destination: { address: '10.12.1.6:5701', pod: SERVER, owner: MANAGER },
    from: {
      state: 'passthrough',
      upstream_cluster: 'PassthroughCluster',
      upstream_hosts: ['10.12.2.8:5701'],
    },
    to: { state: 'captured', upstream_cluster: EXTERNAL, upstream_hosts: ['10.0.23.221:5701'] },
    last_before: '2020-07-23T14:39:12.587Z',
    first_after: '2020-07-23T14:47:24.040Z',
    before: { connections: 1, failures: 0 },
    after: { connections: 1, failures: 1, bytes: 0 },
    evidence: 'g4',
    confidence: 0.99,
    misdelivered: false,
  });
});

t.test('the lines pair as they did', async (t) => {
  const { items } = await analysisOf(LINES.map(makeLine)).pairs(NO_FILTER, PAGE);
  t.strictSame(
    items.map((pair) => [pair.start_skew_ms, pair.end_skew_ms, pair.mtls, pair.self]),
    [
      [1003, 8, false, false],
      [0, 0, true, true],
      [2, 0, true, false],
    ],
  );
});

t.test('nothing is unexplained: one line could never have a partner', async (t) => {
  const coverage = await analysisOf(LINES.map(makeLine)).coverage(NO_FILTER);
  t.match(coverage.pairing, {
    joinable: 6,
    paired: 6,
    expected_unmatched: 1,
    pending: 0,
    unexplained: 0,
    reasons: [{ reason: 'the upstream connection was never made', lines: 1 }],
  });
  t.equal(coverage.peers_total, 0);
  for (const pod of coverage.pods)
    t.match(pod, { one_sided: null, silent_since: null, gaps: [], log_filtered: false });
});

t.test('any order of the lines gives the same answers', async (t) => {
  const expected = await tellAll(LINES.map(makeLine));
  for (let i = 0; i < LINES.length; i++) {
    const rotated = [...LINES.slice(i), ...LINES.slice(0, i)];
    t.equal(await tellAll(rotated.map(makeLine)), expected);
    t.equal(await tellAll(rotated.reverse().map(makeLine)), expected);
  }
});

t.test('without pod names the capture is found all the same', async (t) => {
  const lines = LINES.map((draft) => makeLine({ ...draft, pod: null }));
  const { items } = await analysisOf(lines).incidents(NO_FILTER, PAGE);
  t.equal(items.length, 1);
  t.match(items[0], {
    diagnosis: 'catch_all_capture',
    sources: [{ pod: null, ip: '10.12.0.12' }],
    destinations: [{ address: '10.12.1.6:5701', pod: null }],
    onset: { after: '2020-07-23T14:39:12.587Z', before: '2020-07-23T14:47:24.040Z' },
  });
});

function analysisOf(lines: readonly ParsedLine[]): Analysis {
  return createAnalysis({ reader: memoryStore(lines), render: () => null, now: () => 1_600_000_000_000 });
}

async function tellAll(lines: readonly ParsedLine[]): Promise<string> {
  const analysis = analysisOf(lines);
  const answers = [
    await analysis.incidents(NO_FILTER, PAGE),
    await analysis.shifts(NO_FILTER, PAGE),
    await analysis.routes(NO_FILTER, PAGE),
    await analysis.pairs(NO_FILTER, PAGE),
    await analysis.connections(NO_FILTER, PAGE),
    await analysis.summary(),
    await analysis.coverage(NO_FILTER),
    await analysis.explain({ ip: '10.12.1.6', port: null }, NO_FILTER),
  ];
  return JSON.stringify(answers, null, 1);
}

t.test('the lines of the clients and of one server are enough', async (t) => {
  const lines = LINES.filter((_, index) => index !== 2 && index !== 3).map(makeLine);
  const { items } = await analysisOf(lines).incidents(NO_FILTER, PAGE);
  t.equal(items.length, 1);
  t.match(items[0], {
    diagnosis: 'catch_all_capture',
    sources: [{ pod: CLIENT }],
    victims: ['10.12.1.6:5701'],
    onset: { after: '2020-07-23T14:39:12.587Z', before: '2020-07-23T14:47:24.040Z' },
  });
});
