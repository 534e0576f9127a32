/** Both ends of connections beside each other, with what they do not agree on marked. */
import type { Connection, Pair } from '../../../domain/resources.ts';
import { type Child, h } from '../../dom/element.ts';
import { linkTo } from '../../shell/location.ts';
import { bytes, dateTime, shortPod, span } from '../../words/format.ts';
import { stateBadge } from '../../words/states.ts';

/** Ends may be apart by so much without a remark. */
const SKEW_MS_MAX = 100;

const COLUMNS = [
  'Started, UTC',
  'Client',
  'Server',
  'State',
  'Joined as',
  'Received',
  'Sent',
  'Duration',
  'Flags',
  'Skew',
  'Closed by',
];

export function pairTable(pairs: readonly Pair[]): Child {
  return h(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Pairs' },
    h(
      'table',
      { class: 'pairs' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          COLUMNS.map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h('tbody', {}, pairs.map(row)),
    ),
  );
}

function row({ id, outbound, inbound, kind, start_skew_ms, closed_by, self }: Pair): Child {
  return h(
    'tr',
    {},
    h('td', {}, h('a', { href: linkTo(['connections', id]) }, dateTime(outbound.start_time))),
    h('td', {}, end(outbound)),
    h('td', {}, end(inbound), self ? h('span', { class: 'badge' }, 'itself') : null),
    h('td', {}, stateBadge(outbound.state)),
    h('td', {}, kind),
    both(outbound.bytes_received, inbound.bytes_received, bytes),
    both(outbound.bytes_sent, inbound.bytes_sent, bytes),
    both(outbound.duration, inbound.duration, span, SKEW_MS_MAX),
    bothFlags(outbound, inbound),
    h(
      'td',
      { class: Math.abs(start_skew_ms) > SKEW_MS_MAX ? 'number differs' : 'number' },
      `${start_skew_ms} ms`,
    ),
    h('td', { class: 'muted' }, closed_by.replaceAll('_', ' ')),
  );
}

function end({ pod, workload, downstream_remote_address }: Connection): Child {
  return pod === null
    ? (downstream_remote_address ?? '–')
    : h('span', { title: pod }, shortPod(pod, workload));
}

/** One value where both ends agree, else the client's and the server's. */
function both(
  client: number | null,
  server: number | null,
  format: (value: number) => string,
  tolerance = 0,
): Child {
  const text = (value: number | null): string => (value === null ? '–' : format(value));
  if (Math.abs((client ?? 0) - (server ?? 0)) <= tolerance && (client === null) === (server === null))
    return h('td', { class: 'number' }, text(client));
  return h('td', { class: 'number differs' }, `${text(client)} ≠ ${text(server)}`);
}

function bothFlags(client: Connection, server: Connection): Child {
  const [own, theirs] = [client, server].map(({ response_flags }) => response_flags.join(',') || '–');
  return own === theirs ? h('td', {}, own ?? '') : h('td', { class: 'differs' }, `${own} ≠ ${theirs}`);
}
