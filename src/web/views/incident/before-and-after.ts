/** Where the same traffic went before and after, drawn side by side. */
import type { Incident, Page, Route, Shift } from '../../../domain/resources.ts';
import { apiPath } from '../../api/client.ts';
import { type Child, h } from '../../dom/element.ts';
import { panel } from '../../dom/panel.ts';
import { type Way, wayPicture } from '../../plot/way.ts';
import { clock } from '../../words/format.ts';
import { type Change, changeOf } from './change.ts';
import { destinationFilter } from './scope.ts';

export function beforeAndAfter(incident: Incident, signal: AbortSignal): HTMLElement {
  const filter = destinationFilter(incident);
  return panel<[Page<Shift>, Page<Route>]>({
    title: 'Before and after',
    class: 'ways-panel',
    calls: [
      apiPath('shifts', { ...filter, limit: 1_000 }),
      apiPath('routes', { ...filter, upstream_cluster: incident.upstream_cluster, limit: 200 }),
    ],
    signal,
    show: ([shifts, routes]) => {
      const change = changeOf(incident, shifts.items);
      return change === null ? asItIs(incident, routes.items) : pictures(incident, change);
    },
    empty: () =>
      h('p', { class: 'muted' }, 'No routing changed: the lines tell of it in other ways, see the proof.'),
  });
}

function pictures(incident: Incident, { before, after, lastBefore, firstAfter, sides }: Change): Child {
  return h(
    'div',
    { class: 'ways' },
    wayPicture({
      ...before,
      title: 'Before',
      note: `last seen ${clock(lastBefore)} UTC`,
      failed: sides.before,
      isBad: sides.before.failures * 2 > sides.before.connections,
    }),
    wayPicture({
      ...after,
      title: 'After',
      note: `first seen ${clock(firstAfter)} UTC`,
      failed: { connections: incident.connections, failures: incident.failures },
      isBad: true,
    }),
  );
}

/** Without a change there is one picture: that of the runs with the cluster that it is about. */
function asItIs(incident: Incident, routes: readonly Route[]): Child {
  const clients = new Set(incident.sources.map(({ pod, workload, ip }) => pod ?? workload ?? ip));
  const runs = routes.filter(
    ({ source, last_seen }) =>
      clients.has(source.pod ?? source.workload ?? source.ip) &&
      (incident.onset.before === null || last_seen >= incident.onset.before),
  );
  const [run] = runs;
  if (run === undefined) return null;
  const way: Way = {
    title: incident.ended === null ? 'As it is' : 'As it was',
    note: 'no line shows it otherwise',
    sources: incident.sources,
    destinations: incident.destinations,
    state: run.state,
    cluster: run.upstream_cluster,
    hosts: [...new Set(runs.flatMap(({ upstream_hosts }) => upstream_hosts))],
    failed: { connections: incident.connections, failures: incident.failures },
    isBad: true,
  };
  return h('div', { class: 'ways single' }, wayPicture(way));
}
