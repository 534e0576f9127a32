/** Who an address belongs to, in a sentence and in a table. */
import type { Explanation } from '../../../domain/queries.ts';
import { type Child, h } from '../../dom/element.ts';
import { linkTo } from '../../shell/location.ts';
import { dateTime } from '../../words/format.ts';

const CLASSES: Readonly<Record<Explanation['class'], string>> = {
  pod: 'the address of a pod',
  service_vip: 'the address of a service',
  external: 'an address outside of the mesh',
  unknown: 'not known',
};

/** `10.36.1.9:5701 is the address of a pod: planner-… It answers for planner.harvest.` */
export function whatItIs({ address, class: kind, pods, owners }: Explanation): Child {
  const pod = pods.at(-1);
  const services = [...new Set(owners.map(({ service }) => service))];
  return [
    h('code', {}, address),
    ` is ${CLASSES[kind]}`,
    pod === undefined ? null : [': ', h('a', { href: linkTo(['workloads', pod.workload]) }, pod.pod)],
    services.length === 0
      ? '.'
      : [
          '. It answers for ',
          services.slice(0, 3).map((service, index) => [index === 0 ? '' : ', ', h('code', {}, service)]),
          services.length > 3 ? ` and ${services.length - 3} more.` : '.',
        ],
  ];
}

export function ownership({ pods, owners }: Explanation): Child {
  if (pods.length === 0 && owners.length === 0) return null;
  return h(
    'section',
    { class: 'panel', 'aria-label': 'Who owns it' },
    h('h2', {}, 'Who owns it'),
    table(
      ['Pod', 'Namespace', 'First seen, UTC', 'Last seen, UTC'],
      pods.map(({ pod, namespace, first_seen, last_seen }) => [
        pod,
        namespace ?? '–',
        dateTime(first_seen),
        dateTime(last_seen),
      ]),
    ),
    table(
      ['Service', 'Port', 'Known from', 'First seen, UTC', 'Last seen, UTC'],
      owners.map(({ service, port, evidence, first_seen, last_seen }) => [
        service,
        String(port),
        evidence,
        dateTime(first_seen),
        dateTime(last_seen),
      ]),
    ),
  );
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): Child {
  if (rows.length === 0) return null;
  return h(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': `${columns[0] ?? ''}s` },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          columns.map((column) => h('th', { scope: 'col' }, column)),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map((row) =>
          h(
            'tr',
            {},
            row.map((cell) => h('td', {}, cell)),
          ),
        ),
      ),
    ),
  );
}
