/** `npm run bench -- page`: how soon the web page shows something, and how smoothly it scrolls and zooms. */
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { CHROMIUM, NO_CHROMIUM } from '../../test/helpers/browser.ts';
import { table } from '../accuracy/table.ts';
import { readFlags } from '../flags.ts';
import { generateInput } from '../input/generate.ts';
import { startServer } from '../load/server.ts';
import { fill } from '../measure/fill.ts';
import { machine, median, thousands } from '../measure/machine.ts';
import type { Workshop } from '../measure/workshop.ts';
import { type Frames, framesDuring, loadRows, scroll, zoom } from './frames.ts';
import { openView, paintTimes, type View } from './paint.ts';

export const PAGE_FLAGS = { lines: '5000000', seed: '1', times: '5', rows: '100000' };

/** Ms: goal for the first useful paint. */
const PAINT_MS_MAX = 1_000;
const NOTCHES = 600;
const ZOOMS = 10;

interface Painted {
  readonly view: View;
  readonly times: readonly number[];
}

interface Moved {
  readonly name: string;
  readonly frames: Frames;
}

/** Returns the part of the page. Errors: `Error` when there is no Chromium, or lines are not taken. */
export async function page(args: readonly string[], workshop: Workshop): Promise<string> {
  const flags = readFlags(args, { ...PAGE_FLAGS, ...workshop.flags });
  const [lines, seed] = [flags.count('lines'), flags.count('seed')];
  const [times, rows] = [flags.count('times'), flags.count('rows')];
  if (CHROMIUM === null) throw new Error(String(NO_CHROMIUM));
  const { file } = generateInput({ variant: 'plain', lines, seed }, workshop.inputs);
  const db = join(workshop.folder, 'page.db');
  fill(db, file);
  workshop.tell(`${thousands(lines)} lines stored`);
  const server = await startServer(db);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const started = performance.now();
    await (await openView(browser, server.url, NOW)).context().close();
    const begin = performance.now() - started;
    workshop.tell(`the first view of a server that has just started: ${begin.toFixed(0)} ms`);
    const address = await dialledAddress(server.url);
    const painted: Painted[] = [];
    for (const view of viewsOf(address)) {
      const taken = await paintTimes(browser, server.url, view, times);
      workshop.tell(`${view.name}: ${median(taken).toFixed(0)} ms`);
      painted.push({ view, times: taken });
    }
    const moved = await move(browser, server.url, chartsOf(address), rows);
    const command = `npm run bench -- page --lines ${lines} --seed ${seed} --times ${times} --rows ${rows}`;
    return pageReport(painted, moved, { lines, first: begin, command });
  } finally {
    await browser.close();
    await server.stop();
  }
}

const NOW: View = { name: 'Now', fragment: '', shown: '.hero' };
const LIST: View = { name: 'Connections', fragment: '#/connections', shown: '.row:not(.head)' };

/** The views, the first of them as it is opened without a fragment. */
function viewsOf(address: string): readonly [View, ...View[]] {
  return [
    NOW,
    LIST,
    { name: 'Topology', fragment: '#/topology', shown: '.edges path' },
    { name: 'Explain', fragment: `#/explain/${address}`, shown: '.plain-hero' },
    { name: 'Destination', fragment: `#/destinations/${address}`, shown: '.what' },
    chartsOf(address),
  ];
}

function chartsOf(address: string): View {
  return {
    name: 'Destination, with its charts',
    fragment: `#/destinations/${address}`,
    shown: '.plot canvas',
  };
}

async function dialledAddress(url: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/connections?direction=outbound&limit=1`);
  const { items } = (await response.json()) as { items: { downstream_local_address: string }[] };
  if (items[0] === undefined) throw new Error('there is no outbound connection');
  return items[0].downstream_local_address;
}

async function move(browser: Browser, url: string, charts: View, rows: number): Promise<readonly Moved[]> {
  const list = await openView(browser, url, LIST);
  const loaded = await loadRows(list, rows);
  const scrolled = await framesDuring(list, () => scroll(list, NOTCHES));
  await list.context().close();
  const chart = await openView(browser, url, charts);
  const zoomed = await framesDuring(chart, () => zoom(chart, ZOOMS));
  await chart.context().close();
  return [
    { name: `scrolling ${thousands(loaded)} connections`, frames: scrolled },
    { name: 'zooming a chart', frames: zoomed },
  ];
}

export function pageReport(
  painted: readonly Painted[],
  moved: readonly Moved[],
  { lines, first, command }: { readonly lines: number; readonly first: number; readonly command: string },
): string {
  const paints = painted.map(({ view, times }) => [
    view.name,
    median(times).toFixed(0),
    Math.max(...times).toFixed(0),
    median(times) <= PAINT_MS_MAX ? 'yes' : 'no',
  ]);
  const frames = moved.map(({ name, frames: { shown, missed, longest } }) => [
    name,
    thousands(shown),
    `${missed} (${((100 * missed) / Math.max(1, shown + missed)).toFixed(1)} %)`,
    longest.toFixed(0),
  ]);
  return `Written by \`${command}\`.

${machine()}

Ms from the first request until what a view is for can be seen, in a Chromium that never saw it, of \`meshwake serve\` with
${thousands(lines)} simulated lines; goal: ${thousands(PAINT_MS_MAX)}. The very first view of a server that has just started took ${thousands(Math.round(first))} ms.

${table(['view', 'median', 'slowest', 'met'], paints)}

Frames at 60 a second, without a graphics card:

${table(['while', 'shown', 'missed', 'longest, ms'], frames)}
`;
}
