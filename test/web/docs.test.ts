/** The page that describes the API, in a real browser against the real server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { barriers } from '../helpers/barriers.ts';
import { launch, NO_CHROMIUM, until, watchedPage } from '../helpers/browser.ts';
import { ROOT } from '../helpers/cli.ts';
import { serve } from '../helpers/serve.ts';

const SHOWN = 'document.querySelector(".operation") !== null';

t.test('every operation is there, wide and narrow, light and dark', { skip: NO_CHROMIUM }, async (t) => {
  const server = await serve(t, ['--db', join(t.testdir({}), 'docs.db')]);
  const { paths } = (await server.get('/openapi.json')) as { paths: Record<string, Record<string, object>> };
  const count = Object.values(paths).flatMap((methods) => Object.keys(methods)).length;
  const browser = await launch(t);
  for (const [width, scheme] of [
    [1440, 'light'],
    [390, 'dark'],
  ] as const) {
    const { page, faults } = await watchedPage(browser, { url: server.url, width, scheme });
    await page.goto(`${server.url}/docs`);
    await until(page, SHOWN);
    t.equal(await page.locator('.operation').count(), count);
    t.strictSame(await barriers(page), [], `${width} ${scheme}`);
    await page.locator('#listPairs details').first().locator('summary').first().click();
    await page.locator('#listPairs').getByText('Port that the client dialled').first().waitFor();
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    t.ok(Number(overflow) <= 0, `${width} is wide enough`);
    t.strictSame(faults(), [], `${width} ${scheme} does nothing that it must not`);
    await page.context().close();
  }
});

t.test('schemas open part by part, and links lead to operations', { skip: NO_CHROMIUM }, async (t) => {
  const { url } = await serve(t, ['--db', join(t.testdir({}), 'docs.db')]);
  const { page, faults } = await watchedPage(await launch(t), { url });
  await page.goto(`${url}/docs#getTopology`);
  await until(page, SHOWN);
  await until(page, 'document.querySelector(":target")?.id === "getTopology"');
  const answer = page.locator('#listPairs .content').last();
  await answer.locator('summary', { hasText: 'application/json' }).click();
  await answer.locator('summary', { hasText: 'its items' }).click();
  await answer.locator('summary', { hasText: 'its fields' }).first().click();
  await answer.getByText('upstream_cluster', { exact: true }).first().waitFor();
  t.match(
    await answer.textContent(),
    /items.*array of Pair.*outbound.*Connection.*upstream_cluster.*string or null/s,
  );
  await page.locator('nav input').fill('evidence');
  await until(page, '[...document.querySelectorAll(".operation")].filter((one) => !one.hidden).length === 1');
  t.equal(await page.locator('.operation:visible').getAttribute('id'), 'getIncidentEvidence');
  t.strictSame(faults(), []);
});

t.test('a question is asked, and its answer shown', { skip: NO_CHROMIUM }, async (t) => {
  const { url } = await serve(t, ['--db', join(t.testdir({}), 'docs.db')]);
  const body = readFileSync(join(ROOT, 'samples', 'incident-article.log'));
  await fetch(`${url}/api/v1/ingest`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
  const { page, faults, someFaults } = await watchedPage(await launch(t), { url });
  await page.goto(`${url}/docs`);
  await until(page, SHOWN);
  const send = async (id: string, path: string): Promise<string> => {
    const operation = page.locator(`#${id}`);
    await operation.locator('.try input').fill(path);
    await operation.locator('.try button').click();
    await operation.locator('.result strong, .result .failure').waitFor();
    return String(await operation.locator('.result').textContent());
  };
  t.match(
    await send('listIncidents', '/api/v1/incidents?severity=critical'),
    /^200 application\/json[\s\S]*catch_all_capture/,
  );
  t.match(
    await send('followEvents', '/api/v1/events'),
    /^200 text\/event-stream[\s\S]*event: ready[\s\S]*…$/,
  );
  t.strictSame(faults(), []);
  t.match(
    await send('listShifts', '/api/v1/shifts?prot=1'),
    /^400 application\/problem\+json[\s\S]*did you mean port/,
  );
  t.match(await someFaults(), [/400/]);
  t.match(await send('listRoutes', '//elsewhere.example/x'), /one slash/);
  t.strictSame(faults(), [], 'nothing is asked of others');
});
