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
  const drawn = new Map<number, HTMLElement>();
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

  /** Puts the rows of a range in place; those that are there already stay, and keep the focus. */
  const place = (from: number, to: number): void => {
    for (const [index, element] of drawn) {
      if (index >= from && index < to) continue;
      element.remove();
      drawn.delete(index);
    }
    let below: HTMLElement | null = null;
    for (let index = to - 1; index >= from; index--) {
      let element = drawn.get(index);
      if (element === undefined) {
        element = row(index);
        drawn.set(index, element);
        rows.insertBefore(element, below);
      }
      below = element;
    }
    rows.style.transform = `translateY(${from * rowHeight}px)`;
  };

  const draw = (): void => {
    const from = Math.max(0, Math.floor(element.scrollTop / rowHeight) - SPARE_ROWS);
    const to = Math.min(
      length,
      Math.ceil((element.scrollTop + element.clientHeight) / rowHeight) + SPARE_ROWS,
    );
    place(from, to);
    if (length > 0 && to > length - END_ROWS) options.onEnd();
  };

  /** Other rows may stand at the same places now: all are made anew, and the place with the focus keeps it. */
  const redraw = (): void => {
    const focused = document.activeElement?.closest('[role=row]')?.getAttribute('aria-rowindex') ?? null;
    for (const element of drawn.values()) element.remove();
    drawn.clear();
    draw();
    if (focused === null) return;
    rows.querySelector<HTMLElement>(`[aria-rowindex="${Number(focused)}"] a`)?.focus({ preventScroll: true });
  };

  let isAsked = false;
  const drawSoon = (): void => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
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
      redraw();
    },
  };
}
