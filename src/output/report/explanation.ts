/** What is known of one address. */
import type { Explanation } from '../../domain/queries.ts';
import type { Route } from '../../domain/resources.ts';
import { count, humanTime, listNames, say, type Text } from '../text.ts';
import { type Block, heading, paragraph } from './document.ts';
import { headline } from './incident.ts';
import { shiftBlocks } from './shifts.ts';

/** Rows of each table; further ones are counted. */
const ROWS_MAX = 20;

const CLASSES: Readonly<Record<Explanation['class'], string>> = {
  pod: 'the address of a pod',
  service_vip: 'the address of a service',
  external: 'an address outside the mesh',
  unknown: 'an address that the lines do not place',
};

/** What the address is, who answers there, where its traffic goes and from whom, and what went wrong with it. */
export function buildExplanation(explanation: Explanation): Block[] {
  const { address, pods, owners, routes, clients, diverted_here, shifts, incidents } = explanation;
  const seen = pods.length + owners.length + routes.length + diverted_here.length;
  return [
    heading(1, say`${address}`),
    paragraph(
      seen === 0
        ? 'No line read has to do with this address.'
        : say`${address} is ${[CLASSES[explanation.class]]}.`,
    ),
    ...table('Pods', ['POD', 'WORKLOAD', 'NAMESPACE', 'FIRST SEEN', 'LAST SEEN'], pods, (pod) => [
      say`${pod.pod}`,
      say`${pod.workload}`,
      name(pod.namespace),
      [humanTime(pod.first_seen)],
      [humanTime(pod.last_seen)],
    ]),
    ...table('Owners', ['SERVICE', 'PORT', 'KNOWN FROM', 'FIRST SEEN', 'LAST SEEN'], owners, (owner) => [
      say`${owner.service}`,
      [String(owner.port)],
      [owner.evidence],
      [humanTime(owner.first_seen)],
      [humanTime(owner.last_seen)],
    ]),
    ...routeTable('Where its traffic goes', routes),
    ...routeTable('Traffic of others that arrived here', diverted_here),
    ...callers(clients),
    ...(shifts.length === 0 ? [] : [heading(2, 'Routing changes'), ...shiftBlocks(shifts)]),
    ...incidents.flatMap((incident) => [
      heading(2, [incident.title], incident.severity),
      paragraph(headline(incident)),
    ]),
  ];
}

function callers(clients: Explanation['clients']): Block[] {
  const names = clients.map((client) => client.pod ?? client.workload).filter((client) => client !== null);
  return names.length === 0 ? [] : [heading(2, 'Called by'), paragraph(say`${listNames(names, ROWS_MAX)}.`)];
}

function routeTable(title: string, routes: readonly Route[]): Block[] {
  const columns = ['SOURCE', 'DESTINATION', 'STATE', 'CLUSTER', 'HOSTS', 'FIRST SEEN', 'LAST SEEN', 'FAILED'];
  return table(title, columns, routes, (route) => [
    name(route.source.pod ?? route.source.workload),
    say`${route.destination.address}`,
    [route.state],
    name(route.upstream_cluster),
    route.upstream_hosts.length === 0 ? ['<none>'] : listNames(route.upstream_hosts),
    [humanTime(route.first_seen)],
    [humanTime(route.last_seen)],
    [`${route.failures}/${route.connections}`],
  ]);
}

function table<T>(
  title: string,
  columns: readonly string[],
  items: readonly T[],
  row: (item: T) => Text[],
): Block[] {
  if (items.length === 0) return [];
  // The newest are last, and matter most.
  const shown = items.slice(-ROWS_MAX);
  const earlier = items.length - shown.length;
  return [
    heading(2, title),
    { kind: 'table', columns, rows: shown.map(row) },
    ...(earlier > 0 ? [paragraph(`${count(earlier, 'earlier one')} not shown.`)] : []),
  ];
}

function name(text: string | null): Text {
  return text === null ? ['<none>'] : say`${text}`;
}
