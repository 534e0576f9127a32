/**
 * Pictures of the web page and of a report for `docs/images/`, of the built program with simulated lines and those of `samples/`.
 * and of every view in light and dark, wide and narrow, for `docs/gallery.md`. Needs Chromium (or CHROMIUM=PATH) and
 * `npm run build`. `--all DIRECTORY` writes the whole pages of these views there instead, to be looked at.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { REPORT_WINDOW, reportLines } from '../bench/simulator/report-lines.ts';
import { simulate } from '../bench/simulator/simulate.ts';
import { CHROMIUM, settled } from '../test/helpers/browser.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const IMAGES = join(ROOT, 'docs', 'images');
const GALLERY = join(ROOT, 'docs', 'gallery.md');
const WIDE = 1440;
const NARROW = 390;
const DAY_MS = 86_400_000;
/** Ms from the start of a server until its schedule is due: its lines are stored by then. */
const DUE_MS = 20_000;

/** Servers by what they hold. */
interface Servers {
  /** The log of the article. */
  readonly article: Running;
  /** A mesh in which a capture begins. */
  readonly mesh: Running;
  /** A day with much to report, after a week of quiet ones, and schedules. */
  readonly day: Running;
}

interface Picture {
  readonly name: string;
  /** Fragment of the page. */
  readonly place: (served: Served) => string;
  readonly width: number;
  readonly scheme: 'light' | 'dark';
  readonly height: number;
  readonly lines: keyof Servers;
}

/** What a picture may be of, by its ids: the worst incident, the newest report. */
interface Served {
  readonly incident: string;
  readonly report: string;
}

const VIEWS: Readonly<Record<string, Pick<Picture, 'place' | 'lines'>>> = {
  now: { place: () => '#/', lines: 'mesh' },
  incident: { place: ({ incident }) => `#/incidents/${incident}`, lines: 'article' },
  topology: { place: () => '#/topology', lines: 'mesh' },
  trouble: { place: () => '#/topology?trouble=1', lines: 'mesh' },
  connections: { place: () => '#/connections', lines: 'mesh' },
  explain: { place: () => '#/explain/10.36.1.9:5701', lines: 'article' },
  destination: { place: () => '#/destinations/10.36.1.9:5701', lines: 'article' },
  workload: { place: () => '#/workloads/sextant', lines: 'mesh' },
  anomalies: { place: () => '#/anomalies', lines: 'day' },
  reports: { place: () => '#/reports', lines: 'day' },
  report: { place: ({ report }) => `#/reports/${report}`, lines: 'day' },
};

const KEPT: readonly Picture[] = [
  { name: 'now', width: WIDE, height: 900, scheme: 'light', ...view('now') },
  { name: 'incident', width: WIDE, height: 1_280, scheme: 'light', ...view('incident') },
  { name: 'incident-dark', width: WIDE, height: 1_280, scheme: 'dark', ...view('incident') },
  { name: 'incident-phone', width: NARROW, height: 844, scheme: 'dark', ...view('incident') },
  { name: 'destination', width: WIDE, height: 1_000, scheme: 'light', ...view('destination') },
  { name: 'topology', width: WIDE, height: 560, scheme: 'light', ...view('trouble') },
  { name: 'connections', width: WIDE, height: 760, scheme: 'dark', ...view('connections') },
];

function view(name: string): Pick<Picture, 'place' | 'lines'> {
  const found = VIEWS[name];
  if (found === undefined) throw new Error(`BUG: no view ${name}`);
  return found;
}

await main(process.argv.slice(2));

async function main([flag, directory]: readonly string[]): Promise<void> {
  if (CHROMIUM === null)
    throw new Error('cannot take pictures: no Chromium here; install it, or set CHROMIUM');
  const isToLookAt = flag === '--all' && directory !== undefined;
  const target = isToLookAt ? directory : IMAGES;
  mkdirSync(target, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'meshwake-'));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const started: Running[] = [];
  const start = async (
    name: keyof Servers,
    lines: string,
    more: readonly string[] = [],
  ): Promise<Running> => {
    const running = await serve(join(work, `${name}.db`), lines, more);
    started.push(running);
    return running;
  };
  try {
    await shootReport(browser, work, target);
    const article = readFileSync(join(ROOT, 'samples', 'incident-article.log'), 'utf8');
    const servers: Servers = {
      article: await start('article', article),
      mesh: await start('mesh', meshLines()),
      day: await startDay(work, article, (lines, more) => start('day', lines, more)),
    };
    const shootAll = async (
      pictures: readonly Picture[],
      folder: string,
      isWhole: boolean,
    ): Promise<void> => {
      mkdirSync(folder, { recursive: true });
      for (const picture of pictures) await shoot(browser, servers[picture.lines], picture, folder, isWhole);
    };
    if (isToLookAt) return await shootAll(all(), target, true);
    await shootAll(KEPT, target, false);
    await shootAll(all(), join(IMAGES, 'views'), false);
    writeFileSync(GALLERY, gallery());
  } finally {
    await browser.close();
    for (const { stop } of started) await stop();
    rmSync(work, { recursive: true, force: true });
  }
}

function all(): Picture[] {
  return Object.keys(VIEWS).flatMap((name) =>
    [WIDE, NARROW].flatMap((width) =>
      (['light', 'dark'] as const).map((scheme) => ({
        name: `${name}-${width}-${scheme}`,
        width,
        height: width === WIDE ? 900 : 844,
        scheme,
        ...view(name),
      })),
    ),
  );
}

/** The page with all views: the first screen of each, wide, then narrow. */
function gallery(): string {
  const picture = (name: string, width: number, scheme: string, shown: number): string =>
    `<img src="images/views/${name}-${width}-${scheme}.png" width="${shown}" alt="${name}, ${width} pixels wide, ${scheme}">`;
  const sections = Object.keys(VIEWS).map((name) => {
    const [wide, narrow] = [WIDE, NARROW].map((width) =>
      ['light', 'dark'].map((scheme) => picture(name, width, scheme, width === WIDE ? 400 : 180)).join('\n'),
    );
    return `## ${name.charAt(0).toUpperCase()}${name.slice(1)}\n\n${wide}\n${narrow}\n`;
  });
  return [
    '# Views of the web page\n',
    'Taken by `npm run screenshots`: each view in light and dark, on a desktop and on a phone.\n',
    ...sections,
  ].join('\n');
}

/** A mesh in which a capture begins. */
function meshLines(): string {
  const { lines } = simulate({ seed: 3, scenario: 'failing_capture', lines: 20_000 });
  return [...lines].map(({ line }) => `${line}\n`).join('');
}

function linesOfReport(article: string): string {
  return [...reportLines(article)].map((line) => `${line}\n`).join('');
}

/**
 * A server whose lines end with yesterday, with a report that was asked for, and schedules: one of them has made a report, which one
 * of its targets does not take.
 */
async function startDay(
  work: string,
  article: string,
  start: (lines: string, more: readonly string[]) => Promise<Running>,
): Promise<Running> {
  const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const days = Math.round((midnight - Date.parse(REPORT_WINDOW.until)) / DAY_MS);
  const config = join(work, 'meshwake.yaml');
  const due = new Date(Date.now() + DUE_MS);
  writeFileSync(config, schedulesAt(due));
  const lines = linesOfReport(article).replaceAll(/\[(\d{4}-\d\d-\d\d)(?=T)/g, (_, date: string) => {
    return `[${new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10)}`;
  });
  const running = await start(lines, ['--config', config]);
  const [since, until] = [midnight - DAY_MS, midnight].map((time) => new Date(time).toISOString());
  const asked = new URLSearchParams({ since: since ?? '', until: until ?? '' });
  const made = await fetch(`${running.url}/api/v1/reports?${asked}`, { method: 'POST' });
  const { id } = (await made.json()) as { id: string };
  for (let found = 0; found < 2; ) {
    await delay(500);
    const listed = await fetch(`${running.url}/api/v1/reports`);
    found = ((await listed.json()) as { items: unknown[] }).items.length;
  }
  // The first tries of its deliveries.
  await delay(1_000);
  return { ...running, report: id };
}

function schedulesAt(due: Date): string {
  const daily = `${due.getUTCSeconds()} ${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
  return `allow_networks: [127.0.0.1]
targets:
  - { name: archive, type: file, directory: . }
  - { name: team, type: webhook, url: 'http://127.0.0.1:9/hook' }
reports:
  - { name: daily, cron: '${daily}', window: 48h, deliver: [archive, team] }
  - { name: payments, cron: '5 * * * 1-5', timezone: Europe/Berlin, filters: { namespace: [payments] }, deliver: [archive] }
`;
}

/** The page of `meshwake report`, from a disk, as far as its first screen goes. */
async function shootReport(browser: Browser, work: string, target: string): Promise<void> {
  const article = readFileSync(join(ROOT, 'samples', 'incident-article.log'), 'utf8');
  const [log, db, page] = ['report.log', 'report.db', 'report.html'].map((name) => join(work, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(log, linesOfReport(article));
  const run = (...args: string[]): Buffer =>
    execFileSync(process.execPath, [join(ROOT, 'dist', 'cli', 'main.js'), ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  run('ingest', '--db', db, log);
  const { since, until } = REPORT_WINDOW;
  writeFileSync(page, run('report', '--db', db, '--since', since, '--until', until, '--output', 'html'));
  for (const scheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({
      viewport: { width: 1_100, height: 1_240 },
      colorScheme: scheme,
    });
    const shown = await context.newPage();
    await shown.goto(pathToFileURL(page).href);
    const path = join(target, scheme === 'light' ? 'report.png' : 'report-dark.png');
    await shown.screenshot({ path });
    await context.close();
    process.stdout.write(`${path}\n`);
  }
}

interface Running extends Served {
  readonly url: string;
  stop(): Promise<void>;
}

async function serve(db: string, lines: string, more: readonly string[]): Promise<Running> {
  const cli = join(ROOT, 'dist', 'cli', 'main.js');
  const args = [cli, 'serve', '--listen', '127.0.0.1:0', '--db', db, ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  // Whatever goes wrong here, it does not outlive this program.
  process.once('exit', () => child.kill('SIGKILL'));
  let told = '';
  while (!/ on http/.test(told)) told += String((await once(child.stderr, 'data'))[0]);
  const url = / on (http:\S+)/.exec(told)?.[1] ?? '';
  await fetch(`${url}/api/v1/ingest`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: lines,
  });
  let listed = await fetch(`${url}/api/v1/incidents?limit=1`);
  // On a machine that has much to do, the first answer may take longer than it may.
  while (listed.status === 503) listed = await fetch(`${url}/api/v1/incidents?limit=1`);
  const { items } = (await listed.json()) as { items: { id: string }[] };
  return {
    url,
    incident: items[0]?.id ?? '',
    report: '',
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function shoot(
  browser: Browser,
  running: Running,
  { name, place, width, height, scheme }: Picture,
  target: string,
  isWhole: boolean,
): Promise<void> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(`${running.url}/${place(running)}`);
  await settled(page);
  const path = join(target, `${name}.png`);
  await page.screenshot({ path, fullPage: isWhole });
  await context.close();
  process.stdout.write(`${path}\n`);
}
