/** A list of any length of which only the rows that can be seen are elements. */
import { h } from './element.ts';

export interface VirtualList {
  readonly element: HTMLElement;
  /** Rows that there are now; those shown are drawn again. */
  update(length: number): void;
}

export interface VirtualListOptions {
  /** Px; the rows must have it. */
  readonly rowHeight: number;
  readonly label: string;
  readonly header: HTMLElement;
  readonly row: (index: number) => HTMLElement;
  /** Called when the last rows come into sight. */
  readonly onEnd: () => void;
  readonly signal: AbortSignal;
}

/** Rows above and below what can be seen. */
const SPARE_ROWS = 12;
/** Rows from the end at which more are asked for. */
const END_ROWS = 200;

export function virtualList(options: VirtualListOptions): VirtualList {
  const { rowHeight, row, signal } = options;
  let length = 0;
  let drawn: readonly [from: number, to: number] = [0, 0];
  const rows = h('div', { class: 'virtual-rows', role: 'rowgroup' });
  const space = h('div', { class: 'virtual-space', role: 'presentation' }, rows);
  const table = h(
    'div',
    { role: 'table', class: 'virtual-table', 'aria-label': options.label },
    options.header,
    space,
  );
  const element = h(
    'div',
    { class: 'virtual', tabindex: 0, role: 'region', 'aria-label': options.label },
    table,
  );

  const draw = (isChanged: boolean): void => {
    const from = Math.max(0, Math.floor(element.scrollTop / rowHeight) - SPARE_ROWS);
    const to = Math.min(
      length,
      Math.ceil((element.scrollTop + element.clientHeight) / rowHeight) + SPARE_ROWS,
    );
    if (isChanged || from !== drawn[0] || to !== drawn[1]) {
      // What has the focus stays where it is, if it can.
      const focused = document.activeElement?.closest('[role=row]')?.getAttribute('aria-rowindex') ?? null;
      rows.replaceChildren(...Array.from({ length: Math.max(0, to - from) }, (_, at) => row(from + at)));
      rows.style.transform = `translateY(${from * rowHeight}px)`;
      drawn = [from, to];
      if (focused !== null)
        rows
          .querySelector<HTMLElement>(`[aria-rowindex="${Number(focused)}"] a`)
          ?.focus({ preventScroll: true });
    }
    if (length > 0 && to > length - END_ROWS) options.onEnd();
  };

  let isAsked = false;
  const drawSoon = (): void => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw(false);
    });
  };
  element.addEventListener('scroll', drawSoon, { passive: true, signal });
  const size = new ResizeObserver(drawSoon);
  size.observe(element);
  signal.addEventListener('abort', () => size.disconnect(), { once: true });

  return {
    element,
    update(count) {
      length = count;
      space.style.height = `${count * rowHeight}px`;
      draw(true);
    },
  };
}
