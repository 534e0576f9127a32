// Promises: C7, D5, D9, D10, D11 (docs/reliability.md).
/** What holds for every route: errors, headers, who may call. */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import t from 'tap';
import { AppError, ERRORS } from '../../src/domain/errors.ts';
import { TIMEOUTS, type Timeouts } from '../../src/http/deps.ts';
import { EARLY_HEADERS } from '../../src/http/security-headers.ts';
import { createApp } from '../helpers/app.ts';
import { INCIDENT_TEXT } from '../helpers/incident-lines.ts';

const SECRET = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ';

t.test('every error is a problem document with a code and a remedy', async (t) => {
  const { app } = await createApp(t);
  const rows: [method: 'GET' | 'POST' | 'DELETE', url: string, code: keyof typeof ERRORS][] = [
    ['GET', '/nowhere', 'not_found'],
    ['GET', '/api/v1/connections/nope', 'not_found'],
    ['GET', '/api/v1/pairs/nope', 'not_found'],
    ['GET', '/api/v1/routes/nope', 'not_found'],
    ['GET', '/api/v1/shifts/nope', 'not_found'],
    ['GET', '/api/v1/incidents/nope', 'not_found'],
    ['DELETE', '/api/v1/pairs', 'method_not_allowed'],
    ['GET', '/api/v1/ingest', 'method_not_allowed'],
    ['GET', '/api/v1/pairs?prot=5701', 'unknown_parameter'],
    ['GET', '/api/v1/pairs?__proto__=x', 'unknown_parameter'],
    ['GET', '/api/v1/pairs?limit=0', 'bad_parameter'],
    ['GET', '/api/v1/pairs?limit=10001', 'bad_parameter'],
    ['GET', '/api/v1/pairs?limit=1&limit=2', 'bad_parameter'],
    ['GET', '/api/v1/pairs?port=x', 'bad_parameter'],
    ['GET', '/api/v1/routes?verdict=matched', 'bad_parameter'],
    ['GET', '/api/v1/explain/10.0.0.1?verdict=matched', 'bad_parameter'],
    ['GET', '/api/v1/pairs?since=yesterdy', 'bad_parameter'],
    ['GET', '/api/v1/pairs?cursor=x', 'bad_cursor'],
    ['GET', '/api/v1/explain/nowhere', 'bad_parameter'],
    ['GET', '/api/v1/explain/10.0.0.1?limit=1', 'unknown_parameter'],
    ['GET', '/api/v1/%zz', 'bad_request'],
    ['POST', '/api/v1/ingest?format=%25NOPE%25', 'bad_format'],
    ['POST', '/api/v1/ingest?bucket=x', 'unknown_parameter'],
  ];
  for (const [method, url, code] of rows) {
    const response = await app.inject({ method, url });
    t.match(response.headers['content-type'], 'application/problem+json', url);
    t.match(response.json(), { status: ERRORS[code].status, title: ERRORS[code].title, code }, url);
    t.equal(response.statusCode, ERRORS[code].status);
    t.ok(response.json().detail.length > 0 && response.json().remedy.length > 0);
  }
});

t.test('an unknown parameter is answered with those there are', async (t) => {
  const { app } = await createApp(t);
  const { detail } = (await app.inject('/api/v1/pairs?prot=5701')).json();
  t.match(detail, /"prot".*expected one of since, until, .*port.*, limit, cursor/);
});

t.test('says which methods a path has', async (t) => {
  const { app } = await createApp(t);
  t.equal((await app.inject({ method: 'PUT', url: '/api/v1/pairs/x' })).headers.allow, 'GET, HEAD');
  t.equal((await app.inject('/api/v1/ingest')).headers.allow, 'POST');
});

t.test('an error inside is logged whole and answered without its inside', async (t) => {
  const logged: string[] = [];
  const log = { write: (line: string) => logged.push(line) };
  const { app, runtime } = await createApp(t, { deps: { log } });
  const failing = {
    ...runtime.analysis,
    incidents: () => Promise.reject(new Error('secret \u009b31m path')),
  };
  const { app: broken } = await createApp(t, { deps: { log, analysis: failing } });
  t.equal((await app.inject('/api/v1/incidents')).statusCode, 200);
  const response = await broken.inject('/api/v1/incidents');
  t.match(response.json(), { status: 500, code: 'internal' });
  t.notMatch(response.body, 'secret');
  t.match(logged.join(''), 'secret \\u009b31m path');
});

t.test('every answer carries the security headers', async (t) => {
  const { app } = await createApp(t);
  for (const url of ['/livez', '/nowhere', '/api/v1/pairs', '/openapi.json', '/metrics']) {
    t.match(
      (await app.inject(url)).headers,
      {
        'x-content-type-options': 'nosniff',
        'content-security-policy':
          "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        'x-frame-options': 'DENY',
        'x-permitted-cross-domain-policies': 'none',
        'cache-control': 'no-store',
      },
      url,
    );
    t.notOk(
      'access-control-allow-origin' in
        (await app.inject({ url, headers: { origin: 'http://localhost' } })).headers,
    );
  }
  const bad = await app.inject('/api/v1/%zz');
  t.match(bad.headers, { ...EARLY_HEADERS }, 'also where there is no request to speak of');
  const good = (await app.inject('/livez')).headers;
  t.match(good, { ...EARLY_HEADERS }, 'which are the same');
});

t.test('on loopback a request has to name this machine', async (t) => {
  const { app } = await createApp(t);
  const { app: open } = await createApp(t, { deps: { loopback: false } });
  const rows: [host: string, status: number][] = [
    ['localhost', 200],
    ['127.0.0.1:8710', 200],
    ['[::1]:8710', 200],
    ['evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost.evil.example:8710', 421],
    ['10.0.0.1', 421],
  ];
  for (const [host, status] of rows) {
    t.equal((await app.inject({ url: '/readyz', headers: { host } })).statusCode, status, host);
    t.equal(
      (await open.inject({ url: '/readyz', headers: { host } })).statusCode,
      200,
      `${host}, not on loopback`,
    );
  }
});

/** Who may use what. A route that is added has to be added here. */
const ACCESS: Readonly<Record<string, 'open' | 'ingest' | 'read'>> = {
  'GET /': 'open',
  'GET /assets/:name': 'open',
  'GET /docs': 'open',
  'GET /livez': 'open',
  'GET /metrics': 'read',
  'GET /openapi.json': 'open',
  'GET /openapi.yaml': 'open',
  'GET /ready': 'open',
  'GET /readyz': 'open',
  'POST /api/v1/ingest': 'ingest',
  'POST /loki/api/v1/push': 'ingest',
  'POST /otlp/v1/logs': 'ingest',
  'POST /v1/logs': 'ingest',
  'POST /_bulk': 'ingest',
  'PUT /_bulk': 'ingest',
  'POST /:index/_bulk': 'ingest',
  'PUT /:index/_bulk': 'ingest',
  'GET /_license': 'ingest',
  'GET /_xpack': 'ingest',
  'GET /_cluster/health': 'ingest',
  'GET /_alias/:name': 'ingest',
  'PUT /_alias/:name': 'ingest',
  'GET /_component_template/:name': 'ingest',
  'PUT /_component_template/:name': 'ingest',
  'GET /_data_stream/:name': 'ingest',
  'PUT /_data_stream/:name': 'ingest',
  'GET /_ilm/policy/:name': 'ingest',
  'PUT /_ilm/policy/:name': 'ingest',
  'GET /_index_template/:name': 'ingest',
  'PUT /_index_template/:name': 'ingest',
  'GET /_ingest/pipeline/:name': 'ingest',
  'PUT /_ingest/pipeline/:name': 'ingest',
  'GET /_template/:name': 'ingest',
  'PUT /_template/:name': 'ingest',
  'GET /api/v1/connections': 'read',
  'GET /api/v1/connections/:id': 'read',
  'GET /api/v1/coverage': 'read',
  'GET /api/v1/timeseries': 'read',
  'GET /api/v1/topology': 'read',
  'GET /api/v1/explain/:address': 'read',
  'GET /api/v1/anomalies': 'read',
  'GET /api/v1/anomalies/:id': 'read',
  'GET /api/v1/events': 'read',
  'GET /api/v1/incidents': 'read',
  'GET /api/v1/incidents/:id': 'read',
  'GET /api/v1/incidents/:id/evidence': 'read',
  'GET /api/v1/pairs': 'read',
  'GET /api/v1/pairs/:id': 'read',
  'GET /api/v1/routes': 'read',
  'GET /api/v1/routes/:id': 'read',
  'GET /api/v1/shifts': 'read',
  'GET /api/v1/shifts/:id': 'read',
  'GET /api/v1/graph/nodes': 'read',
  'GET /api/v1/graph/edges': 'read',
  'GET /api/v1/reports': 'read',
  'GET /api/v1/reports/:id': 'read',
  'POST /api/v1/reports': 'read',
  'GET /api/v1/schedules': 'read',
};

t.test('every route by every token', async (t) => {
  const names = ['none', 'unknown', 'shipper', 'reader', 'both'] as const;
  const tokenOf = (name: (typeof names)[number]) => `${SECRET}-${name}`;
  const tokens = [
    { name: 'shipper', scopes: ['ingest' as const], token: tokenOf('shipper') },
    { name: 'reader', scopes: ['read' as const], token: tokenOf('reader') },
    { name: 'both', scopes: ['ingest' as const, 'read' as const], token: tokenOf('both') },
  ];
  const { app } = await createApp(t, { deps: { tokens } });
  await app.ready();
  const routes = app.routeTable.map(({ method, path }) => ({ method, path, name: `${method} ${path}` }));
  // What answers GET answers HEAD, to the same people; events have no end.
  const classified = Object.keys(ACCESS).flatMap((name) => [
    name,
    ...(name.startsWith('GET ') && name !== 'GET /api/v1/events' ? [`HEAD ${name.slice(4)}`] : []),
  ]);
  t.strictSame(routes.map(({ name }) => name).sort(), classified.sort(), 'every route is classified');
  for (const { method, path, name } of routes) {
    const access = ACCESS[name] ?? ACCESS[name.replace('HEAD', 'GET')];
    const expected = {
      open: { none: 'passed', unknown: 'passed', shipper: 'passed', reader: 'passed', both: 'passed' },
      ingest: { none: '401', unknown: '401', shipper: 'passed', reader: '403', both: 'passed' },
      read: { none: '401', unknown: '401', shipper: '403', reader: 'passed', both: 'passed' },
    }[access ?? 'open'];
    for (const who of names) {
      const headers = who === 'none' ? {} : { authorization: `Bearer ${tokenOf(who)}` };
      const item = path.replace(':address', '10.0.0.1').replace(/:\w+/g, 'x');
      // Without this an answer would not end.
      const url = path === '/api/v1/events' ? `${item}?types=x` : item;
      const response = await app.inject({ method: method as 'GET', url, headers });
      const got = [401, 403].includes(response.statusCode) ? String(response.statusCode) : 'passed';
      t.equal(got, expected[who], `${name} with the token of ${who}`);
      t.notMatch(response.body, SECRET, 'a token is never told');
      if (got === '401') t.equal(response.headers['www-authenticate'], 'Bearer');
    }
  }
});

t.test('a token is taken in a header alone, whole, and as a bearer token', async (t) => {
  const tokens = [{ name: 'reader', scopes: ['read' as const], token: SECRET }];
  const { app } = await createApp(t, { deps: { tokens } });
  const statusOf = async (authorization: string, url = '/api/v1/pairs') =>
    (await app.inject({ url, headers: { authorization } })).statusCode;
  t.equal(await statusOf(`Bearer ${SECRET}`), 200);
  t.equal(await statusOf(`bearer  ${SECRET}`), 200);
  for (const wrong of [
    SECRET,
    `Basic ${Buffer.from(`reader:${SECRET}`).toString('base64')}`,
    `Bearer ${SECRET}x`,
    `Bearer ${SECRET.slice(0, -1)}`,
    `Bearer ${SECRET} x`,
    'Bearer ',
    '',
  ])
    t.equal(await statusOf(wrong), 401, wrong);
  t.equal(await statusOf('', `/api/v1/pairs?access_token=${SECRET}`), 401);
});

t.test('a route that does not say who may use it cannot be added', async (t) => {
  const { app } = await createApp(t);
  t.throws(() => app.get('/new', async () => 'x'), /does not say who may use it/);
});

t.test('once it is about to stop, it lives but takes nothing', async (t) => {
  const { app, drain } = await createApp(t, { lines: INCIDENT_TEXT });
  t.equal((await app.inject('/readyz')).body, 'ok\n');
  drain();
  t.equal((await app.inject('/livez')).statusCode, 200);
  for (const url of ['/readyz', '/api/v1/pairs']) {
    const response = await app.inject(url);
    t.match(response.json(), { status: 503, code: 'draining' }, url);
    t.equal(response.headers['retry-after'], '1');
    t.equal(response.headers.connection, 'close', 'the connection is not waited for');
  }
});

t.test('when the store has failed, nothing is taken or answered but how it is', async (t) => {
  const failure = new AppError('disk_failed', 'cannot use database x: input/output error');
  const healthy = { databaseBytes: 0, logBytes: 0, freeBytes: null, isBelowFloor: false };
  const { app } = await createApp(t, { deps: { condition: () => ({ ...healthy, failure }) } });
  for (const request of [
    '/api/v1/pairs',
    { method: 'POST', url: '/api/v1/ingest', payload: 'x', headers: { 'content-type': 'text/plain' } },
    {
      method: 'POST',
      url: '/loki/api/v1/push',
      payload: '{}',
      headers: { 'content-type': 'application/json' },
    },
  ] as const) {
    const response = await app.inject(request);
    t.equal(response.statusCode, 503, JSON.stringify(request));
  }
  t.match((await app.inject('/api/v1/pairs')).json(), { code: 'disk_failed', detail: /input\/output/ });
  t.match((await app.inject('/readyz')).statusCode, 503);
  t.equal((await app.inject('/livez')).statusCode, 200);
  t.equal((await app.inject('/metrics')).statusCode, 200);
});

/** Starts a server with these timeouts; answers what it says to a text, until it hangs up. */
async function listening(t: Parameters<typeof createApp>[0], timeouts: Timeouts) {
  const { app } = await createApp(t, { deps: { timeouts } });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return async (text: string, trickle = ''): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket
      .on('error', () => {})
      .on('data', (chunk) => {
        answer += chunk.toString();
      });
    socket.write(text);
    const timer = setInterval(() => trickle !== '' && socket.write(trickle), 50);
    await once(socket, 'close');
    clearInterval(timer);
    return answer;
  };
}

const INGEST_HEAD = 'POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n';

t.test('what is no HTTP is answered and hung up on', async (t) => {
  const talk = await listening(t, TIMEOUTS);
  t.match(await talk('GARBAGE\r\n\r\n'), /^HTTP\/1\.1 400 [\s\S]*"code":"bad_request"/);
  t.match(
    await talk(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 [\s\S]*"code":"headers_too_large"/,
  );
  t.match(
    await talk(`${INGEST_HEAD}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`),
    /^HTTP\/1\.1 400 /,
  );
});

t.test('what comes too slowly is answered and hung up on', async (t) => {
  const talk = await listening(t, { ...TIMEOUTS, headers: 400, request: 800, check: 100, bodyPause: 400 });
  const late = /^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/;
  t.match(await talk('GET /livez HTTP/1.1\r\nHos'), late);
  t.match(await talk(`${INGEST_HEAD}Content-Length: 100000\r\n\r\n`, 'x'), late);
});

t.test('a page from elsewhere is not answered, and cannot write', async (t) => {
  const { app } = await createApp(t, { lines: '' });
  const write = (headers: Record<string, string>) =>
    app.inject({
      method: 'POST',
      url: '/api/v1/ingest',
      headers: { host: '127.0.0.1:8710', 'content-type': 'text/plain', ...headers },
      payload: INCIDENT_TEXT,
    });
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:3000' },
    { 'sec-fetch-site': 'cross-site' },
  ]) {
    const response = await write(headers);
    t.match(response.json(), { status: 403, code: 'foreign_origin' }, JSON.stringify(headers));
  }
  t.equal((await write({})).statusCode, 200, 'programs say nothing');
  t.equal(
    (await write({ origin: 'http://127.0.0.1:8710', 'sec-fetch-site': 'same-origin' })).statusCode,
    200,
  );
});
