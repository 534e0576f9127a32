/** Who calls a workload, by what it is dialled as. */
import type { Topology } from '../../../domain/topology.ts';
import { apiPath } from '../../api/client.ts';
import { type Child, h } from '../../dom/element.ts';
import { panel } from '../../dom/panel.ts';
import { linkTo } from '../../shell/location.ts';
import { formatCount, percent } from '../../words/format.ts';
import { stateBadge } from '../../words/states.ts';

export function callersOf(workload: string, signal: AbortSignal): HTMLElement {
  return panel<[Topology]>({
    title: 'Who calls it',
    calls: [apiPath('topology', { limit: 10_000 })],
    signal,
    show: ([topology]) => table(topology, workload),
    empty: () => h('p', { class: 'muted' }, 'No client that was read dials it.'),
  });
}

/** Edges from workloads to destinations that are this workload, or services of its name. */
function table({ nodes, edges }: Topology, workload: string): Child {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const rows = edges.flatMap((edge) => {
    const target = byId.get(edge.target);
    const source = byId.get(edge.source);
    const isIts =
      target?.kind === 'destination' && (target.name === workload || target.name.startsWith(`${workload}.`));
    return isIts && source !== undefined && target !== undefined ? [{ edge, source, target }] : [];
  });
  if (rows.length === 0) return null;
  return h(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Callers' },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Client', 'Dialled as', 'Port', 'State'].map((name) => h('th', { scope: 'col' }, name)),
          ['Connections', 'Failed'].map((name) => h('th', { scope: 'col', class: 'number' }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map(({ edge, source, target }) =>
          h(
            'tr',
            {},
            h('td', {}, h('a', { href: linkTo(['workloads', source.name]) }, source.name)),
            h('td', {}, target.name),
            h('td', {}, target.port),
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
          ),
        ),
      ),
    ),
  );
}
