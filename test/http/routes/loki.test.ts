// Promises: C2, C3, L2, L3 (docs/reliability.md).
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { compress } from 'snappyjs';
import t from 'tap';
import { BODY_BYTES_MAX, BODY_RECORDS_MAX, BODY_VALUES_MAX } from '../../../src/domain/limits.ts';
import { createApp } from '../../helpers/app.ts';
import { linesOf, rejectsOf } from '../../helpers/app-lines.ts';
import { INCIDENT_LINES } from '../../helpers/incident-lines.ts';
import { message } from '../../helpers/protobuf.ts';

const URL = '/loki/api/v1/push';
const PROTOBUF = 'application/x-protobuf';
/** The lines without stern's prefix. */
const BARE = INCIDENT_LINES.map((line) => line.replace(/^\S+ istio-proxy /, ''));
const [FIRST = '', SECOND = ''] = BARE;
const WEB = { namespace: 'shop', pod: 'web-0', container: 'istio-proxy', node_name: 'n1' };
const WEB_IDENTITY = { pod: 'web-0', namespace: 'shop', container: 'istio-proxy', node: 'n1' };

type Values = readonly (readonly [string, string, Record<string, string>?])[];

const pushOf = (values: Values, stream: Record<string, unknown> = WEB) =>
  JSON.stringify({ streams: [{ stream, values }] });
const valuesOf = (lines: readonly string[]): Values => lines.map((line) => ['1709629800100000000', line]);

/** `logproto.PushRequest` of one stream. */
function requestOf(
  labels: string,
  lines: readonly (string | Uint8Array)[],
  metadata: Record<string, string> = {},
): Buffer {
  const pairs = Object.entries(metadata).map(([name, value]) => [3, message([1, name], [2, value])] as const);
  const entries = lines.map(
    (line) => [2, message([1, message([1, 1_709_629_800], [2, 5])], [2, line], ...pairs)] as const,
  );
  return message([1, message([1, labels], ...entries, [3, 12_345])]);
}

const post = (
  app: FastifyInstance,
  payload: string | Buffer,
  type = 'application/json',
  headers: Record<string, string> = {},
) => app.inject({ method: 'POST', url: URL, payload, headers: { 'content-type': type, ...headers } });

t.test('stores what a stream has, with the identity of its labels', async (t) => {
  const { app } = await createApp(t);
  const response = await post(app, pushOf(valuesOf(BARE)));
  t.equal(response.statusCode, 204);
  t.equal(response.body, '');
  const lines = await linesOf(app);
  t.equal(lines.length, 6, 'the seventh is of the proxy itself');
  for (const line of lines) t.match(line, { ...WEB_IDENTITY, envelope: 'loki', format: 'istio-text-1.9' });
});

t.test('JSON and protobuf say the same, and the same again changes nothing', async (t) => {
  const { app } = await createApp(t);
  t.equal((await post(app, pushOf(valuesOf(BARE)), 'application/json; charset=utf-8')).statusCode, 204);
  const before = await linesOf(app);
  const labels = '{namespace="shop", pod="web-0", container="istio-proxy", node_name="n1"}';
  const body = compress(requestOf(labels, BARE));
  t.equal((await post(app, body, PROTOBUF)).statusCode, 204);
  t.equal((await post(app, body, PROTOBUF, { 'content-encoding': 'snappy' })).statusCode, 204);
  t.strictSame(await linesOf(app), before);
});

t.test('whichever names a scrape configuration gives to its labels', async (t) => {
  const rows: [labels: Record<string, string>, metadata: Record<string, string>, expected: object][] = [
    [
      { k8s_pod_name: 'web-0', k8s_namespace_name: 'shop' },
      {},
      { pod: 'web-0', namespace: 'shop', node: null },
    ],
    [{ kubernetes_pod_name: 'web-0', kubernetes_namespace: 'shop' }, {}, { pod: 'web-0', namespace: 'shop' }],
    [{ job: 'alloy' }, { pod: 'web-0', 'k8s.namespace.name': 'shop' }, { pod: 'web-0', namespace: 'shop' }],
    [{ pod: 'web-0' }, { pod: 'web-1', namespace: 'shop' }, { pod: 'web-0', namespace: 'shop' }],
    [
      { filename: `/var/log/pods/shop_web-0_${'0'.repeat(32)}/istio-proxy/0.log` },
      {},
      { pod: 'web-0', container: 'istio-proxy' },
    ],
    [{ job: 'x' }, {}, { pod: null, namespace: null }],
    [{ pod: 'x'.repeat(300) }, {}, { pod: null }],
  ];
  for (const [labels, metadata, expected] of rows) {
    const { app } = await createApp(t);
    t.equal((await post(app, pushOf([['1', FIRST, metadata]], labels))).statusCode, 204);
    t.match(await linesOf(app), [expected], JSON.stringify(labels));
    const text = `{${Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)}}`;
    const { app: other } = await createApp(t);
    t.equal(
      (await post(other, compress(requestOf(text, [FIRST], metadata)), PROTOBUF)).statusCode,
      204,
      text,
    );
    t.match(await linesOf(other), [expected], text);
  }
});

t.test('labels come after the entries as well, and with escapes', async (t) => {
  const { app } = await createApp(t);
  const labels = '{ app="a\\"b\\\\c\\n\\x41\\u00e4\\101, pod=\\"web-9\\"" ,pod=`web-0`}';
  const body = message([1, message([2, message([2, FIRST])], [1, labels])]);
  t.equal((await post(app, compress(body), PROTOBUF)).statusCode, 204);
  t.match(await linesOf(app), [{ pod: 'web-0' }]);
});

t.test('takes JSON in every compression', async (t) => {
  const json = pushOf(valuesOf(BARE));
  const rows: [encoding: string, body: Buffer][] = [
    ['gzip', gzipSync(json)],
    ['deflate', deflateSync(json)],
    ['br', brotliCompressSync(json)],
  ];
  for (const [encoding, body] of rows) {
    const { app } = await createApp(t);
    t.equal((await post(app, body, undefined, { 'content-encoding': encoding })).statusCode, 204, encoding);
    t.equal((await linesOf(app)).length, 6);
  }
});

t.test('lines that cannot be read do not make a push fail, and are counted', async (t) => {
  const { app } = await createApp(t);
  t.equal((await post(app, pushOf(valuesOf(['hello', FIRST, 'hello again'])))).statusCode, 204);
  t.equal((await linesOf(app)).length, 1);
  t.strictSame(await rejectsOf(app), [{ reason: 'unknown_format', pod: 'web-0', lines: 2 }]);
});

t.test('bytes that are no UTF-8 stay two lines where they were two', async (t) => {
  const { app } = await createApp(t);
  const lines = [0xff, 0xfe].map((byte) =>
    Buffer.concat([Buffer.from(FIRST.replace('"-" "-" "-" "-"', '"-" "~" "-" "-"'))]).map((at) =>
      at === 0x7e ? byte : at,
    ),
  );
  t.equal((await post(app, compress(requestOf('{pod="web-0"}', lines)), PROTOBUF)).statusCode, 204);
  t.equal((await linesOf(app)).length, 2);
});

t.test('no line passes for one of another pod', async (t) => {
  const { app } = await createApp(t);
  const forged = JSON.stringify({ podName: 'victim-0', containerName: 'istio-proxy', message: SECOND });
  await post(app, pushOf(valuesOf([`victim-0 istio-proxy ${FIRST}`, forged])));
  const lines = await linesOf(app);
  t.equal(lines.length, 2);
  for (const line of lines) t.match(line, WEB_IDENTITY);
});

t.test('refuses what is no push', async (t) => {
  const { app } = await createApp(t);
  const rows: [
    body: string | Buffer,
    type: string,
    headers: Record<string, string>,
    status: number,
    detail: RegExp,
  ][] = [
    ['', 'application/json', {}, 400, /it is not JSON/],
    ['{"streams":[]}', 'application/json', {}, 204, /^/],
    ['{', 'application/json', {}, 400, /it is not JSON/],
    ['[]', 'application/json', {}, 400, /expected {"streams": \[...\]}/],
    ['{"streams":{}}', 'application/json', {}, 400, /no push to Loki/],
    ['{"streams":[{"stream":{}}]}', 'application/json', {}, 400, /"values": \[...\]/],
    ['{"streams":[{"stream":{},"values":[["1"]]}]}', 'application/json', {}, 400, /"<line>"/],
    ['{"streams":[{"stream":{},"values":[["now","x"]]}]}', 'application/json', {}, 400, /"<nanoseconds>"/],
    ['{"streams":[{"stream":{},"values":[[1,"x"]]}]}', 'application/json', {}, 400, /"<nanoseconds>"/],
    ['{"streams":[{"stream":{},"values":[["","x"]]}]}', 'application/json', {}, 400, /"<nanoseconds>"/],
    ['{"streams":[{"stream":{},"values":[["1",{}]]}]}', 'application/json', {}, 400, /"<line>"/],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'application/json', {}, 400, /it is not UTF-8/],
    ['{"__proto__":{"streams":[]}}', 'application/json', {}, 400, /no push to Loki/],
    ['x', 'text/plain', {}, 415, /expected one of application\/json, application\/x-protobuf/],
    ['not snappy', PROTOBUF, {}, 400, /no snappy block/],
    [compress(Buffer.from([0x0a, 0x7f])), PROTOBUF, {}, 400, /it ends in the middle of a field/],
    [compress(requestOf('pod="x"', [FIRST])), PROTOBUF, {}, 400, /labels cannot be read/],
    [compress(requestOf('{pod="x" namespace="y"}', [FIRST])), PROTOBUF, {}, 400, /labels cannot be read/],
    [compress(requestOf('{pod="x"} ', [FIRST])), PROTOBUF, {}, 204, /^/],
    [
      compress(requestOf(`{pod="${'x'.repeat(70_000)}"}`, [FIRST])),
      PROTOBUF,
      {},
      400,
      /expected at most 65536/,
    ],
    [gzipSync(requestOf('{}', [FIRST])), PROTOBUF, { 'content-encoding': 'gzip' }, 415, /expected snappy/],
    [Buffer.from([0xff, 0xff, 0xff, 0x7f, 0]), PROTOBUF, {}, 413, /more than 20971520 bytes/],
  ];
  for (const [body, type, headers, status, detail] of rows) {
    const response = await post(app, body, type, headers);
    t.equal(response.statusCode, status, `${body.toString('latin1').slice(0, 60)}: ${response.body}`);
    if (status !== 204) t.match(response.json().detail, detail);
  }
});

t.test('a body with too much in it is refused', async (t) => {
  const { app } = await createApp(t);
  const blanks = gzipSync(Buffer.alloc(BODY_BYTES_MAX + 1, ' '));
  const values = `{"streams":[${'[],'.repeat(BODY_VALUES_MAX)}[]]}`;
  const entries = message([1, message([1, '{}'])]);
  const many = Buffer.concat([
    entries,
    message([1, Buffer.concat(Array.from({ length: BODY_RECORDS_MAX + 1 }, () => message([2, ''])))]),
  ]);
  const rows: [name: string, body: Buffer, type: string, headers: Record<string, string>][] = [
    ['unpacks to more than is held', blanks, 'application/json', { 'content-encoding': 'gzip' }],
    ['more values than are made', gzipSync(values), 'application/json', { 'content-encoding': 'gzip' }],
    ['more bytes than are held', Buffer.alloc(BODY_BYTES_MAX + 1, ' '), 'application/json', {}],
    ['more records than are read', compress(many), PROTOBUF, {}],
  ];
  for (const [name, body, type, headers] of rows) {
    const response = await post(app, body, type, headers);
    t.match(response.json(), { status: 413, code: 'body_too_large' }, name);
  }
});

t.test('a body that unpacks to a quarter of a gigabyte costs no memory', async (t) => {
  const { app } = await createApp(t);
  const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024, ' '), { level: 9 });
  const before = process.memoryUsage().rss;
  const response = await post(app, bomb, 'application/json', { 'content-encoding': 'gzip' });
  t.match(response.json(), { status: 413, code: 'body_too_large' });
  const more = process.memoryUsage().rss - before;
  t.ok(more < 160 * 1024 * 1024, `${more >> 20} MB more`);
});

t.test('any change to a push is taken or refused, and never an error of ours', async (t) => {
  const { app } = await createApp(t);
  const json = Buffer.from(pushOf(valuesOf([FIRST, 'hello'])));
  const packed = compress(requestOf('{pod="web-0", app="a"}', [FIRST, 'hello'], { trace: 'x' }));
  const changes = fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.boolean(), changes, async (isJson, list) => {
      const body = Buffer.from(isJson ? json : packed);
      for (const [at, value] of list) body[at % body.length] = value;
      const { statusCode } = await post(app, body, isJson ? 'application/json' : PROTOBUF);
      return statusCode === 204 || statusCode === 400 || statusCode === 413;
    }),
    { numRuns: 400 },
  );
  t.pass('400 bodies');
});

t.test('says that it is ready', async (t) => {
  const { app, drain } = await createApp(t);
  t.equal((await app.inject('/ready')).statusCode, 200);
  drain();
  t.equal((await app.inject('/ready')).statusCode, 503);
  t.match((await post(app, pushOf([]))).json(), { status: 503, code: 'draining' });
});
