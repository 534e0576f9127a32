/** Who calls whom, through what: clients, what they dial, the clusters that it is sent to, who gets it. */
import { STATES } from '../../../domain/resources.ts';
import type { Topology } from '../../../domain/topology.ts';
import { count, formatCount } from '../../../output/text.ts';
import { apiPath } from '../../api/client.ts';
import { type Child, h, on } from '../../dom/element.ts';
import { panel } from '../../dom/panel.ts';
import { linkTo, type Place } from '../../shell/location.ts';
import type { View } from '../../shell/view.ts';
import { edgeTable } from './edge-table.ts';
import { graph } from './graph.ts';
import { onlyTrouble, worstOf } from './trouble.ts';

/** So many are asked for, so that rare trouble is among them; so many are drawn. */
const EDGES_MAX = 10_000;
const DRAWN_MAX = 1_000;
const FIELDS = ['since', 'workload', 'namespace', 'port', 'state'] as const;

export const topologyView: View = ({ place, signal, title }) => {
  title('Topology');
  const filters = Object.fromEntries(FIELDS.map((name) => [name, place.query.getAll(name)]));
  const isTrouble = place.query.has('trouble');
  return [
    h('h1', { class: 'hidden' }, 'Topology'),
    controls(place, isTrouble),
    panel<[Topology]>({
      title: 'Who calls whom',
      calls: [apiPath('topology', { ...filters, limit: EDGES_MAX })],
      signal,
      class: 'topology',
      show: ([topology]) => {
        const shown = isTrouble ? onlyTrouble(topology) : topology;
        if (shown.edges.length === 0) return null;
        return [
          h('p', { class: 'muted' }, said(shown, topology)),
          graph(worstOf(shown, DRAWN_MAX), signal),
          edgeTable(shown),
        ];
      },
      empty: () =>
        isTrouble
          ? h(
              'p',
              { class: 'muted' },
              'Nothing fails, and nothing is captured. ',
              h('a', { href: linkTo(['topology']) }, 'Show all'),
            )
          : h(
              'p',
              { class: 'muted' },
              'No connection of a client fits. ',
              h('a', { href: linkTo(['topology']) }, 'Show all'),
            ),
    }),
  ];
};

function said(shown: Topology, { edges_total }: Topology): string {
  const whole = `${count(shown.nodes.length, 'node')}, ${count(shown.edges.length, 'edge')} of ${formatCount(edges_total)}; trouble on top`;
  return shown.edges.length > DRAWN_MAX
    ? `${whole}. Drawn are the ${formatCount(DRAWN_MAX)} that have trouble or most connections: filter to see others`
    : whole;
}

function controls(place: Place, isTrouble: boolean): Child {
  const text = (name: string, label: string, hint: string): HTMLElement => {
    const input = h('input', { id: `topology-${name}`, name, placeholder: hint, autocomplete: 'off' });
    input.value = place.query.getAll(name).join(', ');
    return h(
      'div',
      { class: input.value === '' ? 'filter' : 'filter set' },
      h('label', { for: `topology-${name}` }, label),
      input,
    );
  };
  const state = h(
    'select',
    { id: 'topology-state', name: 'state' },
    ['', ...STATES].map((each) => h('option', { value: each }, each === '' ? 'any' : each)),
  );
  state.value = place.query.get('state') ?? '';
  const trouble = h('input', { type: 'checkbox', id: 'topology-trouble', name: 'trouble' });
  trouble.checked = isTrouble;
  const form = h(
    'form',
    { class: 'filters', 'aria-label': 'Filters' },
    text('since', 'Since', '15m, 1h, 7d or a time'),
    text('workload', 'Client', 'workload, * matches'),
    text('namespace', 'Namespace', 'of the client, * matches'),
    text('port', 'Port', '5701'),
    h('div', { class: 'filter' }, h('label', { for: 'topology-state' }, 'State'), state),
    h('div', { class: 'filter check' }, trouble, h('label', { for: 'topology-trouble' }, 'Only trouble')),
  );
  const apply = (): void => {
    const query = new URLSearchParams();
    for (const name of FIELDS) {
      const input = form.elements.namedItem(name);
      if (!(input instanceof HTMLInputElement || input instanceof HTMLSelectElement)) continue;
      for (const value of input.value.split(',')) if (value.trim() !== '') query.append(name, value.trim());
    }
    if (trouble.checked) query.set('trouble', '1');
    location.hash = linkTo(place.path, query);
  };
  on(form, 'submit', (event) => {
    event.preventDefault();
    apply();
  });
  return on(form, 'change', apply);
}
