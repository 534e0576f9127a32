/** Requests as no honest client writes them: refused, or taken for what they say, and never for another route. (C8, C10, D1) */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { FILTER_NAMES } from '../../src/domain/filter.ts';
import { RESOURCE_NAMES } from '../../src/output/columns.ts';
import { createApp } from '../helpers/app.ts';
import { INCIDENT_TEXT } from '../helpers/incident-lines.ts';

const LONG = process.env.LONG_TESTS !== undefined;

t.test('what two servers in a row could read differently', async (t) => {
  const { app, runtime } = await createApp(t, { lines: '' });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const talk = async (text: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    let told = '';
    socket.on('data', (chunk) => {
      told += chunk.toString();
    });
    socket.write(text);
    socket.end();
    await once(socket, 'close');
    return told;
  };
  const post = 'POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n';
  const hidden = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const rows: [what: string, request: string, first: RegExp][] = [
    [
      'a length and chunks',
      `${post}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      /^HTTP\/1\.1 400 /,
    ],
    [
      'two lengths',
      `${post}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
      /^HTTP\/1\.1 400 /,
    ],
    ['a length that is none', `${post}Content-Length: +5\r\n\r\nabcde`, /^HTTP\/1\.1 400 /],
    ['chunks that are no numbers', `${post}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`, /^HTTP\/1\.1 400 /],
    ['an unknown coding', `${post}Transfer-Encoding: chunked, evil\r\n\r\n0\r\n\r\n`, /^HTTP\/1\.1 400 /],
    [
      'a header over two lines',
      `${post}X-Folded: a\r\n Content-Length: 5\r\n\r\n`,
      /^HTTP\/1\.1 (400|4\d\d) /,
    ],
    ['a space before the colon', `${post}Content-Length : 5\r\n\r\nabcde`, /^HTTP\/1\.1 400 /],
    ['HTTP/0.9', 'GET /livez\r\n\r\n', /^HTTP\/1\.1 4\d\d /],
    ['a way up', 'GET /livez/../metrics HTTP/1.1\r\nHost: localhost\r\n\r\n', /^HTTP\/1\.1 404 /],
    ['no host', 'GET /livez HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'a whole URL of another host',
      'GET http://evil.example/api/v1/pairs HTTP/1.1\r\nHost: evil.example\r\n\r\n',
      /^HTTP\/1\.1 4\d\d /,
    ],
    [
      'a line of 64 KiB',
      `GET /livez?${'x'.repeat(65_536)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    [
      'an upgrade',
      'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      /^HTTP\/1\.1 200 /,
    ],
    [
      'CONNECT',
      'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n',
      /^(HTTP\/1\.1 4\d\d |$)/,
    ],
  ];
  for (const [what, request, first] of rows) {
    const told = await talk(request);
    t.match(told, first, what);
    t.notMatch(told, /meshwake_lines_received_total/, `${what}: nothing hidden in a body is answered`);
  }
  t.match(
    await talk(`${post}Content-Length: 4\r\nExpect: 100-continue\r\n\r\nabc\n`),
    /100 Continue[\s\S]*"received":1/,
  );
  t.match(await runtime.store.counts(), { lines: 0 });
});

t.test('a path is what it says, decoded once', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  for (const url of [
    '/api/v1/..%2f..%2fmetrics',
    '/api/v1/%2e%2e/metrics',
    '/api/v1/connections/%00',
    '/api/v1/connections/..%5c..%5cmetrics',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e%2fpackage.json',
    '/%252e%252e/etc/passwd',
    '//livez',
  ]) {
    const { statusCode, body } = await app.inject(url);
    t.ok([400, 404].includes(statusCode), `${url}: ${statusCode}`);
    t.notMatch(body, /meshwake_|"dependencies"/, url);
  }
});

t.test('a cursor that was changed is refused, and tells nothing of the inside', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const cursors = new Map<string, string>();
  for (const resource of RESOURCE_NAMES) {
    const { next_cursor } = (await app.inject(`/api/v1/${resource}?limit=1`)).json();
    if (next_cursor !== null) cursors.set(resource, next_cursor);
  }
  t.ok(cursors.size >= 3);
  const changes = fc.record({
    resource: fc.constantFrom(...cursors.keys()),
    at: fc.nat(400),
    with: fc.constantFrom('', 'A', '0', '-', '_', '=', '%00', '.', "'", 'é', '9999999999999999999'),
  });
  await fc.assert(
    fc.asyncProperty(changes, async ({ resource, at, with: text }) => {
      const whole = cursors.get(resource) ?? '';
      const place = at % whole.length;
      const cursor = encodeURI(whole.slice(0, place)) + encodeURI(text) + encodeURI(whole.slice(place + 1));
      const response = await app.inject(`/api/v1/${resource}?limit=1&cursor=${cursor}`);
      if (response.statusCode === 200) return;
      const { code } = response.json() as { code: string };
      if (response.statusCode !== 400 || code !== 'bad_cursor')
        throw new Error(`${cursor}: ${response.body}`);
      if (/SQLITE|SELECT| at .*\.ts:/.test(response.body)) throw new Error(`${cursor}: ${response.body}`);
    }),
    { numRuns: LONG ? 20_000 : 300, seed: 11 },
  );
  for (const [resource, cursor] of cursors)
    for (const other of RESOURCE_NAMES)
      if (other !== resource) {
        const response = await app.inject(`/api/v1/${other}?limit=1&cursor=${encodeURIComponent(cursor)}`);
        t.match(response.json(), { code: 'bad_cursor' }, `${resource} given to ${other}`);
      }
});

/** What means something to SQL, to LIKE and GLOB, to search languages, and to templates. */
const INJECTIONS = [
  `' OR 1=1--`,
  `"; DROP TABLE connection; --`,
  `') UNION SELECT value FROM text --`,
  '%',
  '_',
  '\\',
  ']',
  '[a-z]',
  '?',
  'NEAR(a b)',
  '{x:String}',
  `\${7*7}`,
  'ʼ or 1=1',
  '\u0000',
  'x'.repeat(5_000),
];

t.test('every parameter is a value and nothing else', async (t) => {
  const { app, runtime } = await createApp(t, { lines: INCIDENT_TEXT });
  const before = await runtime.store.counts();
  for (const resource of RESOURCE_NAMES)
    for (const name of [...FILTER_NAMES, 'limit', 'cursor', 'format', 'timeout'])
      for (const value of INJECTIONS) {
        const url = `/api/v1/${resource}?${name}=${encodeURIComponent(value)}`;
        const { statusCode, body } = await app.inject(url);
        if (statusCode !== 200 && statusCode !== 400) t.fail(`${statusCode}: ${url}`);
        if (/SQLITE|syntax error|no such column/i.test(body)) t.fail(`${url}: ${body}`);
        // No pod, namespace or cluster has such a name: taken for what it is, it matches nothing.
        if (statusCode === 200 && JSON.parse(body).items.length > 0) t.fail(`${url} matches`);
      }
  for (const value of INJECTIONS)
    for (const path of ['connections', 'pairs', 'shifts', 'incidents', 'explain']) {
      const { statusCode } = await app.inject(`/api/v1/${path}/${encodeURIComponent(value)}`);
      if (![400, 404].includes(statusCode)) t.fail(`${statusCode}: ${path}/${value}`);
    }
  t.strictSame(await runtime.store.counts(), before, 'and nothing is gone');
});
