import t from 'tap';
import { podCsvHeader } from '../../../src/output/coverage-columns.ts';
import { createApp } from '../../helpers/app.ts';
import { parseCsv } from '../../helpers/csv.ts';
import { INCIDENT, INCIDENT_TEXT } from '../../helpers/incident-lines.ts';

t.test('tells what has a partner, of how many lines, and what was refused', async (t) => {
  const lines = `${INCIDENT_TEXT}${INCIDENT.client} istio-proxy [2024-03-05T09:20:07.350Z] "- - -" 0 UF\n`;
  const { app } = await createApp(t, { lines });
  t.match((await app.inject('/api/v1/coverage')).json(), {
    first_seen: '2024-03-05T09:10:00.100Z',
    lines: { total: 6, outbound: 4, inbound: 2 },
    pairing: {
      joinable: 4,
      paired: 4,
      expected_unmatched: 2,
      unexplained: 0,
      paired_rate: 1,
      reasons: [{ reason: 'the upstream connection was never made', lines: 2 }],
    },
    pods_total: 2,
    pods: [{ pod: INCIDENT.server }, { pod: INCIDENT.client }],
    peers: [],
    rejected: 1,
    rejects: [{ reason: 'truncated', pod: INCIDENT.client, lines: 1 }],
  });
});

t.test('NDJSON and CSV are its pods, all or as many as asked for', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const { pods } = (await app.inject('/api/v1/coverage')).json();
  const ask = (accept: string, query = '') =>
    app.inject({ url: `/api/v1/coverage${query}`, headers: { accept } });
  const ndjson = await ask('application/x-ndjson');
  t.match(ndjson.headers['content-type'], 'application/x-ndjson');
  t.strictSame(
    ndjson.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    pods,
  );
  const csv = await ask('text/csv');
  t.equal(csv.headers['content-disposition'], 'attachment; filename="coverage.csv"');
  const [header = [], ...rows] = parseCsv(csv.body);
  t.strictSame([header], parseCsv(podCsvHeader()));
  t.strictSame(
    rows.map((row) => row[header.indexOf('pod')]),
    pods.map((pod: { pod: string }) => pod.pod),
  );
  t.equal((await ask('text/csv', '?limit=1')).body.trimEnd().split('\r\n').length, 2);
});

t.test('the limit cuts lists and leaves the totals', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const { pods, pods_total } = (await app.inject('/api/v1/coverage?limit=1')).json();
  t.equal(pods.length, 1);
  t.equal(pods_total, 2);
});

t.test('is narrowed by pods and time, and says so where it cannot be', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const total = async (query: string) => (await app.inject(`/api/v1/coverage?${query}`)).json().lines?.total;
  t.equal(await total(`pod=${INCIDENT.server}`), 2);
  t.equal(await total('workload=cache'), 6);
  t.equal(await total('since=2024-03-05T10:00:00Z'), 0);
  for (const query of ['verdict=pending', 'limit=0', 'nonsense=1', 'cursor=x']) {
    const response = await app.inject(`/api/v1/coverage?${query}`);
    t.equal(response.statusCode, 400, query);
    t.match(response.json(), { code: /^(bad|unknown)_parameter$/ });
  }
});
