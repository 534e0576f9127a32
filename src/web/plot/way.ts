/** The way of traffic as a picture: client, listener, cluster, where it ended; and where it was meant to. */
import type { Source, State } from '../../domain/resources.ts';
import { type Child, h } from '../dom/element.ts';
import { formatCount, percent, shortCluster, shortPod } from '../words/format.ts';
import { destinationLink, sourceLink, sourceShort } from '../words/source.ts';
import { stateBadge, stateClass } from '../words/states.ts';

export interface Way {
  readonly title: string;
  readonly note: string;
  readonly sources: readonly Source[];
  readonly destinations: ReadonlyArray<{
    readonly address: string;
    readonly pod: string | null;
    readonly workload: string | null;
  }>;
  readonly state: State;
  readonly cluster: string | null;
  readonly hosts: readonly string[];
  readonly failed: { readonly connections: number; readonly failures: number };
  readonly isBad: boolean;
}

const NAMES_MAX = 3;

export function wayPicture(way: Way): HTMLElement {
  const { title, note, state, failed, isBad } = way;
  const isFailing = failed.failures > 0;
  return h(
    'figure',
    { class: `way ${isBad ? 'bad' : 'good'} ${stateClass(state)}` },
    h(
      'figcaption',
      {},
      h('strong', {}, title),
      stateBadge(state),
      h('span', { class: 'muted' }, note),
      h(
        'span',
        { class: isFailing ? 'alarm' : 'ok' },
        `${formatCount(failed.failures)} of ${formatCount(failed.connections)} failed (${percent(failed.failures, failed.connections)})`,
      ),
    ),
    h('ol', { class: 'steps' }, steps(way)),
  );
}

function steps(way: Way): Child {
  const listener = listenerOf(way);
  return [
    step('client', 'Clients', names(way.sources.map((source) => sourceLink(source, sourceShort(source))))),
    step('dialled', 'Dialled', names(way.destinations.map(({ address }) => destinationLink(address)))),
    step(
      `listener${listener.isBad ? ' deciding' : ''}`,
      'Listener',
      h('code', {}, listener.name),
      listener.says,
    ),
    step(
      `cluster${listener.isBad ? ' deciding' : ''}`,
      'Cluster',
      way.cluster === null ? 'none' : h('code', { title: way.cluster }, shortCluster(way.cluster)),
    ),
    endStep(way),
    missedStep(way),
  ];
}

function step(kind: string, label: string, what: Child, says = ''): Child {
  return h(
    'li',
    { class: `step step-${kind}` },
    h('span', { class: 'label' }, label),
    h('div', { class: 'what' }, what),
    says === '' ? null : h('span', { class: 'muted' }, says),
  );
}

/** The listener that a state speaks of: what Istio makes of it, see `docs/diagnoses.md`. */
function listenerOf({ state, destinations }: Way): { name: string; says: string; isBad: boolean } {
  const address = destinations[0]?.address ?? '';
  const port = address.slice(address.lastIndexOf(':') + 1);
  const own = destinations.length === 1 ? address : `the address, port ${port}`;
  switch (state) {
    case 'captured':
    case 'captured_nominal':
      return { name: `0.0.0.0:${port}`, says: 'takes any address', isBad: true };
    case 'passthrough':
      return { name: 'none fits', says: 'passed on as dialled', isBad: false };
    case 'blackhole':
      return { name: 'none fits', says: 'nothing else is allowed', isBad: true };
    case 'no_filter_chain':
      return { name: own, says: 'no filter chain fits', isBad: true };
    case 'unknown':
      return { name: 'not known', says: 'the lines do not tell', isBad: false };
    case 'service':
    case 'direct':
    case 'gateway':
      return { name: own, says: '', isBad: false };
  }
}

/** Where the proxy sent it; named where it is one of the addresses that were dialled. */
function endStep({ hosts, destinations, failed, state }: Way): Child {
  const named = new Map(
    destinations.map(({ address, pod, workload }) => [
      address,
      pod === null ? workload : shortPod(pod, workload),
    ]),
  );
  const isUnreached = failed.failures > 0 && failed.failures === failed.connections;
  const label = isUnreached ? 'No answer from' : 'Reaches';
  if (hosts.length === 0)
    return step('end unreached', 'Ends', state === 'blackhole' ? 'dropped' : 'no host was chosen');
  return step(
    `end ${isUnreached ? 'unreached' : 'reached'}`,
    label,
    names(
      hosts.map((host) => [
        h('code', {}, host),
        named.get(host) == null ? null : h('span', { class: 'muted' }, ` ${named.get(host)}`),
      ]),
    ),
  );
}

/** Whoever should have got it and did not. */
function missedStep({ hosts, destinations, state }: Way): Child {
  if (state !== 'captured') return null;
  const missed = destinations.filter(({ address }) => !hosts.includes(address));
  if (missed.length === 0) return null;
  return step(
    'missed',
    'Not reached',
    names(
      missed.map(({ address, pod, workload }) =>
        h('s', { title: pod ?? address }, pod === null ? (workload ?? address) : shortPod(pod, workload)),
      ),
    ),
  );
}

function names(items: readonly Child[]): Child {
  const more = items.length - NAMES_MAX;
  return h(
    'ul',
    { class: 'plain' },
    items.slice(0, NAMES_MAX).map((item) => h('li', {}, item)),
    more > 0 ? h('li', { class: 'muted' }, `and ${more} more`) : null,
  );
}
