/** The same as a table, for those who read it, and to sort by eye. */
import type { Topology } from '../../../domain/topology.ts';
import { type Child, h } from '../../dom/element.ts';
import { bytes, formatCount, percent } from '../../words/format.ts';
import { stateBadge } from '../../words/states.ts';
import { troubleOf } from './trouble.ts';

export function edgeTable({ nodes, edges }: Topology): Child {
  const names = new Map(nodes.map(({ id, name, port }) => [id, port === null ? name : `${name}:${port}`]));
  const rows = [...edges].sort((a, b) => troubleOf(b) - troubleOf(a) || b.connections - a.connections);
  return h(
    'details',
    { class: 'as-table' },
    h('summary', {}, 'As a table'),
    h(
      'div',
      { class: 'table-scroll tall', tabindex: 0, role: 'region', 'aria-label': 'Edges' },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ['From', 'To', 'States'].map((name) => h('th', { scope: 'col' }, name)),
            ['Connections', 'Failed', 'Bytes'].map((name) =>
              h('th', { scope: 'col', class: 'number' }, name),
            ),
          ),
        ),
        h(
          'tbody',
          {},
          rows.map((edge) =>
            h(
              'tr',
              {},
              h('td', {}, names.get(edge.source) ?? ''),
              h('td', {}, names.get(edge.target) ?? ''),
              h(
                'td',
                {},
                Object.keys(edge.states).map((state) => [stateBadge(state), ' ']),
              ),
              h('td', { class: 'number' }, formatCount(edge.connections)),
              h(
                'td',
                { class: edge.failures > 0 ? 'number alarm' : 'number' },
                percent(edge.failures, edge.connections),
              ),
              h('td', { class: 'number' }, bytes(edge.bytes_received + edge.bytes_sent)),
            ),
          ),
        ),
      ),
    ),
  );
}
