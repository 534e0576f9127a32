import t from 'tap';
import { createApp } from '../../helpers/app.ts';
import { parseCsv } from '../../helpers/csv.ts';
import { INCIDENT, INCIDENT_TEXT } from '../../helpers/incident-lines.ts';

t.test('a series for each label, and a point for each step', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const answer = await app.inject('/api/v1/timeseries?step=5m&group_by=state&direction=outbound');
  t.strictSame(answer.json(), {
    metric: 'connections',
    step_ms: 300_000,
    relative_error: 0,
    since: '2024-03-05T09:10:00.000Z',
    until: '2024-03-05T09:25:00.000Z',
    series_total: 3,
    series: [
      {
        labels: { state: 'captured' },
        points: [
          ['2024-03-05T09:10:00.000Z', 0],
          ['2024-03-05T09:15:00.000Z', 0],
          ['2024-03-05T09:20:00.000Z', 2],
        ],
      },
      {
        labels: { state: 'passthrough' },
        points: [
          ['2024-03-05T09:10:00.000Z', 1],
          ['2024-03-05T09:15:00.000Z', 0],
          ['2024-03-05T09:20:00.000Z', 0],
        ],
      },
      {
        labels: { state: 'service' },
        points: [
          ['2024-03-05T09:10:00.000Z', 1],
          ['2024-03-05T09:15:00.000Z', 0],
          ['2024-03-05T09:20:00.000Z', 0],
        ],
      },
    ],
  });
});

t.test('the largest series are told, and how many there are', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const { series, series_total } = (
    await app.inject('/api/v1/timeseries?step=1h&group_by=state&direction=outbound&limit=1')
  ).json();
  t.equal(series_total, 3);
  t.strictSame(series, [{ labels: { state: 'captured' }, points: [['2024-03-05T09:00:00.000Z', 2]] }]);
});

t.test('durations are told with how far they may be off', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const { relative_error, series } = (
    await app.inject('/api/v1/timeseries?step=1h&metric=duration_p99&state=passthrough')
  ).json();
  t.equal(relative_error, 1 / 16);
  const [[, value]] = series[0].points;
  t.ok(Math.abs(value - 1_500) <= 1_500 * relative_error, `${value} for 1500 ms`);
});

t.test('NDJSON and CSV are flat rows', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const url = '/api/v1/timeseries?step=1h&group_by=source&group_by=state&direction=outbound';
  const ndjson = await app.inject({ url, headers: { accept: 'application/x-ndjson' } });
  t.match(ndjson.headers['content-type'], 'application/x-ndjson');
  const rows = ndjson.body
    .trimEnd()
    .split('\n')
    .map((row) => JSON.parse(row));
  t.strictSame(rows[0], {
    time: '2024-03-05T09:00:00.000Z',
    source: 'cache',
    source_namespace: rows[0].source_namespace,
    state: 'captured',
    value: 2,
  });
  const csv = await app.inject({ url, headers: { accept: 'text/csv' } });
  t.equal(csv.headers['content-disposition'], 'attachment; filename="timeseries.csv"');
  const [header = [], ...cells] = parseCsv(csv.body);
  t.strictSame(header, ['time', 'source', 'source_namespace', 'state', 'value']);
  t.strictSame(
    cells,
    rows.map((row) => header.map((name) => String(row[name] ?? ''))),
  );
  const edges = await app.inject({ url: '/api/v1/topology', headers: { accept: 'text/csv' } });
  t.equal(edges.headers['content-disposition'], 'attachment; filename="topology.csv"');
  t.equal(parseCsv(edges.body).length, 9);
});

t.test('what cannot be asked is told, with what can', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const refused: ReadonlyArray<readonly [query: string, detail: RegExp]> = [
    ['timeseries?metric=duration_p96', /one of connections, .*duration_p99/],
    ['timeseries?group_by=pod', /"group_by".*one of state, upstream_cluster/],
    ['timeseries?step=30s', /whole minutes such as 1m/],
    ['timeseries?step=0m', /whole minutes/],
    ['timeseries?step=soon', /whole minutes/],
    ['timeseries?steps=1m', /step/],
    ['timeseries?limit=0', /limit/],
    ['timeseries?verdict=pending', /cannot use filter "verdict" with timeseries/],
    ['timeseries?severity=high', /cannot use filter "severity" with timeseries/],
    [`timeseries?source=${INCIDENT.client}`, /an address/],
    ['timeseries?source=10.40.1.5:40112', /an address alone/],
    ['timeseries?cursor=x', /cursor/],
    ['topology?diagnosis=catch_all_capture', /cannot use filter "diagnosis" with topology/],
    ['topology?direction=inbound', /direction/],
    ['topology?source=10.40.1.5:40112', /an address alone/],
    ['topology?step=1m', /step/],
  ];
  for (const [query, detail] of refused) {
    const answer = await app.inject(`/api/v1/${query}`);
    t.equal(answer.statusCode, 400, query);
    t.match(answer.json(), { code: /^(bad|unknown)_parameter$/, detail });
  }
});

t.test('too many points are refused, with what to do', async (t) => {
  const line = (time: string) => INCIDENT_TEXT.split('\n')[0]?.replace(/\[[^\]]*\]/, `[${time}]`) ?? '';
  const lines = `${line('2022-03-05T09:10:00.100Z')}\n${line('2024-03-05T09:10:00.100Z')}\n`;
  const { app } = await createApp(t, { lines });
  const answer = await app.inject('/api/v1/timeseries');
  t.equal(answer.statusCode, 400);
  t.match(answer.json(), { code: 'bad_parameter', detail: /1 series of \d+ steps/, remedy: /longer step/ });
  t.equal((await app.inject('/api/v1/timeseries?step=1h')).statusCode, 200);
});

t.test('nothing from a line gets out of a label', async (t) => {
  const lines = INCIDENT_TEXT.replaceAll('outbound|6379||redis-ext.billing.svc.cluster.local', '=cmd|\u202e');
  const { app } = await createApp(t, { lines });
  const url = '/api/v1/timeseries?step=1h&group_by=upstream_cluster';
  const json = await app.inject(url);
  const csv = await app.inject({ url, headers: { accept: 'text/csv' } });
  for (const { body } of [json, csv]) t.notMatch(body, '\u202e');
  t.match(csv.body, "'=cmd|");
});
