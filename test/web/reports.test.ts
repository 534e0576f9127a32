/** Reports, schedules and anomalies in a real browser, against the real server: what they show, and what they never do. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { REPORT_WINDOW, reportLines } from '../../bench/simulator/report-lines.ts';
import { openRuntime } from '../../src/compose/local.ts';
import type { ReportItem } from '../../src/domain/report-items.ts';
import { barriers } from '../helpers/barriers.ts';
import { launch, NO_CHROMIUM, settled, until, type Watched, watchedPage } from '../helpers/browser.ts';
import { until as eventually, ROOT } from '../helpers/cli.ts';
import { HOSTILE, UNSHOWABLE } from '../helpers/hostile.ts';
import { receive } from '../helpers/receiver.ts';
import { recentIncident } from '../helpers/recent-lines.ts';
import { makeResources } from '../helpers/report.ts';
import { type Server, serve } from '../helpers/serve.ts';
import { makeStoredReport } from '../helpers/stored-report.ts';
import { makeReport } from '../helpers/window-report.ts';

const ARTICLE = readFileSync(join(ROOT, 'samples', 'incident-article.log'), 'utf8');

async function post(t: Test, { url }: Server, body: string): Promise<void> {
  const headers = { 'content-type': 'text/plain' };
  const response = await fetch(`${url}/api/v1/ingest`, { method: 'POST', headers, body });
  t.equal(response.status, 200, await response.clone().text());
}

/** Everybody can use it, it fits the screen, and it did nothing that it must not. */
async function isWell(t: Test, { page, faults }: Watched, name: string): Promise<void> {
  t.equal(await page.locator('.failure').count(), 0, `${name} has all it asked for`);
  t.strictSame(await barriers(page), [], `${name} can be used by everybody`);
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  t.ok(Number(overflow) <= 0, `${name} is not wider than the screen`);
  t.strictSame(faults(), [], `${name} does nothing that it must not`);
}

t.test('a day with much to tell, wide and narrow, light and dark', { skip: NO_CHROMIUM }, async (t) => {
  const server = await serve(t, ['--db', join(t.testdir(), 'day.db')]);
  await post(t, server, [...reportLines(ARTICLE)].map((line) => `${line}\n`).join(''));
  const { since, until: end } = REPORT_WINDOW;
  const asked = new URLSearchParams({ since, until: end });
  const made = await fetch(`${server.url}/api/v1/reports?${asked}`, { method: 'POST' });
  const { id } = (await made.json()) as ReportItem;
  const { items } = (await server.get('/api/v1/anomalies')) as {
    items: { summary: string; incident_id: string }[];
  };
  const anomaly = items[0] ?? { summary: 'there is none', incident_id: '' };
  const browser = await launch(t);
  for (const [width, scheme] of [
    [1440, 'light'],
    [390, 'dark'],
    [320, 'light'],
  ] as const) {
    const watched = await watchedPage(browser, { url: server.url, width, scheme });
    const { page } = watched;
    for (const fragment of ['#/reports', `#/reports/${id}`, '#/anomalies', '#/anomalies?since=7d', '#/']) {
      await watched.visit(fragment);
      await isWell(t, watched, `${fragment} ${width} ${scheme}`);
    }
    t.match(await page.locator('.anomalies').textContent(), anomaly.summary, 'Now tells what is unusual');
    await page.context().close();
  }
  const watched = await watchedPage(browser, { url: server.url });
  const { page } = watched;
  await watched.visit('#/anomalies');
  const card = page.locator('.anomalies .card').first();
  t.match(
    await card.textContent(),
    /since 2026-01-25 \d\d:\d\d:\d\d UTC[\s\S]*\d+ in \d hours[\s\S]*usual: 0 to \d+/,
  );
  t.ok((await card.locator('.spark rect.odd').count()) > 0, 'its hours stand out in the picture');
  t.match(await card.locator('.spark').getAttribute('aria-label'), anomaly.summary, 'which has words, too');
  const lines = String(await card.locator('a', { hasText: 'Its connections' }).getAttribute('href'));
  await watched.visit(lines);
  t.match(await page.locator('.status').textContent(), /^\d+ connections/, 'the lines are a click away');
  await watched.visit('#/anomalies');
  await card.locator('a', { hasText: 'Incident' }).click();
  await until(page, `location.hash === "#/incidents/${anomaly.incident_id}"`);
  await watched.visit(`#/reports/${id}`);
  for (const section of ['Incidents', 'Anomalies', 'Routing', 'Collision radar', 'Mutual TLS', 'Deliveries'])
    t.equal(await page.locator(`section[aria-label="${section}"] h2`).count(), 1, section);
  const saving = page.waitForEvent('download');
  await page.locator('a', { hasText: 'Save as HTML' }).click();
  t.equal((await saving).suggestedFilename(), `meshwake-report-${id}.html`);
  const links = page.locator('section[aria-label="Incidents"] a[href^="#/incidents/"]');
  await links.first().click();
  await settled(page);
  t.match(await page.locator('h1').textContent(), 'captured by grid-ext', 'its incident is a click away');
  t.strictSame(watched.faults(), []);
});

t.test('without a report or a schedule it says how to come by one', { skip: NO_CHROMIUM }, async (t) => {
  const server = await serve(t, ['--db', join(t.testdir(), 'none.db')]);
  const watched = await watchedPage(await launch(t), { url: server.url });
  const { page } = watched;
  await watched.visit('#/reports');
  const text = String(await page.locator('main').textContent());
  t.match(text, 'No report was made yet');
  t.match(text, 'npx meshwake serve --config meshwake.yaml');
  await watched.visit('#/anomalies');
  t.match(await page.locator('main').textContent(), 'No anomalies can be told');
  await isWell(t, watched, 'anomalies of no lines');
  const { before, after } = recentIncident(Date.now());
  await post(t, server, before + after);
  await watched.visit('#/reports');
  await page.locator('.make-report summary').click();
  t.match(await page.locator('.make-report .calls').textContent(), 'POST /api/v1/reports?since=24h');
  // By the keyboard alone.
  await page.locator('#report-window').focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await until(page, 'location.hash.startsWith("#/reports/asked-")');
  await settled(page);
  t.match(await page.locator('h1').textContent(), /incidents? opened/);
  await isWell(t, watched, 'a report that was asked for');
  await watched.visit('#/reports');
  t.match(await page.locator('.reports .card').textContent(), /asked for[\s\S]*kept here, sent to nobody/);
});

t.test('schedules tell their next times, and what goes wrong', { skip: NO_CHROMIUM }, async (t) => {
  const folder = t.testdir({ out: {} });
  const receiver = await receive(t);
  receiver.answer = (response) => void response.writeHead(503).end();
  const config = join(folder, 'meshwake.yaml');
  writeFileSync(
    config,
    `allow_networks: [127.0.0.1]
targets:
  - {name: archive, type: file, directory: out}
  - {name: hook, type: webhook, url: '${receiver.url}/in'}
  - {name: alerts, type: alertmanager, url: '${receiver.url}/am', resend: 1s}
reports:
  - {name: often, cron: '*/2 * * * * *', window: 24h, filters: {namespace: [shop]}, deliver: [archive, hook]}
  - {name: ops, cron: '0 7 * * *', timezone: Europe/Berlin, deliver: [alerts]}
`,
  );
  const server = await serve(t, ['--db', join(folder, 'm.db'), '--config', config]);
  const listed = async (): Promise<readonly ReportItem[]> =>
    ((await server.get('/api/v1/reports')) as { items: ReportItem[] }).items;
  const isFailing = ({ deliveries }: ReportItem): boolean =>
    deliveries.some(({ target, error }) => target === 'hook' && error !== null) &&
    deliveries.some(({ target, state }) => target === 'archive' && state === 'delivered');
  const { id } = await eventually(
    'a target refuses a report',
    async () => (await listed()).find(isFailing) ?? null,
  );
  const watched = await watchedPage(await launch(t), { url: server.url });
  const { page } = watched;
  await watched.visit('#/reports?schedule=often');
  await isWell(t, watched, 'reports of one schedule');
  // While a try is under way there is nothing to tell of the one before.
  const told = (fragment: string, place: string, expected: RegExp): Promise<string> =>
    eventually(`${fragment} tells ${expected}`, async () => {
      await watched.visit(fragment);
      const text = (await page.locator(place).allTextContents()).join('\n');
      return expected.test(text) ? text : null;
    });
  await told(
    '#/reports?schedule=often',
    '.reports .card',
    /often[\s\S]*archive: delivered[\s\S]*hook: failed (?:once|\d+ times), again in/,
  );
  const [often = '', ops = ''] = await page.locator('.schedules .card').allTextContents();
  t.match(often, /often\*\/2 \* \* \* \* \*UTC.*looks back 1d · as html · namespace shop/);
  t.match(often, /Next20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC · .*then/);
  t.match(often, /archive file, .*out (?:delivered|under way|waits)/);
  t.match(ops, /ops0 7 \* \* \*Europe\/Berlin[\s\S]*Lastnone yet/);
  t.match(ops, /alerts alertmanager/);
  await told(
    `#/reports/${id}`,
    'section[aria-label="Deliveries"] table',
    /archivedelivered1[\s\S]*hook[\s\S]*503/,
  );
  await isWell(t, watched, 'a report that was not taken');
  t.match(await page.locator('main').textContent(), /Nothing was read|No access-log line/, 'of no lines');
});

t.test('what strangers wrote is shown in a report and never run', { skip: NO_CHROMIUM }, async (t) => {
  const db = join(t.testdir(), 'hostile.db');
  const texts = HOSTILE.map((text) => text.toWellFormed());
  const runtime = await openRuntime({ db, mode: 'write', now: Date.now });
  for (const [index, text] of texts.entries()) {
    const report = makeReport(text);
    const id = `asked-${String(index).padStart(3, '0')}`;
    await runtime.store.reports.saveReport(makeStoredReport({ id, period: index, schedule: null, report }), [
      'x',
    ]);
    await runtime.store.reports.endTry(`${id}/x`, { state: 'failed', error: text });
  }
  await runtime.close();
  const server = await serve(t, ['--db', db]);
  const watched = await watchedPage(await launch(t), { url: server.url });
  const { page } = watched;
  let shown = '';
  await page.route('**/api/v1/anomalies*', (route) =>
    route.fulfill({
      json: {
        items: [makeResources(shown).anomalies],
        next_cursor: null,
        judged: makeReport(shown).anomalies.judged,
      },
    }),
  );
  const scripts = await page.evaluate('document.querySelectorAll("script").length');
  const look = async (fragment: string): Promise<void> => {
    await watched.visit(fragment);
    t.equal(await page.evaluate('document.querySelectorAll("script").length'), scripts, fragment);
    const odd =
      'main img, main iframe, main object, main foreignObject, main [onerror], main [onload], main [onmouseover]';
    t.equal(await page.locator(odd).count(), 0, `${fragment} has nothing that runs`);
    t.notMatch(
      await page.locator('main').textContent(),
      UNSHOWABLE,
      `${fragment} hides and reorders nothing`,
    );
    t.equal(await page.locator('.failure').count(), 0, fragment);
    t.strictSame(watched.faults(), [], fragment);
  };
  for (const [index, text] of texts.entries()) {
    shown = text;
    await look(`#/reports/asked-${String(index).padStart(3, '0')}`);
    if (index % 8 === 0) await look('#/anomalies');
  }
  await look('#/reports');
  t.ok((await page.locator('.reports .card').count()) > 10);
  await page.locator('a', { hasText: 'Older' }).click();
  await until(page, 'location.hash.includes("cursor=")');
  await settled(page);
  t.ok((await page.locator('.reports .card').count()) > 10, 'older ones are on a page of their own');
});
