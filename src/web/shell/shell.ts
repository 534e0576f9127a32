/** The frame: where one can go, which view is shown, the token where one is wanted. */
import { h, on, replace } from '../dom/element.ts';
import { askForToken } from './ask-for-token.ts';
import { linkTo, type Place, readPlace } from './location.ts';
import type { View } from './view.ts';

const LINKS = [
  ['now', 'Now', []],
  ['topology', 'Topology', ['topology']],
  ['connections', 'Connections', ['connections']],
  ['explain', 'Explain', ['explain']],
  ['reports', 'Reports', ['reports']],
] as const;

/** Under which link a view stands that has none of its own. */
const PARENTS: Readonly<Record<string, string>> = {
  '': 'now',
  incidents: 'now',
  anomalies: 'now',
  destinations: 'explain',
  workloads: 'explain',
};

export function startShell(root: HTMLElement, findView: (path: readonly string[]) => View): void {
  const main = h('main', { id: 'main', tabindex: -1 });
  const links = LINKS.map(([name, label, path]) => ({ name, link: h('a', { href: linkTo(path) }, label) }));
  replace(root, skipLink(main), header(links.map(({ link }) => link)), main);
  let left = new AbortController();
  let isFirst = true;
  const show = (): void => {
    left.abort();
    left = new AbortController();
    const place = readPlace(location.hash);
    const name = place.path[0] ?? '';
    for (const { name: own, link } of links) {
      if (own === (PARENTS[name] ?? name)) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    render(main, findView(place.path), place, left.signal);
    // A screen reader begins to read where the focus is; the first page is read from its top anyway.
    if (!isFirst) {
      scrollTo(0, 0);
      main.focus({ preventScroll: true });
    }
    isFirst = false;
  };
  addEventListener('hashchange', show);
  addEventListener('token-wanted', () => askForToken(main, show));
  show();
}

function render(main: HTMLElement, view: View, place: Place, signal: AbortSignal): void {
  main.className = `view view-${/^[a-z]+$/.exec(place.path[0] ?? '')?.[0] ?? 'now'}`;
  replace(
    main,
    view({
      place,
      signal,
      title: (text) => {
        document.title = `${text} · Meshwake`;
      },
    }),
  );
}

function header(links: readonly HTMLElement[]): HTMLElement {
  return h(
    'header',
    { class: 'top' },
    h(
      'a',
      { class: 'brand', href: linkTo([]), 'aria-label': 'Meshwake, what is wrong now' },
      h('span', { class: 'mark', 'aria-hidden': 'true' }),
      'Meshwake',
    ),
    h('nav', { 'aria-label': 'Views' }, links, h('a', { href: '/docs' }, 'API')),
    searchForm(),
  );
}

/** Any address or workload, from anywhere. */
function searchForm(): HTMLElement {
  const input = h('input', {
    type: 'search',
    name: 'q',
    placeholder: 'ip:port or workload',
    'aria-label': 'Look up an address or a workload',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 100,
  });
  const form = h('form', { class: 'lookup', role: 'search' }, input);
  return on(form, 'submit', (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text === '') return;
    input.value = '';
    location.hash = linkTo([/^[[\d]|:/.test(text) ? 'explain' : 'workloads', text]);
  });
}

/** The fragment is the place, so that a plain link to `#main` would lead away. */
function skipLink(main: HTMLElement): HTMLElement {
  const link = h('a', { class: 'skip', href: '#main' }, 'Skip to content');
  return on(link, 'click', (event) => {
    event.preventDefault();
    main.focus();
  });
}
