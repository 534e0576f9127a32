/** Small plots as SVG within a page: no script, no text, coloured by the page's own classes. */
import { html, type SafeHtml } from '../html.ts';
import type { Share, Spark } from '../text.ts';
import type { Stretch } from './document.ts';

const SPARK_WIDTH = 192;
const SPARK_HEIGHT = 36;
const SHARE_WIDTH = 120;

/** A bar a value: those that stand out in another colour, and a line at what is usual. */
export function sparkSvg({ values, marked, usual }: Spark, label: string): SafeHtml {
  const most = Math.max(1e-9, usual ?? 0, ...values.map((value) => value ?? 0));
  const step = SPARK_WIDTH / Math.max(1, values.length);
  const heightOf = (value: number): number => (value / most) * (SPARK_HEIGHT - 3);
  const bars = values.map((value, i) => {
    const isMarked = marked !== null && i >= marked[0] && i < marked[1];
    const kind = value === null ? 'none' : isMarked ? 'odd' : 'usual';
    // What is there is seen: a value that is not zero has at least a hair.
    const height = value === null ? 1.5 : value === 0 ? 0.75 : Math.max(1.5, heightOf(value));
    return html`<rect class="${kind}" x="${round(i * step)}" y="${round(SPARK_HEIGHT - height)}" width="${round(step * 0.8)}" height="${round(height)}"/>`;
  });
  const line =
    usual === null
      ? null
      : html`<line class="level" x1="0" x2="${SPARK_WIDTH}" y1="${round(SPARK_HEIGHT - heightOf(usual))}" y2="${round(SPARK_HEIGHT - heightOf(usual))}"/>`;
  return html`<svg class="spark" role="img" aria-label="${label}" viewBox="0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}" width="${SPARK_WIDTH}" height="${SPARK_HEIGHT}">${bars}${line}</svg>`;
}

/** A part of a whole. */
export function shareSvg({ part, whole }: Share, label: string): SafeHtml {
  const full = whole === 0 ? 0 : (part / whole) * SHARE_WIDTH;
  return html`<svg class="share" role="img" aria-label="${label}" viewBox="0 0 ${SHARE_WIDTH} 10" width="${SHARE_WIDTH}" height="10"><rect class="rest" width="${SHARE_WIDTH}" height="10" rx="2"/><rect class="part" width="${round(full)}" height="10" rx="2"/></svg>`;
}

/** A stretch of the window, as wide as it has room. */
export function stretchSvg({ from, to, severity }: Stretch): SafeHtml {
  const start = Math.max(0, Math.min(995, 1_000 * from));
  const width = Math.max(5, Math.min(1_000, 1_000 * to) - start);
  return html`<svg class="stretch" aria-hidden="true" viewBox="0 0 1000 12" preserveAspectRatio="none" width="100%" height="12"><rect class="rest" width="1000" height="12"/><rect class="${severity}" x="${round(start)}" width="${round(width)}" height="12"/></svg>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
