/** A part of a view that rests on calls of the API: loading, empty, failed or shown; the calls are one click away. */
import { ApiError, getJson } from '../api/client.ts';
import { callsBehind } from './calls.ts';
import { type Child, h, on, replace } from './element.ts';
import { whenVisible } from './when-visible.ts';

export interface PanelOptions<T> {
  readonly title: string;
  /** Paths of the API; their answers are given to `show` in the same order. */
  readonly calls: readonly string[];
  readonly signal: AbortSignal;
  /** Null: there is nothing, and `empty` is shown. */
  readonly show: (answers: T) => Child;
  readonly empty: () => Child;
  /** Asks in another way than by getting `calls` as JSON. */
  readonly load?: (signal: AbortSignal) => Promise<T>;
  /** Ms after which it asks again, as long as the page can be seen. */
  readonly refreshMs?: number;
  /** It asks again when this calls back, too. */
  readonly onNews?: (again: () => void) => void;
  readonly class?: string;
  /** Without a box and a heading that shows; the title is for screen readers. */
  readonly bare?: boolean;
  /** The calls are told by the panels within. */
  readonly isOuter?: boolean;
}

/** Shape of `T`: a tuple with one answer for each call, unless `load` says otherwise. */
export function panel<T>(options: PanelOptions<T>): HTMLElement {
  const body = h('div', { class: 'panel-body' });
  const heading = h('h2', { class: options.bare === true ? 'hidden' : null }, options.title);
  const head = h(
    'div',
    { class: 'panel-head' },
    heading,
    options.isOuter === true ? null : callsBehind(options.calls, options.title),
  );
  const classes = ['panel', options.bare === true ? 'bare' : '', options.class ?? ''].join(' ').trim();
  const section = h('section', { class: classes, 'aria-label': options.title }, head, body);
  void run(options, body);
  return section;
}

async function run<T>(options: PanelOptions<T>, body: HTMLElement): Promise<void> {
  const { signal, refreshMs } = options;
  let shown: string | null = null;
  const once = async (): Promise<void> => {
    body.setAttribute('aria-busy', 'true');
    try {
      const answers = await (options.load ?? ((aborted) => askAll<T>(options.calls, aborted)))(signal);
      const text = refreshMs === undefined ? '' : JSON.stringify(answers);
      if (shown !== text) {
        const content = options.show(answers);
        replace(body, content ?? options.empty());
      }
      shown = text;
    } catch (error) {
      if (signal.aborted) return;
      shown = null;
      replace(
        body,
        failure(error, () => void once()),
      );
    } finally {
      body.removeAttribute('aria-busy');
    }
  };
  replace(body, loading(options.title));
  await once();
  if (refreshMs === undefined) return;
  const again = whenVisible(() => void once(), signal);
  options.onNews?.(again);
  const timer = setInterval(again, refreshMs);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

async function askAll<T>(calls: readonly string[], signal: AbortSignal): Promise<T> {
  // The caller says by T what its calls answer.
  return (await Promise.all(calls.map((call) => getJson(call, signal)))) as T;
}

export function loading(what: string): HTMLElement {
  return h(
    'div',
    { class: 'loading', role: 'status' },
    h('span', { class: 'hidden' }, `Loading ${what.toLowerCase()}`),
    h('span', { class: 'bar', 'aria-hidden': 'true' }),
    h('span', { class: 'bar', 'aria-hidden': 'true' }),
    h('span', { class: 'bar', 'aria-hidden': 'true' }),
  );
}

/** Nothing to show: why, and what to do about it. */
export function nothing(...children: readonly Child[]): HTMLElement {
  return h('div', { class: 'nothing' }, ...children);
}

/** What went wrong, what to do, and a button to try again. */
export function failure(error: unknown, again: () => void): HTMLElement {
  const problem = error instanceof ApiError ? error.problem : null;
  const message = error instanceof Error ? error.message : String(error);
  const remedy =
    problem?.remedy ??
    (error instanceof ApiError && error.status === 0
      ? 'See whether the server still runs, then try again.'
      : null);
  if (error instanceof ApiError && error.status === 401) dispatchEvent(new Event('token-wanted'));
  return h(
    'div',
    { class: 'failure', role: 'alert' },
    h('p', {}, h('strong', {}, 'Could not be loaded: '), message),
    remedy === null ? null : h('p', {}, remedy),
    on(h('button', { type: 'button', class: 'button' }, 'Try again'), 'click', again),
  );
}
