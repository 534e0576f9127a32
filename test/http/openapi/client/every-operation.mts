/**
 * A program as somebody else would write it: with openapi-fetch, and types that openapi-typescript made of the description.
 * The test that runs it makes `api.d.ts` beside it and has the compiler check both.
 */
import createClient from 'openapi-fetch';
import type { components, paths } from './api.d.ts';

type Connection = components['schemas']['Connection'];
/** Of the forms that answers have, those that are JSON. */
type Media = 'application/json' | 'application/problem+json';

const asText = { bodySerializer: (body: unknown) => String(body) };

/** What the client read, for the test to compare. */
export interface Seen {
  readonly received: number;
  readonly critical: readonly string[];
  readonly failed: number;
  readonly firstEvent: string;
  readonly csv: string;
}

export async function useEveryOperation(
  baseUrl: string,
  fetch: typeof globalThis.fetch,
  log: string,
): Promise<Seen> {
  const client = createClient<paths, Media>({ baseUrl, fetch });
  const received = await sendLines(client, log);
  const { critical, failed } = await askLists(client);
  const { firstEvent, csv } = await askRest(client);
  return { received, critical, failed, firstEvent, csv };
}

type Client = ReturnType<typeof createClient<paths, Media>>;

/** The data of an answer; an error is thrown with what the server said of it. */
function dataOf<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(`no data: ${JSON.stringify(error)}`);
  return data;
}

async function sendLines(client: Client, log: string): Promise<number> {
  const tally = dataOf(
    await client.POST('/api/v1/ingest', {
      params: { query: { namespace: 'harvest' } },
      headers: { 'content-type': 'text/plain' },
      body: log,
      ...asText,
    }),
  );
  const [line = ''] = log.match(/\[20.*"- - -".*/) ?? [];
  const now = `${Date.now()}000000`;
  await client.POST('/loki/api/v1/push', {
    body: { streams: [{ stream: { pod: 'loki-0' }, values: [[now, line]] }] },
  });
  const records = [{ timeUnixNano: now, body: { stringValue: line } }];
  const otlp = {
    body: { resourceLogs: [{ resource: { attributes: [] }, scopeLogs: [{ logRecords: records }] }] },
  };
  dataOf(await client.POST('/v1/logs', otlp));
  dataOf(await client.POST('/otlp/v1/logs', otlp));
  const bulk = {
    headers: { 'content-type': 'application/x-ndjson' },
    body: `{"create":{}}\n${JSON.stringify({ message: line })}\n`,
    ...asText,
  };
  const { items } = dataOf(await client.POST('/_bulk', bulk));
  const status: number | undefined = items[0]?.create?.status;
  if (status !== 201) throw new Error(`bulk answered ${status}`);
  dataOf(await client.POST('/{index}/_bulk', { params: { path: { index: 'logs' } }, ...bulk }));
  return tally.received;
}

async function askLists(client: Client): Promise<{ critical: string[]; failed: number }> {
  const failures: Connection[] = [];
  let cursor: string | null = null;
  do {
    const query: { response_flag: string[]; limit: number; cursor?: string } = {
      response_flag: ['UF', 'URX'],
      limit: 5,
    };
    if (cursor !== null) query.cursor = cursor;
    const page: components['schemas']['ConnectionPage'] = dataOf(
      await client.GET('/api/v1/connections', { params: { query } }),
    );
    failures.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  const id = failures[0]?.id ?? '';
  const one = dataOf(await client.GET('/api/v1/connections/{id}', { params: { path: { id } } }));
  // @ts-expect-error: a connection has no field of this name.
  if (one.latency !== undefined) throw new Error('there is a latency');
  const pairs = dataOf(await client.GET('/api/v1/pairs', { params: { query: { limit: 1 } } }));
  const pair = pairs.items[0];
  if (pair === undefined) throw new Error('no pair');
  const both: [Connection, Connection, number] = [pair.outbound, pair.inbound, pair.start_skew_ms];
  if (both[0].id !== pair.id) throw new Error('a pair has the id of its client line');
  dataOf(await client.GET('/api/v1/pairs/{id}', { params: { path: { id: pair.id } } }));
  const { items: routes } = dataOf(await client.GET('/api/v1/routes'));
  dataOf(await client.GET('/api/v1/routes/{id}', { params: { path: { id: routes[0]?.id ?? '' } } }));
  const { items: shifts } = dataOf(
    await client.GET('/api/v1/shifts', { params: { query: { state: ['captured'] } } }),
  );
  dataOf(await client.GET('/api/v1/shifts/{id}', { params: { path: { id: shifts[0]?.id ?? '' } } }));
  const { items: incidents } = dataOf(
    await client.GET('/api/v1/incidents', { params: { query: { severity: ['critical'] } } }),
  );
  const critical = incidents.map((incident) => incident.diagnosis);
  const path = { id: incidents[0]?.id ?? '' };
  dataOf(await client.GET('/api/v1/incidents/{id}', { params: { path } }));
  const evidence = dataOf(await client.GET('/api/v1/incidents/{id}/evidence', { params: { path } }));
  if (evidence.incident.id !== path.id) throw new Error('evidence of another incident');
  const { judged } = dataOf(await client.GET('/api/v1/anomalies'));
  if (judged.trials < 0) throw new Error('fewer than none');
  const missing = await client.GET('/api/v1/anomalies/{id}', { params: { path: { id: 'none' } } });
  const problem: components['schemas']['Problem'] | undefined = missing.error;
  if (problem?.code !== 'not_found') throw new Error('an anomaly that there is not');
  return { critical, failed: failures.length };
}

async function askRest(client: Client): Promise<{ firstEvent: string; csv: string }> {
  const { series } = dataOf(
    await client.GET('/api/v1/timeseries', { params: { query: { step: '1h', group_by: ['state'] } } }),
  );
  const point = series[0]?.points[0];
  if (point?.length !== 2) throw new Error('no point');
  const { edges } = dataOf(
    await client.GET('/api/v1/topology', { params: { query: { direction: ['outbound'] } } }),
  );
  if (edges[0]?.states.captured === undefined && edges.length === 0) throw new Error('no edges');
  const graph = { params: { query: { state: ['captured'] } } };
  const drawn = dataOf(await client.GET('/api/v1/graph/nodes', graph)).map(({ id }) => id);
  const lines = dataOf(await client.GET('/api/v1/graph/edges', graph));
  if (!lines.every(({ source, target }) => drawn.includes(source) && drawn.includes(target)))
    throw new Error('loose ends');
  const coverage = dataOf(await client.GET('/api/v1/coverage'));
  if (coverage.lines.total === 0) throw new Error('no lines');
  const address = '10.36.1.9:5701';
  const explained = dataOf(await client.GET('/api/v1/explain/{address}', { params: { path: { address } } }));
  if (explained.class !== 'pod') throw new Error(`a pod is a ${explained.class}`);
  const made = dataOf(await client.POST('/api/v1/reports', { params: { query: { since: ['7d'] } } }));
  const { items: reports } = dataOf(await client.GET('/api/v1/reports'));
  if (reports[0]?.id !== made.id || made.schedule !== null) throw new Error('no report was made');
  const { id } = made;
  dataOf(await client.GET('/api/v1/reports/{id}', { params: { path: { id } } }));
  const { items: schedules } = dataOf(await client.GET('/api/v1/schedules'));
  if (schedules.length > 0) throw new Error('a schedule without a configuration');
  for (const path of ['/livez', '/readyz', '/ready', '/metrics'] as const) {
    const text: string = dataOf(await client.GET(path, { parseAs: 'text' }));
    if (text === '') throw new Error(`nothing at ${path}`);
  }
  const events = dataOf(
    await client.GET('/api/v1/events', { params: { query: { types: ['incident'] } }, parseAs: 'stream' }),
  );
  const { value } = await (events as ReadableStream<Uint8Array>).getReader().read();
  const csv = dataOf(
    await client.GET('/api/v1/incidents', { params: { query: { format: 'csv' } }, parseAs: 'text' }),
  );
  return { firstEvent: new TextDecoder().decode(value), csv: String(csv) };
}
