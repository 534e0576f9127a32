// Promises: L7 (docs/reliability.md).
/** Answers that are not given again, in the form asked for, within the time asked for; and how requests are told apart. */
import t from 'tap';
import { tellMoment } from '../../src/answers/moment.ts';
import type { Behind } from '../../src/domain/behind.ts';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import type { Analysis } from '../../src/domain/queries.ts';
import { createApp } from '../helpers/app.ts';
import { INCIDENT_LINES, INCIDENT_TEXT } from '../helpers/incident-lines.ts';

const PATHS = [
  '/api/v1/connections?limit=2',
  '/api/v1/incidents',
  '/api/v1/coverage',
  '/api/v1/topology',
  '/api/v1/timeseries?step=1h',
  '/api/v1/explain/10.40.2.8',
];

t.test('the same answer is not given again until a line comes in', async (t) => {
  const first = INCIDENT_LINES.slice(0, 5)
    .map((line) => `${line}\n`)
    .join('');
  const { app, runtime } = await createApp(t, { lines: first });
  const get = async (url: string, tag: string) => app.inject({ url, headers: { 'if-none-match': tag } });
  const tags = new Map<string, string>();
  for (const url of PATHS) {
    const { statusCode, headers } = await app.inject(url);
    t.match([statusCode, headers.etag, headers['cache-control']], [200, /^W\/"\S+"$/, 'no-store'], url);
    tags.set(url, String(headers.etag));
    const again = await get(url, `"other", ${headers.etag}`);
    t.match([again.statusCode, again.body, again.headers.etag], [304, '', headers.etag], url);
    t.equal((await get(url, '"other"')).statusCode, 200);
    const csv = await app.inject({
      url,
      headers: { 'if-none-match': String(headers.etag), accept: 'text/csv' },
    });
    t.equal(csv.statusCode, 200, 'another form is another answer');
  }
  t.equal(new Set(tags.values()).size, PATHS.length, 'each question has its own');
  const ingest = runtime.newIngest({ format: null, identity: NO_IDENTITY });
  await ingest.write(Buffer.from(`${INCIDENT_LINES[5]}\n`));
  await ingest.end();
  for (const [url, tag] of tags) t.equal((await get(url, tag)).statusCode, 200, url);
});

t.test('an answer of an earlier moment says so, and has the tag of that moment', async (t) => {
  const { app, runtime } = await createApp(t, { lines: INCIDENT_TEXT });
  const newest = runtime.analysis.version();
  const url = '/api/v1/incidents';
  const known = (await app.inject(url)).headers.etag;
  let behind: Behind | null = { lines: 51_234, seconds: 2.44 };
  const incidents: Analysis['incidents'] = async (filter, page) => {
    const answer = await runtime.analysis.incidents(filter, page);
    tellMoment(newest - (behind === null ? 0 : 1), behind);
    return answer;
  };
  const { app: late } = await createApp(t, {
    deps: {
      analysis: { ...runtime.analysis, version: () => newest, incidents },
      answers: { behind: () => behind, threads: () => 2 },
    },
  });
  const first = await late.inject(url);
  t.equal(first.headers['meshwake-behind'], 'lines=51234, seconds=2.4');
  const get = (tag: unknown) => late.inject({ url, headers: { 'if-none-match': String(tag) } });
  t.equal((await get(first.headers.etag)).statusCode, 200, 'it may know more by now');
  behind = null;
  const whole = await get(first.headers.etag);
  t.equal(whole.statusCode, 200, 'an answer that knows all is another one');
  t.equal(whole.headers['meshwake-behind'], undefined);
  t.equal((await get(whole.headers.etag)).statusCode, 304);
  t.ok(known);
  const metrics = (await late.inject('/metrics')).body;
  for (const line of ['answers_behind_lines 0', 'answers_behind_seconds 0', 'answering_threads 2'])
    t.match(metrics, new RegExp(`^meshwake_${line}$`, 'm'));
});

t.test('an answer that depends on the clock, and an error, have no tag', async (t) => {
  const { app } = await createApp(t);
  for (const url of ['/api/v1/pairs?since=1h', '/api/v1/pairs?port=x', '/api/v1/pairs/x', '/livez'])
    t.equal((await app.inject(url)).headers.etag, undefined, url);
  t.ok((await app.inject('/api/v1/pairs?since=2024-03-05T09:00:00Z')).headers.etag);
});

t.test('a form that is named beats the one that is accepted', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  for (const [path] of PATHS.slice(0, 5).map((url) => [url.split('?')[0] ?? ''])) {
    for (const [format, type] of [
      ['csv', 'text/csv'],
      ['ndjson', 'application/x-ndjson'],
      ['json', 'application/json'],
    ] as const) {
      const named = await app.inject({ url: `${path}?format=${format}`, headers: { accept: 'text/csv' } });
      t.match(named.headers['content-type'], type, `${path} as ${format}`);
      const accepted = await app.inject({ url: path ?? '', headers: { accept: type } });
      t.equal(named.body, accepted.body);
    }
  }
  t.match((await app.inject('/api/v1/pairs?format=xml')).json(), { code: 'bad_parameter' });
});

t.test('HEAD says what GET would, and reads no more than it has to', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  for (const url of [...PATHS, '/api/v1/connections?format=csv', '/api/v1/pairs?format=ndjson']) {
    const [head, get] = [await app.inject({ method: 'HEAD', url }), await app.inject(url)];
    t.equal(head.statusCode, 200, url);
    t.equal(head.body, '');
    for (const name of ['content-type', 'etag', 'content-disposition'])
      t.equal(head.headers[name], get.headers[name], `${name} of ${url}`);
  }
});

t.test('a question that takes longer than it may is answered with 503', async (t) => {
  const { app, runtime } = await createApp(t);
  const never = () => new Promise<never>(() => {});
  const slow = { incidents: never, coverage: never, timeseries: never, topology: never, explain: never };
  const { app: late } = await createApp(t, { deps: { analysis: { ...runtime.analysis, ...slow } } });
  for (const path of [
    'incidents',
    'incidents?format=csv',
    'coverage',
    'timeseries',
    'topology',
    'explain/10.0.0.1',
  ]) {
    const response = await late.inject(`/api/v1/${path}${path.includes('?') ? '&' : '?'}timeout=20ms`);
    t.match(response.json(), { status: 503, code: 'timeout', detail: 'cannot answer within 20ms' }, path);
    t.ok(response.headers['retry-after']);
  }
  for (const timeout of ['soon', '0s', '31s', '-1s'])
    t.match((await app.inject(`/api/v1/pairs?timeout=${timeout}`)).json(), {
      code: 'bad_parameter',
      detail: /expected a duration such as 5s, at most 30s/,
    });
});

t.test(
  'a request keeps the id that it came with, unless that could be mistaken for something else',
  async (t) => {
    const { app } = await createApp(t);
    const idOf = async (id?: string) =>
      (await app.inject({ url: '/livez', headers: id === undefined ? {} : { 'x-request-id': id } })).headers[
        'x-request-id'
      ];
    t.equal(await idOf('a1b2-c3:4/5'), 'a1b2-c3:4/5');
    for (const id of [undefined, '<script>', 'x'.repeat(129), ''])
      t.match(await idOf(id), /^[0-9a-f]{8}-[0-9a-f]{4}-4/, String(id));
    t.ok((await app.inject('/nowhere')).headers['x-request-id'], 'also an error has one');
  },
);
