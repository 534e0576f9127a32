/** The page at `/docs`: the description of the API, to read and to try. */
import { ApiError, getJson } from '../api/client.ts';
import { h, on, replace } from '../dom/element.ts';
import { failure, loading } from '../dom/panel.ts';
import { type ApiDocument, operationsOf, type PlacedOperation } from './document.ts';
import { operationView } from './operation-view.ts';

const root = document.getElementById('app') ?? document.body;

async function show(): Promise<void> {
  replace(root, h('main', { class: 'view' }, h('h1', {}, 'Meshwake API'), loading('the description')));
  try {
    render(await getJson<ApiDocument>('/openapi.json', new AbortController().signal));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    replace(
      root,
      h(
        'main',
        { class: 'view' },
        h('h1', {}, 'Meshwake API'),
        failure(error, () => void show()),
      ),
    );
  }
}

function render(api: ApiDocument): void {
  const operations = operationsOf(api);
  const groups = api.tags.map(({ name, description }) => ({
    name,
    description,
    operations: operations.filter(({ operation }) => operation.tags?.includes(name)),
  }));
  const sections = new Map(operations.map((placed) => [placed, operationView(api, placed)]));
  const main = h(
    'main',
    { class: 'docs', id: 'main', tabindex: -1 },
    h('h1', {}, 'Meshwake API ', h('span', { class: 'badge' }, api.info.version)),
    h('p', {}, api.info.description),
    h(
      'p',
      { class: 'muted' },
      'The same for programs: ',
      h('a', { href: '/openapi.json' }, 'openapi.json'),
      ', ',
      h('a', { href: '/openapi.yaml' }, 'openapi.yaml'),
      '. Errors are problem documents (RFC 9457) with a code and what to do.',
    ),
    groups.map(({ name, description, operations: own }) => [
      h('h2', { id: `tag-${name}` }, name),
      h('p', { class: 'muted' }, `${description}.`),
      own.map((placed) => sections.get(placed) ?? null),
    ]),
  );
  replace(
    root,
    h(
      'header',
      { class: 'top' },
      h('a', { class: 'brand', href: '/' }, h('span', { class: 'mark', 'aria-hidden': 'true' }), 'Meshwake'),
    ),
    h('div', { class: 'docs-columns' }, contents(groups, sections), main),
  );
  document.title = 'API · Meshwake';
  // What the URL names was not there when the page was opened.
  if (location.hash !== '') location.replace(location.hash);
}

/** The list of operations, and a field that narrows it and what is beside it. */
function contents(
  groups: readonly { readonly name: string; readonly operations: readonly PlacedOperation[] }[],
  sections: ReadonlyMap<PlacedOperation, HTMLElement>,
): HTMLElement {
  const links = new Map<PlacedOperation, HTMLElement>();
  const lists = groups.map(({ name, operations }) => [
    h('h2', {}, name),
    h(
      'ul',
      { class: 'plain' },
      operations.map((placed) => linkTo(placed, links)),
    ),
  ]);
  const input = h('input', {
    type: 'search',
    placeholder: 'path or word',
    'aria-label': 'Narrow the operations',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  on(input, 'input', () => {
    const text = input.value.trim().toLowerCase();
    for (const [placed, link] of links) {
      const { method, path, operation } = placed;
      const isShown = `${method} ${path} ${operation.summary}`.toLowerCase().includes(text);
      link.hidden = !isShown;
      const section = sections.get(placed);
      if (section !== undefined) section.hidden = !isShown;
    }
  });
  return h('nav', { class: 'docs-contents', 'aria-label': 'Operations' }, input, lists);
}

function linkTo(placed: PlacedOperation, links: Map<PlacedOperation, HTMLElement>): HTMLElement {
  const { method, path, operation } = placed;
  const item = h(
    'li',
    {},
    h(
      'a',
      { href: `#${operation.operationId}` },
      h('span', { class: `method ${method.toLowerCase()}` }, method),
      ' ',
      h('code', {}, path.replace(/^\/api\/v1/, '')),
    ),
  );
  links.set(placed, item);
  return item;
}

void show();
