/** What Prometheus reads. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AppError } from '../../../src/domain/errors.ts';
import { createApp } from '../../helpers/app.ts';
import { ROOT } from '../../helpers/cli.ts';
import { INCIDENT_TEXT } from '../../helpers/incident-lines.ts';
import { linesIn, metricsOf } from '../../helpers/metrics.ts';

const text = { 'content-type': 'text/plain' };

t.test('every line that came in is told by what became of it, whatever its way', async (t) => {
  const { app } = await createApp(t);
  const post = (url: string, payload: string, type = 'application/json') =>
    app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload });
  const line = INCIDENT_TEXT.split('\n')[0] ?? '';
  await post('/api/v1/ingest', `${INCIDENT_TEXT}nonsense\n${INCIDENT_TEXT}`, 'text/plain');
  await post(
    '/loki/api/v1/push',
    JSON.stringify({
      streams: [
        {
          stream: {},
          values: [
            ['1', line],
            ['2', 'x'],
          ],
        },
      ],
    }),
  );
  await post('/_bulk', `{"create":{}}\n${JSON.stringify({ message: line })}\n`, 'application/x-ndjson');
  await post('/api/v1/ingest', '[{"message":"broken"}, nonsense', 'application/json');
  const numbers = await metricsOf(app);
  const lines = linesIn(numbers);
  t.strictSame(lines, {
    received: 19,
    accepted: 6,
    duplicates: 7,
    skipped: 2,
    rejected: 4,
    failed: 0,
    in_flight: 0,
  });
  t.equal(lines.accepted + lines.duplicates + lines.skipped + lines.rejected, lines.received);
  t.equal(numbers.get('meshwake_lines_rejected_total{reason="unknown_format"}'), 4);
  t.equal(numbers.get('meshwake_http_requests_total{method="POST",route="/api/v1/ingest",status="400"}'), 1);
  t.ok((numbers.get('meshwake_http_request_duration_seconds_count{method="POST",route="/_bulk"}') ?? 0) > 0);
});

t.test('a store that takes nothing is told, and no line is called stored', async (t) => {
  const { app, runtime } = await createApp(t);
  const full = new AppError('disk_full', 'cannot write: no space left');
  runtime.store.append = () => Promise.reject(full);
  const response = await app.inject({
    method: 'POST',
    url: '/api/v1/ingest',
    headers: text,
    payload: INCIDENT_TEXT,
  });
  t.match(response.json(), { status: 503, code: 'disk_full' });
  t.equal(response.headers['retry-after'], '1');
  t.match(linesIn(await metricsOf(app)), { received: 7, accepted: 0, skipped: 1, failed: 6, in_flight: 0 });
});

t.test('names and labels are few, whoever asks for what', async (t) => {
  const { app } = await createApp(t);
  for (let n = 0; n < 50; n++) await app.inject(`/api/v1/connections/${n}`);
  for (let n = 0; n < 50; n++) await app.inject(`/nowhere/${n}`);
  const routes = [...(await metricsOf(app)).keys()].filter((name) =>
    name.startsWith('meshwake_http_requests_total'),
  );
  t.strictSame(routes.sort(), [
    'meshwake_http_requests_total{method="GET",route="/api/v1/connections/:id",status="404"}',
    'meshwake_http_requests_total{method="none",route="none",status="404"}',
  ]);
});

t.test('every name of ours keeps to the rules, and is in docs/metrics.md', async (t) => {
  const { app } = await createApp(t);
  await app.inject('/livez');
  const page = readFileSync(join(ROOT, 'docs', 'metrics.md'), 'utf8');
  const { body, headers } = await app.inject('/metrics');
  t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
  for (const [, name = '', help = ''] of body.matchAll(/^# HELP (meshwake_\S+) (.*)$/gm)) {
    t.match(name, /^[a-z_]+$/);
    t.match(page, `\n| \`${name}\` |`);
    t.ok(help.length > 10, name);
    const [, type] = new RegExp(`^# TYPE ${name} (\\w+)$`, 'm').exec(body) ?? [];
    t.equal(name.endsWith('_total'), type === 'counter', name);
  }
});

t.test('a failed store answers nothing but its numbers, and is not ready', async (t) => {
  const failure = new AppError(
    'disk_failed',
    'cannot use database m.db: disk I/O error (SQLITE_IOERR_FSYNC)',
  );
  const condition = () => ({ failure, databaseBytes: 1, logBytes: 2, freeBytes: null, isBelowFloor: false });
  const { app } = await createApp(t, { deps: { condition } });
  for (const url of ['/readyz', '/api/v1/pairs', '/api/v1/explain/10.0.0.1'])
    t.match((await app.inject(url)).json(), { status: 503, code: 'disk_failed' }, url);
  t.equal((await app.inject('/livez')).statusCode, 200);
  const numbers = await metricsOf(app);
  t.equal(numbers.get('meshwake_store_ok'), 0);
  t.equal(numbers.get('meshwake_wal_bytes'), 2);
  t.notOk(numbers.has('meshwake_disk_free_bytes'), 'what is not known is not told');
});

t.test('readiness names its checks, and says when the disk is nearly full', async (t) => {
  let isBelowFloor = false;
  const condition = () => ({ failure: null, databaseBytes: 1, logBytes: 0, freeBytes: 5, isBelowFloor });
  const { app } = await createApp(t, { deps: { condition } });
  t.equal(
    (await app.inject('/readyz?verbose')).body,
    '[+]draining ok\n[+]store ok\n[+]disk ok\n[+]reports ok\nok\n',
  );
  t.equal((await metricsOf(app)).get('meshwake_disk_below_floor'), 0);
  isBelowFloor = true;
  t.equal((await metricsOf(app)).get('meshwake_disk_below_floor'), 1);
  t.match((await app.inject('/readyz')).json(), { status: 503, code: 'disk_full' });
  t.equal((await app.inject('/api/v1/pairs')).statusCode, 200, 'questions are answered all the same');
});
