/** The Chromium of the system, with a page that keeps an eye on what it must not do. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';

const PROGRAMS = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
export const CHROMIUM = PROGRAMS.find((path) => path !== undefined && existsSync(path)) ?? null;

/** Why tests in a browser cannot run; false where they can. */
export const NO_CHROMIUM =
  CHROMIUM === null ? 'no Chromium here: apt-get install chromium, or set CHROMIUM' : false;

/** Ms: machines may be slow. */
const PATIENCE_MS = 120_000;

export async function launch(t: { teardown(work: () => Promise<void>): void }): Promise<Browser> {
  // Its sandbox does not work for root, nor within most containers.
  const browser = await chromium.launch({
    executablePath: CHROMIUM ?? '',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  t.teardown(() => browser.close());
  return browser;
}

export interface Watched {
  readonly page: Page;
  /** What went wrong since it was last asked: errors on the console, dialogs, requests elsewhere. */
  faults(): string[];
  /** The same, once there is something: the browser tells of an answer later than the page shows it. */
  someFaults(): Promise<string[]>;
  /** Goes to a place of the page, and waits until all of it is there. */
  visit(fragment: string): Promise<void>;
}

export interface WatchOptions {
  readonly url: string;
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
}

export async function watchedPage(
  browser: Browser,
  { url, width = 1440, scheme = 'light' }: WatchOptions,
): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 900 },
    colorScheme: scheme,
    reducedMotion: 'reduce',
  });
  // Of the context: tabs that the page opens are as slow.
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  let faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== url) faults.push(`request: ${request.url()}`);
  });
  await page.goto(`${url}/`);
  const take = (): string[] => {
    const told = faults;
    faults = [];
    return told;
  };
  return {
    page,
    faults: take,
    async someFaults() {
      const end = Date.now() + PATIENCE_MS;
      while (faults.length === 0 && Date.now() < end) await delay(50);
      return take();
    },
    async visit(fragment) {
      // The same fragment again would change nothing.
      await go(page, '#/none-such');
      await go(page, fragment);
      await settled(page);
    },
  };
}

/** Puts a fragment that is not there yet into the URL; then the page has its view, which it shows when it is told. */
async function go(page: Page, fragment: string): Promise<void> {
  await page.evaluate(
    `new Promise((done) => {
       addEventListener('hashchange', done, { once: true });
       location.hash = ${JSON.stringify(fragment)};
     }).then(() => true)`,
  );
}

/** Waits until no panel is loading any more. After a click, wait first for what only the next view has. */
export async function settled(page: Page): Promise<void> {
  // A panel may bring others with it: it has to be quiet two frames later, too.
  await until(
    page,
    `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(
       document.querySelector('.loading, [aria-busy=true]') === null && document.querySelector('main')?.childElementCount > 0
     ))))`,
    2,
  );
}

/**
 * Waits until an expression of the page is true, `times` times in turn. Not Playwright's own way: that evaluates within the
 * page, where the page's policy forbids it.
 */
export async function until(page: Page, expression: string, times = 1): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (let count = 0; count < times; ) {
    count = (await page.evaluate(expression)) === true ? count + 1 : 0;
    if (Date.now() > end) throw new Error(`not true after ${PATIENCE_MS} ms: ${expression}`);
    if (count < times) await delay(50);
  }
}
