/** The server as a process, and the senders' own clients. */
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { pinoLoki } from 'pino-loki';
import t from 'tap';
import { PATIENCE_MS } from '../helpers/cli.ts';
import { INCIDENT_LINES } from '../helpers/incident-lines.ts';
import { serve } from '../helpers/serve.ts';

/** The lines without stern's prefix; the seventh is of the proxy itself. */
const BARE = INCIDENT_LINES.map((line) => line.replace(/^\S+ istio-proxy /, ''));
const HELD = 6;
const SECRET = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ';

t.test('pino-loki', async (t) => {
  const server = await serve(t, ['--db', join(t.testdir(), 'm.db')]);
  const labels = { pod: 'web-0', namespace: 'shop', container: 'istio-proxy' };
  const stream = pinoLoki({
    host: server.url,
    labels,
    batching: { interval: 0.2 },
    timeout: PATIENCE_MS,
    logFormat: ({ msg = '' }) => msg,
    silenceErrors: false,
  });
  for (const msg of BARE) stream.write(`${JSON.stringify({ level: 30, time: Date.now(), msg })}\n`);
  stream.end();
  await once(stream, 'close');
  const lines = await server.lines('pod', 'namespace', 'container', 'envelope');
  t.strictSame(
    lines,
    Array.from({ length: HELD }, () => ['web-0', 'shop', 'istio-proxy', 'loki']),
  );
});

for (const [name, Exporter] of [
  ['JSON', JsonExporter],
  ['protobuf', ProtobufExporter],
] as const) {
  t.test(`the OTLP exporter of OpenTelemetry, ${name}, with a token`, async (t) => {
    const directory = t.testdir({ tokens: `otel ingest ${SECRET}1\nreader read ${SECRET}2\n` });
    const args = ['--db', join(directory, 'm.db'), '--token-file', join(directory, 'tokens')];
    const server = await serve(t, args, { token: `${SECRET}2` });
    const provider = (token: string) => {
      const exporter = new Exporter({
        url: `${server.url}/v1/logs`,
        headers: { authorization: `Bearer ${token}` },
        timeoutMillis: PATIENCE_MS,
      });
      return new LoggerProvider({
        resource: resourceFromAttributes({
          'k8s.pod.name': 'web-0',
          'k8s.namespace.name': 'shop',
          'k8s.container.name': 'istio-proxy',
        }),
        processors: [new BatchLogRecordProcessor({ exporter, exportTimeoutMillis: PATIENCE_MS })],
      });
    };
    const refused = provider(`${SECRET}2`);
    refused.getLogger('files').emit({ body: BARE[0] ?? '' });
    await refused.shutdown();
    t.strictSame(await server.lines('pod'), [], 'the token of a reader stores nothing');
    const taken = provider(`${SECRET}1`);
    for (const body of BARE)
      taken.getLogger('files').emit({ body, attributes: { 'log.iostream': 'stdout' } });
    await taken.shutdown();
    t.strictSame(
      await server.lines('pod', 'namespace', 'container', 'envelope'),
      Array.from({ length: HELD }, () => ['web-0', 'shop', 'istio-proxy', 'otlp']),
    );
  });
}

t.test('the client of Elasticsearch', async (t) => {
  const server = await serve(t, ['--db', join(t.testdir(), 'm.db')]);
  const client = new Client({ node: server.url, compression: true });
  t.teardown(() => client.close());
  t.equal((await client.info()).cluster_name, 'meshwake');
  const dropped: unknown[] = [];
  const result = await client.helpers.bulk({
    datasource: [...BARE, 'hello'].map((message) => ({
      '@timestamp': '2024-03-05T09:10:01.000Z',
      message,
      kubernetes: { pod: { name: 'web-0' }, namespace: 'shop', container: { name: 'istio-proxy' } },
    })),
    onDocument: () => ({ create: { _index: 'logs-mesh' } }),
    onDrop: ({ status, error }) => void dropped.push([status, error?.reason]),
  });
  t.match(result, { total: 8, successful: 7, failed: 1 });
  t.strictSame(dropped, [[400, 'cannot store: unknown_format']]);
  t.strictSame(
    await server.lines('pod', 'namespace', 'container', 'envelope'),
    Array.from({ length: HELD }, () => ['web-0', 'shop', 'istio-proxy', 'elasticsearch']),
  );
});
