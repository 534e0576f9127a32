/** Traffic of one destination, or of one workload, over time: ways, callers, flags, durations, both ends of connections. */
import type { Explanation } from '../../../domain/queries.ts';
import type { Page, Pair, Route } from '../../../domain/resources.ts';
import { apiPath, type Parameters } from '../../api/client.ts';
import { type Child, h } from '../../dom/element.ts';
import { panel } from '../../dom/panel.ts';
import { lanes } from '../../plot/lanes.ts';
import { overSeenTime } from '../../plot/seen-window.ts';
import { type Window, windowOf } from '../../plot/steps.ts';
import { linkTo } from '../../shell/location.ts';
import type { View } from '../../shell/view.ts';
import { clientList, incidentList } from '../explain/explain.ts';
import { whatItIs } from '../explain/ownership.ts';
import { callersOf } from './callers.ts';
import { durations, flags, states } from './charts.ts';
import { pairTable } from './pair-table.ts';

const PAIRS = 50;

export function destinationView(address: string): View {
  return ({ signal, title }) => {
    title(address);
    const filters = { destination: address };
    return [
      h('h1', {}, h('code', {}, address)),
      panel<[Explanation]>({
        title: `Traffic of ${address}`,
        calls: [apiPath(`explain/${encodeURIComponent(address)}`)],
        signal,
        bare: true,
        show: ([explanation]) => [
          h('p', { class: 'what' }, whatItIs(explanation)),
          incidentList(explanation),
          h(
            'section',
            { class: 'panel', 'aria-label': 'Where its traffic went' },
            h('h2', {}, 'Where its traffic went, by client'),
            lanes(explanation.routes, 'source') ??
              h('p', { class: 'muted' }, 'No client that was read calls it.'),
          ),
          clientList(explanation),
        ],
        empty: () => null,
      }),
      charts(filters, signal),
      pairs(filters, signal),
      more(filters),
    ];
  };
}

export function workloadView(workload: string): View {
  return ({ signal, title }) => {
    title(workload);
    const filters = { workload };
    return [
      h('h1', {}, workload),
      panel<[Page<Route>]>({
        title: 'Where it calls',
        calls: [apiPath('routes', { ...filters, limit: 500 })],
        signal,
        show: ([{ items }]) => lanes(items, 'destination'),
        empty: () =>
          h(
            'p',
            { class: 'muted' },
            'No line of its own tells of a call: it calls nobody, or its logs were not read.',
          ),
      }),
      callersOf(workload, signal),
      charts(filters, signal),
      pairs(filters, signal),
      more(filters),
    ];
  };
}

/** The window of the charts is that of all lines: their steps follow from it. */
function charts(filters: Parameters, signal: AbortSignal): HTMLElement {
  return overSeenTime(({ from, to }) => {
    const window: Window = windowOf(from, to + 60_000);
    return [
      states(filters, window, signal),
      h('div', { class: 'columns' }, durations(filters, window, signal), flags(filters, window, signal)),
    ];
  }, signal);
}

function pairs(filters: Parameters, signal: AbortSignal): HTMLElement {
  return panel<[Page<Pair>]>({
    title: 'Both ends of its latest connections',
    calls: [apiPath('pairs', { ...filters, limit: PAIRS })],
    signal,
    show: ([{ items }]) => (items.length === 0 ? null : pairTable(items)),
    empty: () => h('p', { class: 'muted' }, 'No connection of it has both ends in the logs that were read.'),
  });
}

function more(filters: Record<string, string>): Child {
  return h(
    'p',
    { class: 'more' },
    h('a', { class: 'button', href: linkTo(['connections'], filters) }, 'All its connections'),
  );
}
