// Promises: C6 (docs/reliability.md).
/** Envoy's access log service over a real, temporary database, with a real client. */
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import t from 'tap';
import type { Token } from '../../src/auth/tokens.ts';
import { openRuntime } from '../../src/compose/local.ts';
import { AppError } from '../../src/domain/errors.ts';
import { NO_FILTER } from '../../src/domain/filter.ts';
import { ALS_MESSAGE_BYTES_MAX } from '../../src/domain/limits.ts';
import { type AlsDeps, buildAlsServer } from '../../src/grpc/als-server.ts';
import { als, common, node, type TcpEntry, tcp } from '../helpers/als.ts';
import { until } from '../helpers/cli.ts';
import { message } from '../helpers/protobuf.ts';

const SERVICE = 'envoy.service.accesslog.v3.AccessLogService';
const START = Date.UTC(2024, 2, 5, 9, 10, 0, 100);
const NODE = node('sidecar~10.40.1.5~web-0.shop~shop.svc.cluster.local', { NODE_NAME: 'n1' });
const ENTRY: TcpEntry = {
  start: START,
  nanos: 999_999,
  duration: 1_310,
  received: 180,
  sent: 220,
  downstreamRemote: ['10.40.1.5', 38_210],
  downstreamLocal: ['10.96.14.20', 6379],
  upstreamHost: ['10.40.2.8', 6379],
  upstreamLocal: ['10.40.1.5', 40_112],
  cluster: 'outbound|6379||cache.shop.svc.cluster.local',
};

type Tap = Pick<typeof t, 'teardown'>;

async function start(t: Tap, deps: Partial<AlsDeps> = {}) {
  const runtime = await openRuntime({ db: null, mode: 'write', now: Date.now });
  let taken = 0;
  const server = buildAlsServer({
    newIngest: (options) => {
      const ingest = runtime.newIngest(options);
      return {
        ...ingest,
        async writeRecord(record) {
          const refused = await ingest.writeRecord(record);
          taken++;
          return refused;
        },
      };
    },
    tokens: null,
    log: { write: () => {} },
    ...deps,
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(async () => {
    await server.stop();
    await runtime.close();
  });
  const lines = async () => {
    const { items } = await runtime.analysis.connections(NO_FILTER, { limit: 1_000, cursor: null });
    return [...items].reverse();
  };
  /** Waits until so many entries have been taken. */
  const takes = (count: number) =>
    until(`${count} entries are taken`, async () => (taken >= count ? true : null));
  /** Waits until so many lines are stored. */
  const stores = (count: number) =>
    until(`${count} lines are stored`, async () => ((await lines()).length >= count ? true : null));
  return { runtime, server, address, lines, takes, stores };
}

interface Call {
  write(message: Buffer): void;
  end(): void;
  cancel(): void;
  /** OK, or the error that the server answered with. */
  readonly ended: Promise<{ readonly code: status; readonly details: string }>;
}

function call(t: Tap, address: string, { service = SERVICE, token = '' } = {}): Call {
  const client = new Client(address, credentials.createInsecure());
  t.teardown(() => client.close());
  const metadata = new Metadata();
  if (token !== '') metadata.set('authorization', `Bearer ${token}`);
  let settle: (result: { code: status; details: string }) => void = () => {};
  const ended = new Promise<{ code: status; details: string }>((resolve) => {
    settle = resolve;
  });
  const stream = client.makeClientStreamRequest<Buffer, Buffer>(
    `/${service}/StreamAccessLogs`,
    (bytes) => bytes,
    (bytes) => bytes,
    metadata,
    (error: ServiceError | null) =>
      settle(
        error === null ? { code: status.OK, details: '' } : { code: error.code, details: error.details },
      ),
  );
  return {
    write: (bytes) => void stream.write(bytes),
    end: () => void stream.end(),
    cancel: () => stream.cancel(),
    ended,
  };
}

t.test('stores what a proxy sends, durable when its stream is answered', async (t) => {
  const { address, lines } = await start(t);
  const stream = call(t, address);
  const failed: TcpEntry = {
    ...ENTRY,
    start: START + 60_000,
    upstreamLocal: null,
    flags: [
      [6, true],
      [16, true],
      [13, message([1, 1])],
      [15, false],
      [99, 1],
    ],
    more: [
      [4, message([3, 'cache.example'])],
      [18, 'delayed_connect_error:_111'],
      [19, 'default'],
      [20, message([2, message([1, '/run/x.sock'])])],
      [22, message([1, 'start_time'], [2, 'forged'])],
      [24, 3],
      [25, 'rbac_access_denied'],
      [26, 'b0e3c1a2'],
      [33, 3],
    ],
  };
  stream.write(als({ node: NODE, tcp: [tcp(ENTRY)] }));
  stream.write(als({ tcp: [tcp(failed), tcp(ENTRY)] }));
  stream.end();
  t.match(await stream.ended, { code: status.OK });
  const [first, second, ...others] = await lines();
  t.strictSame(others, [], 'the same entry again is one');
  const who = { pod: 'web-0', namespace: 'shop', container: null, node: 'n1', envelope: 'als' };
  t.match(first, {
    ...who,
    start_time: '2024-03-05T09:10:00.100Z',
    duration: 1_310,
    bytes_received: 180,
    bytes_sent: 220,
    response_code: 0,
    response_flags: [],
    upstream_host: '10.40.2.8:6379',
    upstream_cluster: ENTRY.cluster,
    upstream_local_address: '10.40.1.5:40112',
    downstream_local_address: '10.96.14.20:6379',
    downstream_remote_address: '10.40.1.5:38210',
    requested_server_name: null,
    kind: 'tcp',
    direction: 'outbound',
    state: 'service',
  });
  t.match(second, {
    ...who,
    start_time: '2024-03-05T09:11:00.100Z',
    response_flags: ['UF', 'URX', 'UAEX'],
    upstream_local_address: null,
    upstream_transport_failure_reason: 'delayed_connect_error:_111',
    connection_termination_details: 'rbac_access_denied',
    requested_server_name: 'cache.example',
    route_name: 'default',
  });
});

t.test('stores requests of HTTP', async (t) => {
  const { address, lines } = await start(t);
  const stream = call(t, address, { service: SERVICE.replace('v3', 'v2') });
  const request = message(
    [1, 3],
    [3, 'web.shop'],
    [5, '/rewritten'],
    [6, 'UA "1"'],
    [8, '10.0.0.9'],
    [9, 'id-1'],
    [10, '/a?b'],
    [12, 7],
  );
  const headers = message([1, 'x-envoy-upstream-service-time'], [2, '12']);
  const response = message([1, message([1, 503])], [3, 9], [4, headers], [6, 'via_upstream']);
  stream.write(als({ node: NODE, http: [message([1, common(ENTRY)], [2, 3], [3, request], [4, response])] }));
  stream.end();
  t.match(await stream.ended, { code: status.OK });
  t.match(await lines(), [
    {
      kind: 'http',
      method: 'POST',
      path: '/a?b',
      protocol: 'HTTP/2',
      authority: 'web.shop',
      user_agent: 'UA "1"',
      x_forwarded_for: '10.0.0.9',
      request_id: 'id-1',
      response_code: 503,
      response_code_details: 'via_upstream',
      upstream_service_time: 12,
      bytes_received: 7,
      bytes_sent: 9,
    },
  ]);
});

t.test('whose entries they are', async (t) => {
  const rows: [name: string, node: Buffer | undefined, expected: object][] = [
    [
      'metadata of Istio',
      node('x~y', { NAME: 'web-1', NAMESPACE: 'shop' }),
      { pod: 'web-1', namespace: 'shop', node: null },
    ],
    ['a pod as id', node('envoy-7d9f-abcde'), { pod: 'envoy-7d9f-abcde', namespace: null }],
    ['nothing that is a name', node('\u001b[31m'), { pod: null }],
    ['no identifier', undefined, { pod: null }],
  ];
  for (const [name, sender, expected] of rows) {
    const { address, lines } = await start(t);
    const stream = call(t, address);
    stream.write(als(sender === undefined ? { tcp: [tcp(ENTRY)] } : { node: sender, tcp: [tcp(ENTRY)] }));
    stream.end();
    await stream.ended;
    t.match(await lines(), [expected], name);
  }
});

t.test('IPv6, and an envoy that does not say how long it took', async (t) => {
  const { address, lines } = await start(t);
  const stream = call(t, address);
  const six = message([1, message([2, '2001:db8::1'], [3, 80])]);
  const internal = message([3, message([1, 'connect_originate'], [2, 'e1'])]);
  const bare = message(
    [5, message([1, 1_709_629_800])],
    [2, six],
    [13, internal],
    [12, message([1, 2])],
    [27, true],
  );
  stream.write(als({ node: NODE, tcp: [message([1, bare])] }));
  stream.end();
  await stream.ended;
  t.match(await lines(), [
    {
      downstream_remote_address: '[2001:db8::1]:80',
      upstream_host: 'envoy://connect_originate/e1',
      duration: 2_000,
    },
  ]);
});

t.test('entries are stored while the stream is open, and when it breaks', async (t) => {
  const { address, lines, takes, stores } = await start(t);
  const stream = call(t, address);
  stream.write(als({ node: NODE, tcp: [tcp(ENTRY)] }));
  await stores(1);
  t.equal((await lines()).length, 1, 'while it is open');
  stream.write(als({ tcp: [tcp({ ...ENTRY, start: START + 1_000 })] }));
  await takes(2);
  stream.cancel();
  t.match(await stream.ended, { code: status.CANCELLED });
  await stores(2);
  t.equal((await lines()).length, 2, 'after it broke');
});

t.test('stopping stores what was sent, and sends proxies away', async (t) => {
  const { address, server, lines, takes } = await start(t);
  const stream = call(t, address);
  stream.write(als({ node: NODE, tcp: [tcp(ENTRY)] }));
  await takes(1);
  await server.stop();
  t.match(await stream.ended, { code: status.UNAVAILABLE });
  t.equal((await lines()).length, 1);
});

t.test('a token that may ingest is asked for where there are tokens', async (t) => {
  const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ';
  const tokens: Token[] = [
    { name: 'mesh', scopes: ['ingest'], token: `${secret}1` },
    { name: 'reader', scopes: ['read'], token: `${secret}2` },
  ];
  const { address, lines } = await start(t, { tokens });
  const rows: [token: string, code: status][] = [
    ['', status.UNAUTHENTICATED],
    [`${secret}3`, status.UNAUTHENTICATED],
    [`${secret}2`, status.PERMISSION_DENIED],
    [`${secret}1`, status.OK],
  ];
  for (const [token, code] of rows) {
    const before = (await lines()).length;
    const stream = call(t, address, { token });
    stream.write(als({ node: NODE, tcp: [tcp(ENTRY)] }));
    stream.end();
    const answer = await stream.ended;
    t.equal(answer.code, code, answer.details);
    t.notMatch(answer.details, secret);
    if (code !== status.OK) t.equal((await lines()).length, before, 'nothing is stored');
  }
  t.equal((await lines()).length, 1);
});

t.test('broken messages end the stream, and what came before is stored', async (t) => {
  const { address, lines, stores } = await start(t);
  const rows: [name: string, bytes: Buffer, code: status][] = [
    ['cut off', Buffer.from([0x1a, 0x7f]), status.INVALID_ARGUMENT],
    ['another type', message([3, 5]), status.INVALID_ARGUMENT],
    ['too long', Buffer.alloc(ALS_MESSAGE_BYTES_MAX + 1), status.RESOURCE_EXHAUSTED],
  ];
  for (const [name, bytes, code] of rows) {
    const stream = call(t, address);
    stream.write(
      als({
        node: NODE,
        tcp: [tcp({ ...ENTRY, start: START + 1_000 * rows.findIndex(([known]) => known === name) })],
      }),
    );
    stream.write(bytes);
    t.match(await stream.ended, { code }, name);
  }
  await stores(3);
  t.equal((await lines()).length, 3);
});

t.test('a store that fails ends the streams without its inside, and serves again when it can', async (t) => {
  const logged: string[] = [];
  const runtime = await openRuntime({ db: null, mode: 'write', now: Date.now });
  t.teardown(() => runtime.close());
  let broken: Error | null = new AppError('disk_full', 'cannot store: the disk is full');
  const newIngest: AlsDeps['newIngest'] = (options) => {
    const ingest = runtime.newIngest(options);
    const fail = async () => {
      if (broken !== null) throw broken;
    };
    return { ...ingest, flush: () => fail().then(() => ingest.flush()) };
  };
  const { address } = await start(t, { newIngest, log: { write: (line) => logged.push(line) } });
  const send = (at: number) => {
    const stream = call(t, address);
    stream.write(als({ node: NODE, tcp: [tcp({ ...ENTRY, start: START + at })] }));
    stream.end();
    return stream.ended;
  };
  t.match(await send(1), { code: status.UNAVAILABLE, details: 'cannot store: the disk is full (disk_full)' });
  t.strictSame(logged, []);
  broken = new Error('secret \u009b31m path');
  t.match(await send(2), { code: status.INTERNAL, details: 'internal error' });
  t.match(logged.join(''), 'secret \\u009b31m path');
  broken = null;
  t.match(await send(3), { code: status.OK });
});

t.test('many proxies at once, each with its own entries', async (t) => {
  const { address, lines } = await start(t);
  const streams = Array.from({ length: 60 }, (_, at) => {
    const stream = call(t, address);
    stream.write(als({ node: node(`sidecar~10.40.1.5~web-${at}.shop~x`), tcp: [tcp(ENTRY)] }));
    return stream;
  });
  for (const [at, stream] of streams.entries()) {
    stream.write(als({ tcp: [tcp({ ...ENTRY, start: START + at })] }));
    stream.end();
  }
  for (const stream of streams) t.match(await stream.ended, { code: status.OK });
  const written = new Set((await lines()).map(({ pod }) => pod));
  t.equal(written.size, 60, 'an entry is of the proxy whose stream it came on');
});

t.test('any change to a message is taken or refused, and never an error of ours', async (t) => {
  const logged: string[] = [];
  const { address } = await start(t, { log: { write: (line) => logged.push(line) } });
  const whole = als({
    node: NODE,
    tcp: [
      tcp({
        ...ENTRY,
        flags: [[6, true]],
        more: [
          [26, 'id'],
          [33, 3],
        ],
      }),
    ],
  });
  const changes = fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(changes, async (list) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of list) bytes[at % bytes.length] = value;
      const stream = call(t, address);
      stream.write(bytes);
      stream.end();
      const { code } = await stream.ended;
      return code === status.OK || code === status.INVALID_ARGUMENT;
    }),
    { numRuns: 200 },
  );
  t.strictSame(logged, []);
});
