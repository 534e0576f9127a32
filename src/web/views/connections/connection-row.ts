/** One connection as a row: what is needed of it, and how it is shown. */

import type { Connection } from '../../../domain/resources.ts';
import { isFailure } from '../../../domain/response-flags.ts';
import { h } from '../../dom/element.ts';
import { linkTo } from '../../shell/location.ts';
import { bytes, clock, shortCluster, span } from '../../words/format.ts';
import { stateBadge } from '../../words/states.ts';

/** So much is kept of each line that was loaded: there may be very many. */
export interface ConnectionRow {
  readonly id: string;
  readonly start: string;
  readonly from: string;
  readonly direction: Connection['direction'];
  readonly to: string;
  readonly state: string | null;
  readonly cluster: string | null;
  readonly flags: string;
  readonly isFailed: boolean;
  readonly bytes: number;
  readonly duration: number | null;
  readonly verdict: string;
}

export const COLUMNS = [
  'Started, UTC',
  'Line of',
  'Dialled',
  'State',
  'Cluster',
  'Flags',
  'Bytes',
  'Duration',
  'Pairing',
] as const;

export function rowOf(connection: Connection): ConnectionRow {
  const { id, start_time, pod, workload, downstream_remote_address: remote, direction, state } = connection;
  return {
    id,
    start: start_time,
    from: pod ?? workload ?? remote ?? '–',
    direction,
    to: connection.downstream_local_address ?? connection.authority ?? '–',
    state,
    cluster: connection.upstream_cluster,
    flags: connection.response_flags.join(','),
    isFailed: isFailure(connection.response_flags),
    bytes: (connection.bytes_received ?? 0) + (connection.bytes_sent ?? 0),
    duration: connection.duration,
    verdict: connection.pairing.verdict,
  };
}

const ARROWS = { outbound: '→', inbound: '←', unknown: '·' } as const;

export function rowElement(row: ConnectionRow, index: number): HTMLElement {
  const cell = (name: string, ...children: Parameters<typeof h>[2][]): HTMLElement =>
    h('div', { role: 'cell', class: `cell cell-${name}` }, ...children);
  return h(
    'div',
    { role: 'row', class: row.isFailed ? 'row failed' : 'row', 'aria-rowindex': index + 2 },
    cell(
      'start',
      h(
        'a',
        { href: linkTo(['connections', row.id]) },
        h('span', { class: 'date' }, `${row.start.slice(0, 10)} `),
        clock(row.start),
      ),
    ),
    cell(
      'from',
      h('span', { class: 'arrow', title: row.direction }, ARROWS[row.direction]),
      h('span', { class: 'hidden' }, `${row.direction} `),
      row.from,
    ),
    cell('to', row.to),
    cell('state', stateBadge(row.state)),
    cell(
      'cluster',
      h('span', { title: row.cluster ?? '' }, row.cluster === null ? '–' : shortCluster(row.cluster)),
    ),
    cell('flags', row.flags === '' ? '–' : row.flags),
    cell('bytes', bytes(row.bytes)),
    cell('duration', row.duration === null ? '–' : span(row.duration)),
    cell('verdict', h('span', { class: row.verdict === 'unexplained' ? 'alarm' : 'muted' }, row.verdict)),
  );
}
