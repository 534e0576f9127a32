/** Frames that a page misses while somebody scrolls and zooms. */
import type { Page } from 'playwright-core';
import { until } from '../../test/helpers/browser.ts';

export interface Frames {
  readonly shown: number;
  readonly missed: number;
  /** Ms between two frames, at the most. */
  readonly longest: number;
}

/** A screen shows so many frames a second. */
const FRAME_MS = 1_000 / 60;

/** Counts the frames while `work` is done. */
export async function framesDuring(page: Page, work: () => Promise<void>): Promise<Frames> {
  await page.evaluate(`
    globalThis.gaps = [];
    globalThis.isCounting = true;
    let before = performance.now();
    const count = (now) => {
      globalThis.gaps.push(now - before);
      before = now;
      if (globalThis.isCounting) requestAnimationFrame(count);
    };
    requestAnimationFrame((now) => { before = now; requestAnimationFrame(count); });
  `);
  await work();
  await page.evaluate('globalThis.isCounting = false');
  return framesOf((await page.evaluate('globalThis.gaps')) as number[]);
}

/** Shape: ms between one frame and the next. */
export function framesOf(gaps: readonly number[]): Frames {
  const missed = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / FRAME_MS) - 1), 0);
  return { shown: gaps.length, missed, longest: Math.max(0, ...gaps) };
}

/** Scrolls to the end of a list until it holds so many rows, or all there are. Answers how many. */
export async function loadRows(page: Page, rows: number): Promise<number> {
  const loaded = `Number(document.querySelector('.status').textContent.split(' ')[0].replaceAll(',', ''))`;
  const isWhole = `!document.querySelector('.status').textContent.includes('more as you scroll')`;
  await until(
    page,
    `document.querySelector('.virtual').scrollTo(0, 1e9); ${loaded} >= ${rows} || ${isWhole}`,
  );
  await page.evaluate(`document.querySelector('.virtual').scrollTo(0, 0)`);
  return Number(await page.evaluate(loaded));
}

/** Turns the wheel over the list, a notch a frame, down and up again. */
export async function scroll(page: Page, notches: number): Promise<void> {
  const box = await page.locator('.virtual').boundingBox();
  if (box === null) throw new Error('the list is not to be seen');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let i = 0; i < notches; i++) {
    await page.mouse.wheel(0, i < notches / 2 ? 400 : -400);
    await page.waitForTimeout(FRAME_MS);
  }
}

/** Drags over part of a chart and asks for all of it again. */
export async function zoom(page: Page, times: number): Promise<void> {
  const chart = page.locator('.plot .u-over').first();
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  if (box === null) throw new Error('the chart is not to be seen');
  const y = box.y + box.height / 2;
  for (let i = 0; i < times; i++) {
    await page.mouse.move(box.x + box.width * 0.25, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, y, { steps: 30 });
    await page.mouse.up();
    await page.mouse.dblclick(box.x + box.width / 2, y);
  }
}
