/** Errors are as the description says, at the routes and with the statuses that it says. */
import type { InjectOptions } from 'fastify';
import t from 'tap';
import type { Token } from '../../../src/auth/tokens.ts';
import type { AppDeps } from '../../../src/http/deps.ts';
import { type ApiDescription, answerChecks } from '../../helpers/answer-checks.ts';
import { createApp } from '../../helpers/app.ts';

const TOKENS: readonly Token[] = [{ name: 'sender', scopes: ['ingest'], token: 'of-the-sender' }];
const AS_SENDER = { authorization: 'Bearer of-the-sender' };
const FAILED = { failure: null, databaseBytes: 0, logBytes: 0, freeBytes: 0, isBelowFloor: true };

type Row = [request: InjectOptions, status: number, code: string, deps?: Partial<AppDeps>];

const lines = (over: object): InjectOptions => ({
  method: 'POST',
  url: '/api/v1/ingest',
  headers: { 'content-type': 'text/plain' },
  body: 'x\n',
  ...over,
});

const ROWS: readonly Row[] = [
  [{ url: '/api/v1/pairs?prot=1' }, 400, 'unknown_parameter'],
  [{ url: '/api/v1/timeseries?metric=x' }, 400, 'bad_parameter'],
  [{ url: '/api/v1/explain/web' }, 400, 'bad_parameter'],
  [{ url: '/api/v1/events?types=x' }, 400, 'bad_parameter'],
  [{ url: '/api/v1/shifts?cursor=x' }, 400, 'bad_cursor'],
  [{ url: `/api/v1/routes/${'x'.repeat(300)}` }, 400, 'bad_request'],
  [{ url: '/api/v1/coverage' }, 401, 'token_required', { tokens: TOKENS }],
  [{ url: '/api/v1/topology', headers: AS_SENDER }, 403, 'forbidden', { tokens: TOKENS }],
  [{ url: '/api/v1/incidents', headers: { origin: 'http://elsewhere' } }, 403, 'foreign_origin'],
  [{ url: '/livez', headers: { host: 'elsewhere' } }, 421, 'misdirected'],
  [{ url: '/api/v1/incidents/none' }, 404, 'not_found'],
  [{ url: '/api/v1/incidents/none/evidence' }, 404, 'not_found'],
  [{ url: '/api/v1/reports/none' }, 404, 'not_found'],
  [{ url: '/api/v1/reports?cursor=x' }, 400, 'bad_cursor'],
  [{ url: '/api/v1/reports?since=1h' }, 400, 'unknown_parameter'],
  [{ method: 'POST', url: '/api/v1/reports?since=soon' }, 400, 'bad_parameter'],
  [{ method: 'POST', url: '/api/v1/reports?verdict=x' }, 400, 'bad_parameter'],
  [{ url: '/readyz' }, 503, 'disk_full', { condition: () => FAILED }],
  [{ url: '/metrics' }, 503, 'draining', { isDraining: () => true }],
  [{ url: '/api/v1/pairs' }, 503, 'draining', { isDraining: () => true }],
  [lines({ url: '/api/v1/ingest?x=1' }), 400, 'unknown_parameter'],
  [lines({ url: '/api/v1/ingest?format=%25X' }), 400, 'bad_format'],
  [lines({ headers: { 'content-type': 'application/json' }, body: '{' }), 400, 'bad_body'],
  [lines({ headers: { 'content-type': 'image/png' } }), 415, 'unsupported_media_type'],
  [lines({ url: '/v1/logs', headers: { 'content-type': 'application/json' }, body: '[' }), 400, 'bad_body'],
  [lines({ url: '/_bulk', headers: { 'content-type': 'image/png' } }), 415, 'unsupported_media_type'],
  [
    lines({ url: '/loki/api/v1/push', headers: { 'content-type': 'application/json' }, body: '1' }),
    400,
    'bad_body',
  ],
];

t.test('errors are as they are described', async (t) => {
  for (const [request, status, code, deps = {}] of ROWS) {
    const { app } = await createApp(t, { deps });
    const document: ApiDescription = (await app.inject('/openapi.json')).json();
    const { statusCode, headers, body } = await app.inject(request);
    const told = `${request.method ?? 'GET'} ${String(request.url).slice(0, 60)} ${code}`;
    t.equal(statusCode, status, told);
    t.match(body, code, told);
    const { fault } = answerChecks(document).check({
      method: request.method ?? 'GET',
      path: String(request.url),
      status: statusCode,
      type: String(headers['content-type']),
      body,
    });
    t.equal(fault, null, told);
  }
});
