// Promises: C4, C5, L2 (docs/reliability.md).
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { INGEST_REQUESTS_MAX, LINE_BYTES_MAX } from '../../../src/domain/limits.ts';
import { createApp } from '../../helpers/app.ts';
import { INCIDENT_LINES, INCIDENT_TEXT } from '../../helpers/incident-lines.ts';
import { INCIDENT_ZSTD } from '../../helpers/zstd.ts';

const URL = '/api/v1/ingest';
const WHOLE = { received: 7, accepted: 6, duplicates: 0, skipped: 1, rejected: 0, rejects: [] };

const post = (
  app: FastifyInstance,
  payload: string | Buffer,
  headers: Record<string, string> = {},
  url = URL,
) => app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'text/plain', ...headers } });

t.test('lines are counted by what became of them, and stored', async (t) => {
  const { app, runtime } = await createApp(t);
  const response = await post(app, `${INCIDENT_TEXT}not a log line\n`);
  t.match(response.json(), { received: 8, accepted: 6, duplicates: 0, skipped: 1, rejected: 1 });
  t.match(response.json().rejects, [{ line: 8, text: 'not a log line' }]);
  t.match(await runtime.store.counts(), { lines: 6, pairs: 2 });
});

t.test('the same lines again change nothing, however they are sent', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const again = { received: 7, accepted: 0, duplicates: 6, skipped: 1, rejected: 0 };
  t.match((await post(app, INCIDENT_TEXT)).json(), again);
  t.match((await post(app, [...INCIDENT_LINES].reverse().join('\r\n'))).json(), again, 'reversed, with CRLF');
  t.match(
    (await post(app, gzipSync(INCIDENT_TEXT), { 'content-encoding': 'gzip' })).json(),
    again,
    'compressed',
  );
});

t.test('takes compressed bodies', async (t) => {
  const rows: [encoding: string, body: Buffer][] = [
    ['gzip', gzipSync(INCIDENT_TEXT)],
    ['x-gzip', Buffer.concat([gzipSync(INCIDENT_TEXT.slice(0, 500)), gzipSync(INCIDENT_TEXT.slice(500))])],
    ['deflate', deflateSync(INCIDENT_TEXT)],
    ['br', brotliCompressSync(INCIDENT_TEXT)],
    ['zstd', INCIDENT_ZSTD],
    ['identity', Buffer.from(INCIDENT_TEXT)],
  ];
  for (const [encoding, body] of rows) {
    const { app } = await createApp(t);
    t.strictSame((await post(app, body, { 'content-encoding': encoding })).json(), WHOLE, encoding);
  }
});

t.test('refuses what it cannot decompress', async (t) => {
  const { app } = await createApp(t);
  const rows: [encoding: string, body: Buffer, code: string][] = [
    ['gzip', Buffer.from('not gzip at all'), 'bad_body'],
    ['gzip', gzipSync(INCIDENT_TEXT).subarray(0, 200), 'bad_body'],
    ['zstd', Buffer.from('not zstd at all'), 'bad_body'],
    ['zstd', INCIDENT_ZSTD.subarray(0, 200), 'bad_body'],
    ['snappy', Buffer.from('x'), 'unsupported_media_type'],
    ['gzip, gzip', Buffer.from('x'), 'unsupported_media_type'],
  ];
  for (const [encoding, body, code] of rows) {
    t.match((await post(app, body, { 'content-encoding': encoding })).json(), { code }, encoding);
  }
});

t.test('a body that unpacks to a gigabyte costs no memory', async (t) => {
  const { app } = await createApp(t);
  const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024), { level: 9 });
  const before = process.memoryUsage().rss;
  const response = await post(app, bomb, { 'content-encoding': 'gzip' });
  t.match(response.json(), { received: 1, rejected: 1, rejects: [{ reason: 'line_too_long' }] });
  const more = process.memoryUsage().rss - before;
  t.ok(more < 160 * 1024 * 1024, `${more >> 20} MB more`);
});

t.test('a document is one line: in an array, one after another, or with NDJSON', async (t) => {
  const documents = INCIDENT_LINES.map((line) => ({
    message: line.split(' istio-proxy ')[1],
    podName: line.split(' ')[0],
    containerName: 'istio-proxy',
    namespace: 'shop',
    nodeName: 'n1',
  }));
  const ndjson = documents.map((document) => `${JSON.stringify(document)}\n`).join('');
  const bodies: [name: string, type: string, body: string][] = [
    ['NDJSON', 'application/x-ndjson', ndjson],
    ['array', 'application/json', JSON.stringify(documents)],
    ['array over several lines', 'application/json; charset=utf-8', JSON.stringify(documents, null, 2)],
    [
      'one after another',
      'application/json',
      documents.map((document) => JSON.stringify(document, null, 1)).join(''),
    ],
  ];
  const { app } = await createApp(t);
  t.match((await post(app, bodies[0]?.[2] ?? '', { 'content-type': 'application/x-ndjson' })).json(), {
    accepted: 6,
    skipped: 1,
  });
  for (const [name, type, body] of bodies) {
    t.match(
      (await post(app, body, { 'content-type': type })).json(),
      { received: 7, accepted: 0, duplicates: 6, skipped: 1 },
      name,
    );
  }
});

t.test('the answer to a query of Loki is taken as it is', async (t) => {
  const { app } = await createApp(t);
  const line = INCIDENT_LINES[0]?.replace(/^\S+ istio-proxy /, '') ?? '';
  const result = [
    {
      stream: { pod: 'web-0' },
      values: [
        ['1', line],
        ['2', 'no line'],
      ],
    },
  ];
  const send = (body: string) =>
    app.inject({ method: 'POST', url: URL, headers: { 'content-type': 'application/json' }, payload: body });
  const body = JSON.stringify({ status: 'success', data: { resultType: 'streams', result } });
  t.match((await send(body)).json(), { received: 2, accepted: 1, rejected: 1 });
  t.match((await send(body.slice(0, -3))).json(), { status: 400, detail: /it ends in the middle/ });
  t.match((await app.inject('/api/v1/connections')).json(), { items: [{ pod: 'web-0', envelope: 'loki' }] });
});

t.test('refuses bodies that are no documents', async (t) => {
  const { app } = await createApp(t);
  for (const body of [
    'text',
    '[1]',
    '["x"]',
    '[{}',
    '{"a":',
    '[{} {}]',
    '[{}]x',
    '{"a":1},',
    '[{},,{}]',
    '"a"',
    '{"a":"\n"}',
  ]) {
    const response = await post(app, body, { 'content-type': 'application/json' });
    t.match(response.json(), { code: 'bad_body', detail: /at byte \d+/ }, body);
  }
  const empty = { received: 0, accepted: 0 };
  for (const body of ['', '[]', ' \n'])
    t.match((await post(app, body, { 'content-type': 'application/json' })).json(), empty, body);
});

t.test('a document beyond the limits is one rejected line', async (t) => {
  const { app } = await createApp(t);
  const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
  const long = JSON.stringify({ message: 'x'.repeat(2 * LINE_BYTES_MAX) });
  const response = await post(app, `[${deep},${long},{"a":1}]`, { 'content-type': 'application/json' });
  t.match(response.json(), {
    received: 3,
    rejected: 3,
    rejects: [{ line: 1 }, { line: 2, reason: 'line_too_long' }, { line: 3 }],
  });
});

t.test('who wrote the lines can be told, and the format as well', async (t) => {
  const { app, runtime } = await createApp(t);
  const format = '[%START_TIME%] %UPSTREAM_CLUSTER% %UPSTREAM_HOST%';
  const query = new URLSearchParams({ pod: 'web-0', namespace: 'shop', format });
  await post(app, '[2024-03-05T09:10:00.100Z] PassthroughCluster 10.0.0.1:80\n', {}, `${URL}?${query}`);
  const page = await app.inject('/api/v1/connections');
  t.match(page.json().items, [{ pod: 'web-0', namespace: 'shop', format, upstream_host: '10.0.0.1:80' }]);
  t.match(await runtime.store.counts(), { lines: 1 });
});

t.test('takes no other content', async (t) => {
  const { app } = await createApp(t);
  for (const type of ['image/png', 'application/xml', 'text/plainx']) {
    const response = await post(app, 'x', { 'content-type': type });
    t.equal(response.statusCode, 415, type);
    t.match(response.json(), {
      detail: new RegExp(`its Content-Type is "${type}", expected one of text/plain, application/x-ndjson`),
      remedy: /curl -H "Content-Type: text\/plain"/,
    });
  }
});

t.test('takes so many bodies at once and no more', async (t) => {
  const { app } = await createApp(t);
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}${URL}`;
  // They end when they are told to; the server says when it has taken one up.
  const begin = async (): Promise<ClientRequest> => {
    const headers = { 'content-type': 'text/plain', expect: '100-continue', connection: 'close' };
    const sending = request(url, { method: 'POST', headers });
    sending.flushHeaders();
    await once(sending, 'continue');
    sending.write(INCIDENT_TEXT);
    return sending;
  };
  const slow = await Promise.all(Array.from({ length: INGEST_REQUESTS_MAX }, begin));
  const refused = await Promise.all(Array.from({ length: 3 }, () => post(app, INCIDENT_TEXT)));
  t.match(
    refused.map(({ statusCode, headers }) => [statusCode, headers['retry-after']]),
    new Array(3).fill([429, '1']),
  );
  const waiting = post(app, INCIDENT_TEXT);
  // Node.js emits the answer alone.
  const answers = slow.map((sending) => once(sending, 'response') as Promise<[IncomingMessage]>);
  for (const sending of slow) sending.end();
  for (const [{ statusCode }] of await Promise.all(answers)) t.equal(statusCode, 200);
  t.equal((await waiting).statusCode, 200, 'and takes them again afterwards');
});
