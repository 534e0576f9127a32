/** The filters of connections: those of the API, kept in the URL. */
import { DIRECTIONS } from '../../../domain/direction.ts';
import { STATES, VERDICTS } from '../../../domain/resources.ts';
import { type Child, h, on } from '../../dom/element.ts';
import { linkTo, type Place } from '../../shell/location.ts';

interface FilterField {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  /** What there is to choose from; without it any text will do. */
  readonly choices?: readonly string[];
}

const FIELDS: readonly FilterField[] = [
  { name: 'since', label: 'Since', hint: '15m, 1h, 7d or a time' },
  { name: 'until', label: 'Until', hint: '5m or a time' },
  { name: 'workload', label: 'Workload', hint: 'name, * matches' },
  { name: 'destination', label: 'Destination', hint: 'ip or ip:port' },
  { name: 'port', label: 'Port', hint: '5701' },
  { name: 'state', label: 'State', hint: '', choices: STATES },
  { name: 'response_flag', label: 'Flag', hint: 'UF, URX …' },
  { name: 'verdict', label: 'Pairing', hint: '', choices: VERDICTS },
  { name: 'direction', label: 'Direction', hint: '', choices: DIRECTIONS },
  { name: 'upstream_cluster', label: 'Cluster', hint: 'name, * matches' },
  { name: 'namespace', label: 'Namespace', hint: 'name, * matches' },
  { name: 'pod', label: 'Pod', hint: 'name, * matches' },
  { name: 'source', label: 'Source', hint: 'ip or ip:port' },
  { name: 'node', label: 'Node', hint: 'name, * matches' },
  { name: 'kind', label: 'Kind', hint: '', choices: ['tcp', 'http'] },
];

/** What the URL says, as parameters of the API; a name that is no filter is passed on, and the API says so. */
export function filtersOf({ query }: Place): Record<string, string[]> {
  const filters: Record<string, string[]> = {};
  for (const [name, value] of query) {
    if (name === 'tail' || value === '') continue;
    filters[name] = [...(filters[name] ?? []), value];
  }
  return filters;
}

/** The bar of filters. Each change leads to another URL. */
export function filterBar(place: Place): HTMLElement {
  const form = h(
    'form',
    { class: 'filters', 'aria-label': 'Filters' },
    FIELDS.map((field) => control(field, place)),
  );
  const apply = (): void => {
    const query = new URLSearchParams();
    if (place.query.has('tail')) query.set('tail', '1');
    for (const { name } of FIELDS) {
      const input = form.elements.namedItem(name);
      if (!(input instanceof HTMLInputElement || input instanceof HTMLSelectElement)) continue;
      for (const value of split(input.value)) query.append(name, value);
    }
    location.hash = linkTo(place.path, query);
  };
  on(form, 'submit', (event) => {
    event.preventDefault();
    apply();
  });
  on(form, 'change', apply);
  // On a phone the lines matter more than what they could be narrowed by.
  const isOpen = matchMedia('(min-width: 641px)').matches;
  const details = h('details', { class: 'filter-box', open: isOpen }, h('summary', {}, 'Filters'), form);
  return h('div', { class: 'filter-bar' }, details, chips(place));
}

function control({ name, label, hint, choices }: FilterField, { query }: Place): Child {
  const id = `filter-${name}`;
  const values = query.getAll(name);
  const isSet = values.length > 0;
  return h(
    'div',
    { class: isSet ? 'filter set' : 'filter' },
    h('label', { for: id }, label),
    choices === undefined
      ? withValue(
          h('input', { id, name, placeholder: hint, autocomplete: 'off', spellcheck: 'false' }),
          values.join(', '),
        )
      : select(id, name, choices, values),
  );
}

/** Several values of one filter cannot be chosen here; where the URL has them, they stay until another is chosen. */
function select(id: string, name: string, choices: readonly string[], values: readonly string[]): Child {
  const several = values.length > 1 ? [values.join(', ')] : [];
  const options = ['', ...several, ...choices].map((choice) =>
    h('option', { value: choice }, choice === '' ? 'any' : choice),
  );
  return withValue(h('select', { id, name }, options), values.join(', '));
}

function withValue<E extends HTMLInputElement | HTMLSelectElement>(element: E, value: string): E {
  element.value = value;
  return element;
}

function split(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** What is asked for, each with a link that asks without it. */
function chips(place: Place): Child {
  const entries = [...place.query].filter(([name]) => name !== 'tail');
  if (entries.length === 0) return null;
  return h(
    'ul',
    { class: 'chips', 'aria-label': 'Filters that are set' },
    entries.map(([name, value]) => {
      const without = new URLSearchParams([...place.query].filter(([n, v]) => n !== name || v !== value));
      return h(
        'li',
        {},
        h(
          'a',
          {
            class: 'chip',
            href: linkTo(place.path, without),
            'aria-label': `Remove filter ${name} ${value}`,
          },
          `${name}: ${value}`,
          h('span', { 'aria-hidden': 'true' }, ' ×'),
        ),
      );
    }),
    h('li', {}, h('a', { href: linkTo(place.path) }, 'clear all')),
  );
}
