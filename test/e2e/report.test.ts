/** `meshwake report` as a command, from a database file, and its page as a browser shows it from a disk. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { launch, NO_CHROMIUM } from '../helpers/browser.ts';
import { ROOT, runCli } from '../helpers/cli.ts';

/** Hours around the lines of the sample. */
const WINDOW = ['--since', '2020-09-14T00:00:00Z', '--until', '2020-09-15T00:00:00Z'];

async function database(t: Test): Promise<string> {
  const db = join(t.testdir(), 'm.db');
  const { exit } = await runCli(['ingest', '--db', db, join(ROOT, 'samples', 'incident-article.log')]);
  t.equal(exit, 0);
  return db;
}

t.test('one window, in each form; the same again is the same', async (t) => {
  const db = await database(t);
  for (const [form, sign] of [
    [
      'text',
      /^1 INCIDENT OPENED AND ENDED\n\nPort 5701: traffic from planner to planner is captured by grid-ext/,
    ],
    ['markdown', /^# 1 incident opened and ended\n/],
    ['html', /^<!doctype html>\n/],
    ['json', /^\{\n {2}"window": \{/],
  ] as const) {
    const args = ['report', '--db', db, ...WINDOW, '--output', form];
    const first = await runCli(args);
    t.match(first, { exit: 0, stderr: '' }, form);
    t.match(first.stdout, sign, form);
    t.equal(
      (await runCli(args, { env: { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8' } })).stdout,
      first.stdout,
      form,
    );
  }
});

t.test('the exit status tells of incidents at or above a severity', async (t) => {
  const db = await database(t);
  const exit = async (...args: string[]) => (await runCli(['report', '--db', db, ...args])).exit;
  t.equal(await exit(...WINDOW, '--fail-on', 'critical'), 3);
  t.equal(
    await exit(...WINDOW, '--fail-on', 'critical', '--severity', 'medium'),
    0,
    'of what it is narrowed to',
  );
  t.equal(
    await exit('--since', '2020-09-13', '--until', '2020-09-14', '--fail-on', 'info'),
    0,
    'another day',
  );
  t.equal(await exit('--since', 'yesterdy'), 2);
});

t.test('a window without lines is one sentence that says where lines are', async (t) => {
  const { stdout, exit } = await runCli(['report', '--db', await database(t), '--since', '1h']);
  t.equal(exit, 0);
  t.match(
    stdout,
    /^NOTHING WAS READ\n\nNo access-log line from .*;\s+the newest line that is stored is of 2020-09-14/s,
  );
});

t.test('its page is whole, from a disk, in light, in dark and on paper', { skip: NO_CHROMIUM }, async (t) => {
  const db = await database(t);
  const { stdout } = await runCli(['report', '--db', db, ...WINDOW, '--output', 'html']);
  const file = join(t.testdir(), 'report.html');
  writeFileSync(file, stdout);
  const browser = await launch(t);
  for (const scheme of ['light', 'dark'] as const) {
    const page = await (
      await browser.newContext({ colorScheme: scheme, viewport: { width: 390, height: 800 } })
    ).newPage();
    const faults: string[] = [];
    page.on('console', (message) => faults.push(message.text()));
    page.on('request', (request) => {
      if (request.url() !== pathToFileURL(file).href) faults.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    t.strictSame(faults, [], `${scheme}: nothing is missing, nothing is loaded`);
    t.equal(await page.locator('h1').textContent(), '1 incident opened and ended');
    t.ok((await page.locator('svg').count()) >= 4, 'there are plots');
    const plots = await page
      .locator('.timeline svg .critical')
      .evaluateAll((bars) =>
        bars.map(
          (bar) =>
            (bar as unknown as { getBoundingClientRect(): { width: number } }).getBoundingClientRect().width,
        ),
      );
    t.ok(plots.length === 1 && (plots[0] ?? 0) >= 1, 'the incident is seen in its window');
    t.ok(
      (await page.evaluate('document.documentElement.scrollWidth <= innerWidth')) === true,
      'as wide as a phone',
    );
    t.equal(
      await page.evaluate(`(${contrastOf})(document.querySelector('h1'), document.body) >= 4.5`),
      true,
      `${scheme}: text stands out from its ground`,
    );
  }
  const page = await (await browser.newContext()).newPage();
  await page.goto(pathToFileURL(file).href);
  const paper = await page.pdf({ format: 'A4' });
  t.equal(paper.subarray(0, 5).toString(), '%PDF-', 'it can be printed');
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  t.equal(
    await page.evaluate('getComputedStyle(document.body).backgroundColor'),
    'rgb(255, 255, 255)',
    'on white',
  );
});

/** Contrast of two colours as WCAG 2.2 defines it; runs in the page. */
const contrastOf = `(text, ground) => {
  const light = (element, name) => {
    const channels = getComputedStyle(element)[name].match(/\\d+/g).slice(0, 3).map((value) => {
      const share = Number(value) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2];
  };
  const [a, b] = [light(text, 'color'), light(ground, 'backgroundColor')].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}`;
