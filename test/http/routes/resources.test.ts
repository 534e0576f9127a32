// Promises: L7 (docs/reliability.md).
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { csvHeader, RESOURCE_NAMES } from '../../../src/output/columns.ts';
import { createApp } from '../../helpers/app.ts';
import { parseCsv } from '../../helpers/csv.ts';
import { INCIDENT, INCIDENT_TEXT } from '../../helpers/incident-lines.ts';

const COUNTS = { connections: 6, pairs: 2, routes: 3, shifts: 1, incidents: 1, anomalies: 0 } as const;

const ids = (items: { id: string }[]): string[] => items.map(({ id }) => id);

async function ndjson(app: FastifyInstance, url: string): Promise<{ id: string }[]> {
  const { body, headers } = await app.inject({ url, headers: { accept: 'application/x-ndjson' } });
  t.match(headers['content-type'], 'application/x-ndjson');
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

t.test('each list has its items, and each item its own address', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  for (const resource of RESOURCE_NAMES) {
    const { items, next_cursor } = (await app.inject(`/api/v1/${resource}`)).json();
    t.equal(items.length, COUNTS[resource], resource);
    t.equal(next_cursor, null);
    for (const item of items) {
      const found = (await app.inject(`/api/v1/${resource}/${item.id}`)).json();
      // Lists do not follow the way of each connection.
      if (resource === 'connections') found.hops = null;
      t.strictSame(found, item, `${resource} ${item.id}`);
    }
  }
});

t.test('pages go on where the one before ended, and the link leads there', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const whole = ids((await app.inject('/api/v1/connections')).json().items);
  const walked: string[] = [];
  let url: string | null = '/api/v1/connections?limit=4&kind=tcp';
  while (url !== null) {
    const response: {
      json(): { items: { id: string }[]; next_cursor: string | null };
      headers: Record<string, unknown>;
    } = await app.inject(url);
    const { items, next_cursor } = response.json();
    walked.push(...ids(items));
    const link = /^<(.+)>; rel="next"$/.exec(String(response.headers.link ?? ''))?.[1] ?? null;
    t.equal(link === null, next_cursor === null, 'there is a link as long as there is a cursor');
    url = link;
  }
  t.strictSame(walked, whole);
});

t.test('a cursor belongs to its filters', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const { next_cursor } = (await app.inject('/api/v1/connections?limit=1')).json();
  t.equal((await app.inject(`/api/v1/connections?limit=1&cursor=${next_cursor}`)).statusCode, 200);
  t.match((await app.inject(`/api/v1/connections?limit=1&port=1&cursor=${next_cursor}`)).json(), {
    code: 'bad_cursor',
  });
});

t.test('a filter given twice means or, two filters mean and', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const rows: [query: string, lines: number][] = [
    [`pod=${INCIDENT.client}`, 4],
    [`pod=${INCIDENT.client}&pod=${INCIDENT.server}`, 6],
    [`pod=cache-*&direction=inbound`, 2],
    ['state=captured&state=passthrough', 3],
    ['state=captured&response_flag=UF', 2],
    ['destination=10.40.2.8:6379&direction=outbound', 3],
    [`upstream_cluster=${encodeURIComponent('outbound|6379||*')}`, 3],
    ['until=2024-03-05T09:11:00Z', 2],
    ['since=2024-03-05T09:15:00Z', 2],
    ['port=1', 0],
  ];
  for (const [query, lines] of rows) {
    t.equal((await app.inject(`/api/v1/connections?${query}`)).json().items.length, lines, query);
  }
});

t.test('NDJSON and CSV give everything, in the order of the pages', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  for (const resource of RESOURCE_NAMES) {
    const { items } = (await app.inject(`/api/v1/${resource}?limit=10000`)).json();
    t.strictSame(await ndjson(app, `/api/v1/${resource}`), items, resource);
    const response = await app.inject({ url: `/api/v1/${resource}`, headers: { accept: 'text/csv' } });
    t.match(response.headers['content-type'], 'text/csv');
    t.equal(response.headers['content-disposition'], `attachment; filename="${resource}.csv"`);
    const [header = [], ...rows] = parseCsv(response.body);
    t.strictSame([header], parseCsv(csvHeader(resource)));
    t.strictSame(
      rows.map((row) => row[header.indexOf('id')]),
      ids(items),
      `${resource} as CSV`,
    );
  }
});

t.test('a flat page has the columns of CSV, and nothing in objects', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  for (const resource of RESOURCE_NAMES) {
    const response = await app.inject(`/api/v1/${resource}?format=flat`);
    t.match(response.headers['content-type'], 'application/vnd.meshwake.flat+json');
    const rows: Record<string, unknown>[] = response.json();
    const [header = []] = parseCsv(csvHeader(resource));
    const { items } = (await app.inject(`/api/v1/${resource}`)).json();
    t.strictSame(ids(rows as { id: string }[]), ids(items), resource);
    for (const row of rows) {
      t.strictSame(
        Object.keys(row),
        header.map((name) => name.replaceAll('.', '_')),
      );
      t.ok(Object.values(row).every((value) => value === null || typeof value !== 'object'));
    }
  }
  const [route] = (await app.inject('/api/v1/routes?format=flat&state=captured')).json();
  t.match(route, { source_pod: INCIDENT.client, destination_port: 6379, state: 'captured' });
  const page = await app.inject('/api/v1/connections?format=flat&limit=2');
  t.equal(page.json().length, 2);
  t.match(page.headers.link, /format=flat.*rel="next"/);
});

t.test('a stream goes on over many pages, and ends at the limit asked for', async (t) => {
  const lines = Array.from({ length: 2_345 }, (_, index) => {
    const time = new Date(Date.UTC(2024, 2, 5) + 1_000 * index).toISOString();
    return `web-0 istio-proxy [${time}] "- - -" 0 - - - "-" 1 2 3 - "-" "-" "-" "-" "10.0.0.1:80" PassthroughCluster 10.0.0.2:${10_000 + index} 10.0.0.1:80 10.0.0.2:${40_000 + index} - -\n`;
  }).join('');
  const { app } = await createApp(t, { lines });
  const all = ids(await ndjson(app, '/api/v1/connections'));
  t.equal(all.length, 2_345);
  t.equal(new Set(all).size, 2_345, 'none twice');
  t.strictSame(ids(await ndjson(app, '/api/v1/connections?limit=1500')), all.slice(0, 1_500));
});

t.test('a bad cursor is an error also where a stream was asked for', async (t) => {
  const { app } = await createApp(t);
  const response = await app.inject({ url: '/api/v1/pairs?cursor=x', headers: { accept: 'text/csv' } });
  t.match(response.json(), { code: 'bad_cursor' });
  t.equal(response.headers['content-disposition'], undefined);
});

t.test('explains an address, with and without its port', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  for (const address of ['10.40.2.8:6379', '10.40.2.8']) {
    const explanation = (await app.inject(`/api/v1/explain/${address}`)).json();
    t.match(explanation, { address, class: 'pod', pods: [{ pod: INCIDENT.server }] });
    t.equal(explanation.incidents.length, 1);
  }
  t.match((await app.inject(`/api/v1/explain/${encodeURIComponent('[2001:db8::1]:80')}`)).json(), {
    class: 'unknown',
    pods: [],
  });
});

t.test('explains no address that no connection can have', async (t) => {
  const { app } = await createApp(t);
  for (const [address, detail] of [
    ['10.0.0.1:0', /no connection has port 0/],
    ['web', /expected an address such as/],
  ] as const)
    t.match((await app.inject(`/api/v1/explain/${address}`)).json(), { code: 'bad_parameter', detail });
});

t.test('a misspelt parameter or value is told what may have been meant', async (t) => {
  const { app } = await createApp(t);
  for (const [query, meant] of [
    ['prot=5701', 'port'],
    ['state=captred', 'captured'],
  ])
    t.match((await app.inject(`/api/v1/pairs?${query}`)).json(), {
      status: 400,
      remedy: `did you mean ${meant}?`,
    });
});
