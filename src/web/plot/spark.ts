/** Small plots that stand in text and tables: bars by the hour, a part of a whole, a stretch of a window. */
import type { Severity } from '../../domain/resources.ts';
import type { Share, Spark } from '../../output/text.ts';
import { type Child, svg } from '../dom/element.ts';

const SPARK_WIDTH = 240;
const SPARK_HEIGHT = 44;
const SHARE_WIDTH = 120;

/** A bar a value: those that stand out in another colour, and a line at what is usual. `titleOf` says what a bar is. */
export function spark(
  { values, marked, usual }: Spark,
  label: string,
  titleOf: (place: number) => string | null = () => null,
): Child {
  const most = Math.max(1e-9, usual ?? 0, ...values.map((value) => value ?? 0));
  const step = SPARK_WIDTH / Math.max(1, values.length);
  const heightOf = (value: number): number => (value / most) * (SPARK_HEIGHT - 3);
  const level = SPARK_HEIGHT - heightOf(usual ?? 0);
  return svg(
    'svg',
    { class: 'spark', role: 'img', 'aria-label': label, viewBox: `0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}` },
    values.map((value, place) => {
      const isMarked = marked !== null && place >= marked[0] && place < marked[1];
      const kind = value === null ? 'none' : isMarked ? 'odd' : 'usual';
      // What is there is seen: a value that is not zero has at least a hair.
      const height = value === null ? 2 : value === 0 ? 1 : Math.max(2, heightOf(value));
      const title = titleOf(place);
      const [x, y] = [place * step, SPARK_HEIGHT - height];
      return svg(
        'rect',
        { class: kind, x, y, width: step * 0.8, height },
        title === null ? null : svg('title', {}, title),
      );
    }),
    usual === null ? null : svg('line', { class: 'level', x1: 0, x2: SPARK_WIDTH, y1: level, y2: level }),
  );
}

export function shareBar({ part, whole }: Share, label: string): Child {
  const width = whole === 0 ? 0 : (part / whole) * SHARE_WIDTH;
  return svg(
    'svg',
    { class: 'share-bar', role: 'img', 'aria-label': label, viewBox: `0 0 ${SHARE_WIDTH} 10` },
    svg('rect', { class: 'rest', width: SHARE_WIDTH, height: 10, rx: 2 }),
    svg('rect', { class: 'part', width, height: 10, rx: 2 }),
  );
}

/** A stretch of a window, its ends as parts of it, as wide as it has room. The words beside it say the same. */
export function stretch(from: number, to: number, severity: Severity): Child {
  const start = Math.max(0, Math.min(995, 1_000 * from));
  const width = Math.max(5, Math.min(1_000, 1_000 * to) - start);
  return svg(
    'svg',
    { class: 'stretch', 'aria-hidden': 'true', viewBox: '0 0 1000 12', preserveAspectRatio: 'none' },
    svg('rect', { class: 'rest', width: 1_000, height: 12 }),
    svg('rect', { class: `fill-${severity}`, x: start, width, height: 12 }),
  );
}
