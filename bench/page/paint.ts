/** How long a view takes from the first byte asked for until what it is for can be seen. */
import type { Browser, Page } from 'playwright-core';
import { until } from '../../test/helpers/browser.ts';

/** A view, by its fragment, and an element that is there when it shows what it is for. */
export interface View {
  readonly name: string;
  readonly fragment: string;
  readonly shown: string;
}

/** Ms, one for each time that the view was opened in a browser that had never seen it. */
export async function paintTimes(
  browser: Browser,
  url: string,
  view: View,
  times: number,
): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const page = await openView(browser, url, view);
    taken.push(Number(await page.evaluate('globalThis.shownAt')));
    await page.context().close();
  }
  return taken;
}

/** The view, when it shows what it is for. */
export async function openView(browser: Browser, url: string, { fragment, shown }: View): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  // Two frames after the element came it is on the screen.
  await page.addInitScript(`
    new MutationObserver((_, observer) => {
      if (document.querySelector(${JSON.stringify(shown)}) === null) return;
      observer.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() => { globalThis.shownAt = performance.now(); }));
    }).observe(document, { childList: true, subtree: true });
  `);
  await page.goto(`${url}/${fragment}`);
  await until(page, 'globalThis.shownAt !== undefined');
  return page;
}
