/** One address: who owns it, where its traffic goes and went, from whom. */
import type { Explanation } from '../../../domain/queries.ts';
import { apiPath } from '../../api/client.ts';
import { type Child, h, on } from '../../dom/element.ts';
import { panel } from '../../dom/panel.ts';
import { lanes } from '../../plot/lanes.ts';
import { linkTo } from '../../shell/location.ts';
import type { View } from '../../shell/view.ts';
import { sourceLink } from '../../words/source.ts';
import { severityBadge } from '../../words/states.ts';
import { ownership, whatItIs } from './ownership.ts';

export const explainView: View = ({ title }) => {
  title('Explain');
  return [
    h('h1', {}, 'Explain an address'),
    form(''),
    h(
      'p',
      { class: 'muted' },
      'Who owns it, where its traffic goes and went, from whom, with what result. An ip alone stands for all its ports.',
    ),
  ];
};

export function explainAddressView(address: string): View {
  return ({ signal, title }) => {
    title(`Explain ${address}`);
    return [
      h('h1', { class: 'hidden' }, `Explain ${address}`),
      form(address),
      panel<[Explanation]>({
        title: `What is known of ${address}`,
        calls: [apiPath(`explain/${encodeURIComponent(address)}`)],
        signal,
        bare: true,
        show: ([explanation]) => story(explanation),
        empty: () => null,
      }),
    ];
  };
}

function form(address: string): HTMLElement {
  const input = h('input', {
    id: 'address',
    name: 'address',
    placeholder: '10.36.1.9:5701',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 100,
    required: true,
  });
  input.value = address;
  const element = h(
    'form',
    { class: 'explain-form' },
    h('label', { for: 'address' }, 'Address'),
    input,
    h('button', { type: 'submit', class: 'button primary' }, 'Explain'),
  );
  return on(element, 'submit', (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text !== '') location.hash = linkTo(['explain', text]);
  });
}

function story(explanation: Explanation): Child {
  const { address, routes, diverted_here } = explanation;
  const isKnown = explanation.class !== 'unknown' || routes.length > 0;
  return [
    h(
      'div',
      { class: 'hero plain-hero' },
      h('p', { class: 'h1' }, whatItIs(explanation)),
      isKnown
        ? h('p', {}, h('a', { href: linkTo(['destinations', address]) }, 'Its traffic in detail'))
        : h(
            'p',
            {},
            'No line that was read says anything of it. See whether the logs of its callers were read.',
          ),
    ),
    incidentList(explanation),
    laneSection('Where its traffic goes and went', lanes(routes, 'source')),
    laneSection('Traffic of others that arrived here', lanes(diverted_here, 'both')),
    ownership(explanation),
    clientList(explanation),
  ];
}

function laneSection(title: string, content: Child): Child {
  return content === null
    ? null
    : h('section', { class: 'panel', 'aria-label': title }, h('h2', {}, title), content);
}

export function incidentList({ incidents }: Pick<Explanation, 'incidents'>): Child {
  if (incidents.length === 0) return null;
  return h(
    'section',
    { class: 'panel', 'aria-label': 'Incidents' },
    h('h2', {}, 'Incidents'),
    h(
      'ul',
      { class: 'plain' },
      incidents.map(({ id, title, severity, ended }) =>
        h(
          'li',
          {},
          severityBadge(severity),
          ' ',
          h('a', { href: linkTo(['incidents', id]) }, title),
          ended === null ? '' : h('span', { class: 'muted' }, ' (over)'),
        ),
      ),
    ),
  );
}

export function clientList({ clients }: Pick<Explanation, 'clients'>): Child {
  if (clients.length === 0) return null;
  return h(
    'section',
    { class: 'panel', 'aria-label': 'Who calls it' },
    h('h2', {}, `Who calls it (${clients.length})`),
    h(
      'ul',
      { class: 'plain names' },
      clients.map((client) => h('li', {}, sourceLink(client))),
    ),
  );
}
