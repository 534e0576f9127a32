/** Who is affected: clients, what they dialled, whose traffic it was. */
import type { Incident } from '../../../domain/resources.ts';
import { type Child, h } from '../../dom/element.ts';
import { linkTo } from '../../shell/location.ts';
import { destinationLink, sourceLink } from '../../words/source.ts';

const NAMES_MAX = 12;

export function affected({ sources, destinations, victims }: Incident): Child {
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': 'affected' },
    h('h2', { id: 'affected' }, 'Affected'),
    list(
      'Clients',
      sources.map((source) => sourceLink(source)),
    ),
    list(
      'Dialled',
      destinations.map(({ address, pod, workload }) => [
        destinationLink(address),
        (pod ?? workload) === null ? null : h('span', { class: 'muted' }, ` ${pod ?? workload}`),
      ]),
    ),
    list(
      'Whose traffic it was',
      victims.map((name) => victimLink(name, destinations)),
    ),
  );
}

/** Where no pod of it is known, a victim is a service, or an address. */
function victimLink(name: string, destinations: Incident['destinations']): Child {
  if (destinations.some(({ workload }) => workload === name))
    return h('a', { href: linkTo(['workloads', name]) }, name);
  return destinations.some(({ address }) => address === name) ? destinationLink(name) : name;
}

function list(label: string, items: readonly Child[]): Child {
  if (items.length === 0) return null;
  const more = items.length - NAMES_MAX;
  return [
    h('h3', {}, `${label} (${items.length})`),
    h(
      'ul',
      { class: 'plain names' },
      items.slice(0, NAMES_MAX).map((item) => h('li', {}, item)),
    ),
    more > 0
      ? h(
          'details',
          {},
          h('summary', {}, `${more} more`),
          h(
            'ul',
            { class: 'plain names' },
            items.slice(NAMES_MAX).map((item) => h('li', {}, item)),
          ),
        )
      : null,
  ];
}
