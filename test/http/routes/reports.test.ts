import t from 'tap';
import { Value } from 'typebox/value';
import type { ReportDesk } from '../../../src/domain/report-desk.ts';
import { REPORT_POLICY } from '../../../src/http/routes/reports.ts';
import { ReportItemSchema, SchedulesSchema, WholeReportSchema } from '../../../src/http/schemas/reports.ts';
import { createApp } from '../../helpers/app.ts';
import { INCIDENT_TEXT } from '../../helpers/incident-lines.ts';
import { makeStoredReport } from '../../helpers/stored-report.ts';

const WINDOW = 'since=2024-03-01&until=2024-04-01';
const PATH = '/api/v1/reports';

t.test('a report that is asked for is made, kept and answered, in each of its forms', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const made = await app.inject({ method: 'POST', url: `${PATH}?${WINDOW}` });
  t.equal(made.statusCode, 201);
  const whole = made.json();
  t.equal(made.headers.location, `${PATH}/${whole.id}`);
  t.strictSame(Value.Errors(WholeReportSchema, whole), []);
  t.match(whole, { schedule: null, since: '2024-03-01T00:00:00.000Z', deliveries: [] });
  const incidents = (await app.inject('/api/v1/incidents')).json().items.length;
  const { opened, ongoing, closed } = whole.report.incidents;
  t.equal(opened.length + ongoing.length + closed.length, incidents);
  const url = `${PATH}/${whole.id}`;
  t.strictSame((await app.inject(url)).json(), whole, 'as it was made');
  for (const [accept, type] of [
    ['text/html', 'text/html'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
    ['text/markdown', 'text/markdown'],
    ['text/plain', 'text/plain'],
    ['text/plain;q=0.5, text/markdown', 'text/markdown'],
  ] as const) {
    const { headers, body } = await app.inject({ url, headers: { accept } });
    t.equal(headers['content-type'], `${type}; charset=utf-8`, accept);
    t.equal(headers.vary, 'Accept');
    t.equal(headers['content-security-policy'], REPORT_POLICY);
    t.equal(headers['x-content-type-options'], 'nosniff');
    t.ok(body.length > 40);
  }
  t.match((await app.inject(`${url}?format=html`)).body, /^<!doctype html>/i);
  t.match((await app.inject({ url, headers: { accept: 'image/png' } })).headers, { 'content-type': /json/ });
});

t.test('the page of a report may run and load nothing', async (t) => {
  t.match(REPORT_POLICY, /^default-src 'none';/);
  t.notMatch(REPORT_POLICY, /script-src|connect-src|https?:/);
  t.match(REPORT_POLICY, /;sandbox;/);
});

t.test('reports are listed, the newest first, page by page', async (t) => {
  const { app, runtime } = await createApp(t);
  const { reports } = runtime.store;
  for (let day = 1; day <= 5; day++) {
    const until = Date.UTC(2024, 2, day, 9);
    const schedule = day === 3 ? 'weekly' : 'daily';
    const report = makeStoredReport({
      id: `${schedule}-${day}`,
      schedule,
      until,
      period: until,
      made: until,
    });
    await reports.saveReport(report, ['hook']);
  }
  await reports.endTry('daily-5/hook', { state: 'failed', error: 'status 500' });
  const first = (await app.inject(`${PATH}?limit=2`)).json();
  for (const item of first.items) t.strictSame(Value.Errors(ReportItemSchema, item), []);
  t.match(first.items, [
    { id: 'daily-5', deliveries: [{ target: 'hook', state: 'failed', error: 'status 500', next_try: null }] },
    { id: 'daily-4', deliveries: [{ state: 'pending', tries: 0 }] },
  ]);
  const next = await app.inject(`${PATH}?limit=2&cursor=${first.next_cursor}`);
  t.strictSame(
    next.json().items.map(({ id }: { id: string }) => id),
    ['weekly-3', 'daily-2'],
  );
  t.match(next.headers.link, /cursor=.*rel="next"/);
  const last = (await app.inject(`${PATH}?limit=2&cursor=${next.json().next_cursor}`)).json();
  t.match(last, { items: [{ id: 'daily-1' }], next_cursor: null });
  t.match((await app.inject(`${PATH}?schedule=weekly`)).json().items, [{ id: 'weekly-3' }]);
  t.equal((await app.inject(`${PATH}?cursor=x`)).json().code, 'bad_cursor');
  t.equal((await app.inject(`${PATH}/none`)).json().code, 'not_found');
});

t.test('schedules are told with what became of their targets', async (t) => {
  const delivery = {
    ...{ id: 'daily-5/hook', report: 'daily-5', target: 'hook', state: 'pending' as const, tries: 2 },
    ...{
      next_try: Date.UTC(2024, 2, 5, 10),
      last_try: Date.UTC(2024, 2, 5, 9),
      delivered: null,
      error: 'status 500',
    },
  };
  const { report: _report, ...lastReport } = makeStoredReport();
  const office: ReportDesk = {
    ask: async () => makeStoredReport(),
    counters: () => ({
      made: new Map(),
      failed: new Map(),
      deliveries: new Map(),
      pending: 0,
      firing: new Map(),
    }),
    problems: () => ['cannot deliver to hook\u001b[2J; it is tried again'],
    schedules: async () => [
      {
        ...{
          name: 'daily',
          cron: '0 9 * * *',
          timezone: 'UTC',
          windowMs: 3_600_000,
          filters: {},
          format: 'html',
        },
        ...{ nextRuns: [Date.UTC(2024, 2, 6, 9)], lastReport, error: null },
        targets: [
          { target: 'hook', type: 'webhook', destination: 'https://example.com', delivery, alerts: null },
          {
            ...{ target: 'am', type: 'alertmanager', destination: 'http://am:9093', delivery: null },
            alerts: { firing: 3, told: null, error: 'status 500' },
          },
        ],
      },
    ],
  };
  const { app } = await createApp(t, { deps: { office } });
  const answer = (await app.inject('/api/v1/schedules')).json();
  t.strictSame(Value.Errors(SchedulesSchema, answer), []);
  t.match(answer.items, [
    {
      window_seconds: 3_600,
      next_runs: ['2024-03-06T09:00:00.000Z'],
      last_report: { id: lastReport.id },
      targets: [
        { target: 'hook', delivery: { tries: 2, error: 'status 500', next_try: '2024-03-05T10:00:00.000Z' } },
        { target: 'am', alerts: { firing: 3, told_at: null } },
      ],
    },
  ]);
  const ready = await app.inject('/readyz?verbose');
  t.equal(ready.statusCode, 200, 'lines are taken all the same');
  t.match(ready.body, '[-]reports: cannot deliver to hook\\u001b[2J; it is tried again\n');
});

t.test('a body where none is taken is told where its words belong', async (t) => {
  const { app } = await createApp(t);
  const response = await app.inject({ method: 'POST', url: '/api/v1/reports', payload: { since: '1h' } });
  t.match(response.json(), {
    status: 415,
    detail: /expected none$/,
    remedy: /in the query of the URL/,
  });
});
