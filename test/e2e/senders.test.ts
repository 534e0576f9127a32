/** The server as a process, and the senders' own clients. */
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import { credentials, Client as GrpcClient } from '@grpc/grpc-js';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { pinoLoki } from 'pino-loki';
import t from 'tap';
import { als, node, tcp } from '../helpers/als.ts';
import { ended, PATIENCE_MS, runCli, startCli, waitFor } from '../helpers/cli.ts';
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

t.test("Envoy's access log service, and what it has answered survives kill -9", async (t) => {
  const db = join(t.testdir(), 'm.db');
  const child = startCli(['serve', '--listen', '127.0.0.1:0', '--als', '127.0.0.1:0', '--db', db]);
  t.teardown(() => void child.kill('SIGKILL'));
  const [, address = ''] = await waitFor(child.stderr, /access logs of proxies on (\S+)/);
  const client = new GrpcClient(address, credentials.createInsecure());
  t.teardown(() => client.close());
  const entry = {
    start: Date.UTC(2024, 2, 5, 9, 10),
    duration: 5,
    received: 1,
    sent: 2,
    downstreamRemote: ['10.40.1.5', 38_210],
    downstreamLocal: ['10.40.2.8', 6379],
    upstreamHost: ['10.40.2.8', 6379],
    upstreamLocal: ['10.40.1.5', 40_112],
    cluster: 'PassthroughCluster',
  } as const;
  await new Promise<void>((resolve, reject) => {
    const stream = client.makeClientStreamRequest<Buffer, Buffer>(
      '/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs',
      (bytes) => bytes,
      (bytes) => bytes,
      (error) => (error === null ? resolve() : reject(error)),
    );
    stream.write(als({ node: node('sidecar~10.40.1.5~web-0.shop~x'), tcp: [tcp(entry)] }));
    stream.end();
  });
  const result = ended(child);
  child.kill('SIGKILL');
  await result;
  const lines = await runCli(['get', 'connections', '--db', db, '-o', 'ndjson']);
  t.match(JSON.parse(lines.stdout), { pod: 'web-0', namespace: 'shop', envelope: 'als', bytes_sent: 2 });
});

t.test('a port of the access log service that is taken is told', async (t) => {
  const directory = t.testdir();
  const db = join(directory, 'm.db');
  const { url } = await serve(t, ['--db', join(directory, 'other.db')]);
  const taken = url.replace('http://', '');
  const result = await runCli(['serve', '--listen', '127.0.0.1:0', '--als', taken, '--db', db]);
  t.match(result, {
    exit: 1,
    stderr: `error: cannot listen on ${taken}: another program does\nhint: choose another address with --als`,
  });
  const open = await runCli(['serve', '--als', '0.0.0.0:0', '--db', db]);
  t.match(open, { exit: 2, stderr: /serve this machine alone with --als 127\.0\.0\.1:0/ });
});

t.test('what each way in has answered survives kill -9', async (t) => {
  const db = join(t.testdir(), 'm.db');
  const json = { 'content-type': 'application/json' };
  const record = (body: string) => ({ body: { stringValue: body } });
  const ways: [path: string, headers: Record<string, string>, bodyOf: (line: string) => string][] = [
    ['/api/v1/ingest', { 'content-type': 'text/plain' }, (line) => `${line}\n`],
    ['/api/v1/ingest', json, (line) => JSON.stringify([{ message: line }])],
    [
      '/loki/api/v1/push',
      json,
      (line) => JSON.stringify({ streams: [{ stream: {}, values: [['1', line]] }] }),
    ],
    [
      '/v1/logs',
      json,
      (line) => JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record(line)] }] }] }),
    ],
    [
      '/_bulk',
      { 'content-type': 'application/x-ndjson' },
      (line) => `{"create":{}}\n${JSON.stringify({ message: line })}\n`,
    ],
  ];
  for (const [at, [path, headers, bodyOf]] of ways.entries()) {
    const server = await serve(t, ['--db', db]);
    const line = (BARE[0] ?? '').replace('09:10:00.100', `09:10:0${at}.100`);
    const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: bodyOf(line) });
    const result = ended(server.child);
    server.child.kill('SIGKILL');
    t.ok(answer.ok, path);
    await result;
  }
  const lines = await runCli(['get', 'connections', '--db', db, '-o', 'ndjson']);
  t.equal(lines.stdout.trimEnd().split('\n').length, ways.length, lines.stderr);
});
