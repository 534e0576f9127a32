import { brotliCompressSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { BULK_BYTES_MAX, BULK_ITEMS_MAX, LINE_BYTES_MAX } from '../../../src/domain/limits.ts';
import { createApp } from '../../helpers/app.ts';
import { linesOf, rejectsOf } from '../../helpers/app-lines.ts';
import { INCIDENT_LINES } from '../../helpers/incident-lines.ts';

/** The lines without stern's prefix. */
const BARE = INCIDENT_LINES.map((line) => line.replace(/^\S+ istio-proxy /, ''));
const [FIRST = '', SECOND = ''] = BARE;
const KUBERNETES = {
  pod: { name: 'web-0' },
  namespace: 'shop',
  container: { name: 'istio-proxy' },
  node: { name: 'n1' },
};
const WEB_IDENTITY = { pod: 'web-0', namespace: 'shop', container: 'istio-proxy', node: 'n1' };
const CREATE = { create: { _index: 'filebeat-8.14.0' } };
const FORM = { envelope: 'elasticsearch', format: 'istio-text-1.9' };

const ndjson = (...lines: readonly (object | string)[]) =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
const filebeat = (message: string, kubernetes: object = KUBERNETES) => ({
  '@timestamp': '2024-03-05T09:10:01.000Z',
  message,
  kubernetes,
});
const post = (
  app: FastifyInstance,
  payload: string | Buffer,
  headers: Record<string, string> = {},
  url = '/_bulk',
) =>
  app.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  });

t.test('stores documents as Filebeat sends them, and the same again changes nothing', async (t) => {
  const { app } = await createApp(t);
  const body = ndjson(...BARE.flatMap((line) => [CREATE, filebeat(line)]));
  const response = await post(
    app,
    body,
    {},
    '/_bulk?filter_path=errors%2Citems.%2A.error%2Citems.%2A.status',
  );
  t.match(response.json(), { took: Number, errors: false });
  t.strictSame(
    response.json().items,
    BARE.map(() => ({ create: { _index: 'filebeat-8.14.0', status: 201, result: 'created' } })),
  );
  t.equal(response.headers['x-elastic-product'], 'Elasticsearch');
  const lines = await linesOf(app);
  t.equal(lines.length, 6, 'the seventh is of the proxy itself');
  for (const line of lines) t.match(line, { ...WEB_IDENTITY, ...FORM });
  const rows: [headers: Record<string, string>, body: string | Buffer, url: string][] = [
    [{ 'content-encoding': 'gzip' }, gzipSync(body), '/_bulk'],
    [{ 'content-encoding': 'br' }, brotliCompressSync(body), '/logs/_bulk'],
    [{ 'content-type': 'application/json' }, body.trimEnd(), '/_bulk?refresh=true&pipeline=x'],
    [
      { 'content-type': 'application/vnd.elasticsearch+x-ndjson; compatible-with=8' },
      body.replaceAll('\n', '\r\n'),
      '/_bulk',
    ],
  ];
  for (const [headers, again, url] of rows) {
    const answer = await post(app, again, headers, url);
    t.match(answer.json(), { errors: false }, JSON.stringify(headers));
    t.equal(answer.json().items.length, 7);
  }
  t.strictSame(await linesOf(app), lines);
});

t.test('stores documents of other senders', async (t) => {
  const id = '0'.repeat(64);
  const file = `/var/log/containers/web-0_shop_istio-proxy-${id}.log`;
  const rows: [name: string, document: object, expected: object][] = [
    [
      'Logstash',
      { '@version': '1', message: FIRST, event: { original: FIRST }, log: { file: { path: file } } },
      { pod: 'web-0' },
    ],
    [
      'Fluent Bit',
      { '@timestamp': 'x', log: `${FIRST}\n`, kubernetes: { pod_name: 'web-0', namespace_name: 'shop' } },
      { namespace: 'shop' },
    ],
    [
      'Vector',
      { message: FIRST, kubernetes: { pod_name: 'web-0', pod_namespace: 'shop', pod_node_name: 'n1' } },
      { node: 'n1' },
    ],
    ['Fluentd', { message: FIRST, host: 'n1' }, { pod: null }],
  ];
  for (const [name, document, expected] of rows) {
    const { app } = await createApp(t);
    t.match((await post(app, ndjson({ index: {} }, document))).json(), {
      errors: false,
      items: [{ index: { status: 201 } }],
    });
    t.match(await linesOf(app), [{ ...FORM, ...expected }], name);
  }
});

t.test('each document that cannot be stored is told in its item', async (t) => {
  const { app } = await createApp(t);
  const long = filebeat('x'.repeat(LINE_BYTES_MAX));
  const body = ndjson(
    ...[{ create: { _index: 'a', _id: '1' } }, filebeat('hello')],
    ...[{ index: { _index: 'b' } }, filebeat(FIRST)],
    ...[CREATE, '{"message": '],
    ...['', { delete: { _index: 'c', _id: '2' } }],
    ...[{ update: { _id: '3' } }, { doc: {} }],
    ...[CREATE, '[1]'],
    ...[CREATE, long],
    ...[CREATE, filebeat(SECOND)],
  );
  const answer = (await post(app, body)).json();
  t.equal(answer.errors, true);
  const refused = (reason: string) => ({
    status: 400,
    error: { type: 'document_parsing_exception', reason: `cannot store: ${reason}` },
  });
  t.strictSame(answer.items, [
    { create: { _index: 'a', _id: '1', ...refused('unknown_format') } },
    { index: { _index: 'b', status: 201, result: 'created' } },
    { create: { _index: 'filebeat-8.14.0', ...refused('truncated') } },
    { delete: { _index: 'c', _id: '2', ...refused('lines that are stored cannot be deleted') } },
    { update: { _id: '3', ...refused('lines that are stored cannot be changed') } },
    { create: { _index: 'filebeat-8.14.0', ...refused('unknown_format') } },
    { create: { _index: 'filebeat-8.14.0', ...refused('line_too_long') } },
    { create: { _index: 'filebeat-8.14.0', status: 201, result: 'created' } },
  ]);
  t.equal((await linesOf(app)).length, 2);
  const rejects = await rejectsOf(app);
  t.strictSame(rejects.map(({ reason, lines }) => `${reason} ${lines}`).sort(), [
    'line_too_long 1',
    'truncated 1',
    'unknown_format 1',
    'unknown_format 1',
  ]);
});

t.test('an empty body has no items', async (t) => {
  const { app } = await createApp(t);
  for (const body of ['', '\n', '\n\n'])
    t.match((await post(app, body)).json(), { errors: false, items: [] });
});

t.test('refuses a body that is no bulk, in words that clients understand', async (t) => {
  const { app, drain } = await createApp(t);
  const rows: [body: string | Buffer, headers: Record<string, string>, status: number, reason: RegExp][] = [
    ['hello\n', {}, 400, /line 1 says nothing to do/],
    [ndjson(CREATE, filebeat(FIRST), filebeat(FIRST)), {}, 400, /line 3 says nothing to do/],
    [ndjson({ create: 'x' }), {}, 400, /line 1 says nothing to do/],
    [ndjson({ __proto__: null, drop: {} }), {}, 400, /line 1 says nothing to do/],
    ['{"__proto__": {"create": {}}}\n', {}, 400, /line 1 says nothing to do/],
    [
      `${JSON.stringify({ create: { _id: 'x'.repeat(LINE_BYTES_MAX) } })}\n{}\n`,
      {},
      400,
      /line 1 says nothing to do/,
    ],
    [ndjson(CREATE), {}, 400, /the document behind line 1 is missing/],
    ['x', { 'content-type': 'text/plain' }, 415, /expected one of application\/x-ndjson/],
    ['x', { 'content-encoding': 'gzip' }, 400, /cannot decompress/],
    [
      gzipSync('{"delete":{}}\n'.repeat(BULK_ITEMS_MAX + 1)),
      { 'content-encoding': 'gzip' },
      413,
      /more than 100000 operations/,
    ],
    ['\n'.repeat(4 * BULK_ITEMS_MAX + 1), {}, 413, /more than 400000 lines/],
    [
      gzipSync(Buffer.alloc(BULK_BYTES_MAX + 1, ' ')),
      { 'content-encoding': 'gzip' },
      413,
      /more than 104857600 bytes/,
    ],
  ];
  const check = async ([body, headers, status, reason]: (typeof rows)[number]) => {
    const response = await post(app, body, headers);
    t.match(response.json(), { status, error: { type: String, reason, root_cause: [{ reason }] } });
    t.match(response.headers, { 'content-type': /^application\/json/, 'x-elastic-product': 'Elasticsearch' });
    t.equal(response.statusCode, status);
  };
  for (const row of rows) await check(row);
  drain();
  await check([ndjson(CREATE, filebeat(FIRST)), {}, 503, /about to stop/]);
  t.equal((await post(app, '')).headers['retry-after'], '1');
});

t.test(
  'what is stored before a body turns out to be broken is stored once when it is sent again',
  async (t) => {
    const { app } = await createApp(t);
    t.equal((await post(app, `${ndjson(CREATE, filebeat(FIRST))}broken\n`)).statusCode, 400);
    t.equal((await post(app, ndjson(CREATE, filebeat(FIRST), CREATE, filebeat(SECOND)))).statusCode, 200);
    t.equal((await linesOf(app)).length, 2);
  },
);

t.test('answers what senders ask before they send', async (t) => {
  const { app } = await createApp(t);
  const about = await app.inject('/');
  t.match(about.json(), { version: { number: /^8\.\d+\.\d+$/ }, tagline: 'You Know, for Search' });
  t.equal(about.headers['x-elastic-product'], 'Elasticsearch');
  t.equal((await app.inject({ method: 'HEAD', url: '/' })).statusCode, 200);
  t.match((await app.inject('/_license?human=false')).json(), {
    license: { type: 'basic', status: 'active' },
  });
  t.match((await app.inject('/_xpack')).json(), { license: { mode: 'basic' } });
  t.match((await app.inject('/_cluster/health')).json(), { status: 'green' });
  for (const url of [
    '/_index_template/filebeat-8.14.0',
    '/_ilm/policy/filebeat',
    '/_data_stream/filebeat-8.14.0',
  ]) {
    t.equal((await app.inject({ method: 'HEAD', url })).statusCode, 200, url);
    const put = await app.inject({
      method: 'PUT',
      url,
      payload: '{"x":1}',
      headers: { 'content-type': 'application/json' },
    });
    t.match(put.json(), { acknowledged: true }, url);
  }
  t.equal((await app.inject('/_search')).statusCode, 404);
});

t.test('any change to a body is taken or refused, and never an error of ours', async (t) => {
  const { app } = await createApp(t);
  const body = Buffer.from(
    ndjson(CREATE, filebeat(FIRST), { index: {} }, filebeat('hello'), CREATE, filebeat(SECOND)),
  );
  const changes = fc.array(fc.tuple(fc.nat(3_000), fc.nat(255)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(changes, async (list) => {
      const changed = Buffer.from(body);
      for (const [at, value] of list) changed[at % body.length] = value;
      const { statusCode } = await post(app, changed);
      return statusCode === 200 || statusCode === 400;
    }),
    { numRuns: 300 },
  );
  t.pass('300 bodies');
});
