// Promises: C6 (docs/reliability.md).
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { Message } from '../../../src/ingest/protobuf.ts';
import { createApp } from '../../helpers/app.ts';
import { linesOf, rejectsOf } from '../../helpers/app-lines.ts';
import { INCIDENT_LINES } from '../../helpers/incident-lines.ts';
import { message } from '../../helpers/protobuf.ts';

const URL = '/v1/logs';
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
/** The lines without stern's prefix. */
const BARE = INCIDENT_LINES.map((line) => line.replace(/^\S+ istio-proxy /, ''));
const [FIRST = ''] = BARE;
const WEB = {
  'k8s.pod.name': 'web-0',
  'k8s.namespace.name': 'shop',
  'k8s.container.name': 'istio-proxy',
  'k8s.node.name': 'n1',
};
const WEB_IDENTITY = { pod: 'web-0', namespace: 'shop', container: 'istio-proxy', node: 'n1' };
/** What Istio's JSON format would print. */
const FIELDS = {
  start_time: '2024-03-05T09:10:00.100Z',
  response_flags: '-',
  bytes_received: 12,
  bytes_sent: '34',
  duration: 5,
  upstream_cluster: 'PassthroughCluster',
  downstream_local_address: '10.40.2.8:6379',
};

/** A value, spelt as OTLP spells it: in JSON, and in protobuf. */
type Value = string | number | boolean | Buffer | null | readonly Value[] | { readonly [key: string]: Value };
interface Exported {
  readonly resource?: Record<string, Value>;
  readonly records: readonly { readonly body: Value; readonly attributes?: Record<string, Value> }[];
}

function anyJson(value: Value): object {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Buffer.isBuffer(value)) return { bytesValue: value.toString('base64') };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyJson) } };
  return { kvlistValue: { values: pairsJson(value as Record<string, Value>) } };
}

function pairsJson(object: Record<string, Value>): object[] {
  return Object.entries(object).map(([key, value]) => ({ key, value: anyJson(value) }));
}

function anyProtobuf(value: Value): Buffer {
  if (value === null) return message();
  if (typeof value === 'string') return message([1, value]);
  if (typeof value === 'boolean') return message([2, value]);
  if (typeof value === 'number') return message([3, value]);
  if (Buffer.isBuffer(value)) return message([7, value]);
  if (Array.isArray(value))
    return message([5, message(...value.map((inner) => [1, anyProtobuf(inner)] as const))]);
  return message([6, message(...pairsProtobuf(value as Record<string, Value>, 1))]);
}

function pairsProtobuf(object: Record<string, Value>, field: number): [number, Buffer][] {
  return Object.entries(object).map(([key, value]) => [field, message([1, key], [2, anyProtobuf(value)])]);
}

const jsonOf = ({ resource = {}, records }: Exported) =>
  JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: pairsJson(resource) },
        scopeLogs: [
          {
            scope: { name: 'x' },
            logRecords: records.map(({ body, attributes = {} }) => ({
              timeUnixNano: '1709629800100000000',
              observedTimeUnixNano: 1,
              severityNumber: 9,
              traceId: '5b8efff798038103d269b633813fc60c',
              body: anyJson(body),
              attributes: pairsJson(attributes),
            })),
          },
        ],
      },
    ],
  });

const protobufOf = ({ resource = {}, records }: Exported) =>
  message([
    1,
    message(
      [
        2,
        message(
          [1, message([1, 'x'])],
          ...records.map(
            ({ body, attributes = {} }) =>
              [2, message([2, 9], [5, anyProtobuf(body)], ...pairsProtobuf(attributes, 6), [7, 0])] as const,
          ),
        ),
      ],
      // Nothing says that the resource comes first.
      [1, message(...pairsProtobuf(resource, 1))],
    ),
  ]);

const post = (
  app: FastifyInstance,
  payload: string | Buffer,
  type = JSON_TYPE,
  headers: Record<string, string> = {},
  url = URL,
) => app.inject({ method: 'POST', url, payload, headers: { 'content-type': type, ...headers } });

/** What a field of a message says. */
function fieldOf(bytes: Buffer, field: number): Message | null {
  for (const found = new Message(bytes); found.next(); ) if (found.field === field) return found;
  return null;
}

t.test('JSON and protobuf say the same, and the same again changes nothing', async (t) => {
  const exported = { resource: WEB, records: BARE.map((body) => ({ body })) };
  const { app } = await createApp(t);
  const json = await post(app, jsonOf(exported));
  t.match([json.statusCode, json.headers['content-type'], json.body], [200, /^application\/json/, '{}']);
  const lines = await linesOf(app);
  t.equal(lines.length, 6, 'the seventh is of the proxy itself');
  for (const line of lines) t.match(line, { ...WEB_IDENTITY, envelope: 'otlp', format: 'istio-text-1.9' });
  const protobuf = await post(app, protobufOf(exported), PROTOBUF);
  t.match(
    [protobuf.statusCode, protobuf.headers['content-type'], protobuf.rawPayload.length],
    [200, PROTOBUF, 0],
  );
  t.equal(
    (await post(app, gzipSync(jsonOf(exported)), JSON_TYPE, { 'content-encoding': 'gzip' })).statusCode,
    200,
  );
  t.equal((await post(app, protobufOf(exported), PROTOBUF, {}, '/otlp/v1/logs')).statusCode, 200);
  t.strictSame(await linesOf(app), lines);
});

t.test('which part is the line, and whose it is', async (t) => {
  const rows: [name: string, exported: Exported, expected: object][] = [
    ['a text with its newline, as Envoy logs it', { records: [{ body: `${FIRST}\n` }] }, { pod: null }],
    [
      "Envoy's own labels",
      {
        resource: { node_name: 'sidecar~10.1.2.3~web-0.shop~shop.svc.cluster.local', log_name: 'otel' },
        records: [{ body: FIRST }],
      },
      { pod: 'web-0', namespace: 'shop', node: null },
    ],
    ['attributes of the record', { records: [{ body: FIRST, attributes: { ...WEB } }] }, WEB_IDENTITY],
    [
      'the resource before the record',
      {
        resource: { 'k8s.pod.name': 'web-0' },
        records: [{ body: FIRST, attributes: { 'k8s.pod.name': 'web-1' } }],
      },
      { pod: 'web-0', namespace: null },
    ],
    [
      'the name of the file',
      {
        records: [
          {
            body: FIRST,
            attributes: { 'log.file.path': `/var/log/pods/shop_web-0_${'0'.repeat(32)}/istio-proxy/0.log` },
          },
        ],
      },
      { pod: 'web-0', namespace: 'shop', container: 'istio-proxy' },
    ],
    ['bytes', { records: [{ body: Buffer.from(FIRST) }] }, { format: 'istio-text-1.9' }],
    [
      'a map',
      { resource: WEB, records: [{ body: FIELDS }] },
      { format: 'istio-json', bytes_sent: 34, pod: 'web-0' },
    ],
    [
      'a map with the line in it',
      { records: [{ body: { log: FIRST, stream: 'stdout', nested: { list: [1, 'x', true, null] } } }] },
      { format: 'istio-text-1.9' },
    ],
    [
      'attributes alone, as Envoy logs its labels',
      { records: [{ body: null, attributes: { ...FIELDS, pod: 'web-0' } }] },
      { format: 'istio-json', bytes_received: 12, pod: 'web-0' },
    ],
    [
      'an empty text and attributes',
      { records: [{ body: '', attributes: FIELDS }] },
      { format: 'istio-json' },
    ],
  ];
  for (const [name, exported, expected] of rows) {
    for (const [body, type] of [
      [jsonOf(exported), JSON_TYPE],
      [protobufOf(exported), PROTOBUF],
    ] as const) {
      const { app } = await createApp(t);
      const response = await post(app, body, type);
      t.equal(response.statusCode, 200, response.body);
      t.match(await linesOf(app), [expected], `${name}, ${type}`);
    }
  }
});

t.test('senders from before 1.0 are understood, and unknown fields passed over', async (t) => {
  const { app } = await createApp(t);
  const body = { stringValue: FIRST, unknown: 1 };
  const old = {
    resourceLogs: [
      { instrumentationLibraryLogs: [{ logs: [{ body, new: {} }] }], schemaUrl: 'x' },
      { resource: null },
    ],
    more: [],
  };
  t.equal((await post(app, JSON.stringify(old))).body, '{}');
  t.equal((await linesOf(app)).length, 1);
});

t.test('records that cannot be read are told as partial success', async (t) => {
  const exported = { resource: WEB, records: [{ body: 'hello' }, { body: FIRST }, { body: null }] };
  const { app } = await createApp(t);
  const json = await post(app, jsonOf(exported));
  t.match(json.json(), {
    partialSuccess: { rejectedLogRecords: '2', errorMessage: /cannot read 2 of the records: unknown_format/ },
  });
  const protobuf = await post(app, protobufOf(exported), PROTOBUF);
  const partial = Buffer.from(fieldOf(protobuf.rawPayload, 1)?.bytes() ?? []);
  t.equal(fieldOf(partial, 1)?.int(), 2);
  t.match(fieldOf(partial, 2)?.text(), /cannot read 2 of the records: unknown_format/);
  t.equal((await linesOf(app)).length, 1);
  t.strictSame(await rejectsOf(app), [{ reason: 'unknown_format', pod: 'web-0', lines: 4 }]);
});

t.test('an empty export succeeds', async (t) => {
  const { app } = await createApp(t);
  for (const [body, type] of [
    ['', JSON_TYPE],
    ['{}', JSON_TYPE],
    ['{"resourceLogs":[]}', JSON_TYPE],
    ['', PROTOBUF],
  ] as const)
    t.equal((await post(app, body, type)).statusCode, 200, `${type} ${body}`);
});

t.test('errors are a Status in the encoding of the request', async (t) => {
  const { app, drain } = await createApp(t);
  const deep = (levels: number): Value => (levels === 0 ? 'x' : [deep(levels - 1)]);
  const rows: [
    body: string | Buffer,
    type: string,
    headers: Record<string, string>,
    status: number,
    code: number,
    message: RegExp,
  ][] = [
    ['{', JSON_TYPE, {}, 400, 3, /it is not JSON/],
    ['[]', JSON_TYPE, {}, 400, 3, /expected an object/],
    ['{"resourceLogs":{}}', JSON_TYPE, {}, 400, 3, /"resourceLogs" is no list of objects/],
    ['{"resourceLogs":[1]}', JSON_TYPE, {}, 400, 3, /"resourceLogs" is no list of objects/],
    ['{"resourceLogs":[{"resource":{"attributes":{}}}]}', JSON_TYPE, {}, 400, 3, /attributes are no list/],
    [jsonOf({ records: [{ body: deep(100) }] }), JSON_TYPE, {}, 400, 3, /nests deeper than 64/],
    [protobufOf({ records: [{ body: deep(100) }] }), PROTOBUF, {}, 400, 3, /nests deeper than 64/],
    [Buffer.from([0x0a, 0x05, 0x0a]), PROTOBUF, {}, 400, 3, /it ends in the middle of a field/],
    [Buffer.from([0x08, 0x05]), PROTOBUF, {}, 400, 3, /wire type 0, expected 2/],
    ['x', 'text/plain', {}, 415, 3, /expected one of application\/x-protobuf, application\/json/],
    ['x', JSON_TYPE, { 'content-encoding': 'lz4' }, 415, 3, /"lz4" is not known here/],
    ['not gzip', JSON_TYPE, { 'content-encoding': 'gzip' }, 400, 3, /cannot decompress/],
  ];
  const check = async ([body, type, headers, status, code, text]: (typeof rows)[number]) => {
    const response = await post(app, body, type, headers);
    t.equal(response.statusCode, status, response.body);
    if (type !== PROTOBUF) {
      t.match(response.json(), { code, message: text });
      return;
    }
    t.equal(response.headers['content-type'], PROTOBUF);
    t.equal(fieldOf(response.rawPayload, 1)?.uint(), code);
    t.match(fieldOf(response.rawPayload, 2)?.text(), text);
  };
  for (const row of rows) await check(row);
  drain();
  await check([jsonOf({ records: [] }), JSON_TYPE, {}, 503, 14, /send again in a moment/]);
  t.equal((await post(app, '{}')).headers['retry-after'], '1');
});

t.test('any change to an export is taken or refused, and never an error of ours', async (t) => {
  const { app } = await createApp(t);
  const exported = {
    resource: WEB,
    records: [{ body: FIRST, attributes: { a: [1, { b: true }] } }, { body: FIELDS }],
  };
  const [json, protobuf] = [Buffer.from(jsonOf(exported)), protobufOf(exported)];
  const changes = fc.array(fc.tuple(fc.nat(3_000), fc.nat(255)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.boolean(), changes, async (isJson, list) => {
      const body = Buffer.from(isJson ? json : protobuf);
      for (const [at, value] of list) body[at % body.length] = value;
      const { statusCode } = await post(app, body, isJson ? JSON_TYPE : PROTOBUF);
      return statusCode === 200 || statusCode === 400;
    }),
    { numRuns: 400 },
  );
  t.pass('400 bodies');
});
