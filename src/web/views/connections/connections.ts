/** All connections that the filters ask for, however many; or those that come in. */
import type { Connection, Page } from '../../../domain/resources.ts';
import { count } from '../../../output/text.ts';
import { apiPath, getJson } from '../../api/client.ts';
import { callsBehind } from '../../dom/calls.ts';
import { type Child, h, replace } from '../../dom/element.ts';
import { failure, loading, nothing } from '../../dom/panel.ts';
import { virtualList } from '../../dom/virtual-list.ts';
import { linkTo, type Place } from '../../shell/location.ts';
import type { View } from '../../shell/view.ts';
import { COLUMNS, type ConnectionRow, rowElement, rowOf } from './connection-row.ts';
import { filterBar, filtersOf } from './filters.ts';
import { followLines, tailPath } from './follow-lines.ts';

const PAGE_LINES = 1_000;
const ROW_HEIGHT = 34;

export const connectionsView: View = ({ place, signal, title }) => {
  title('Connections');
  const isLive = place.query.has('tail');
  return [
    h(
      'div',
      { class: 'view-head' },
      h('h1', {}, 'Connections'),
      tailLink(place, isLive),
      callsBehind(callsOf(place, isLive), 'connections'),
    ),
    filterBar(place),
    list(place, isLive, signal),
  ];
};

function callsOf(place: Place, isLive: boolean): readonly string[] {
  const filters = filtersOf(place);
  const list = apiPath('connections', { ...filters, limit: PAGE_LINES });
  return isLive ? [list, tailPath(filters)] : [list];
}

function tailLink({ path, query }: Place, isLive: boolean): Child {
  const next = new URLSearchParams(query);
  if (isLive) next.delete('tail');
  else next.set('tail', '1');
  return h(
    'a',
    { class: isLive ? 'button live' : 'button', href: linkTo(path, next) },
    isLive ? 'Stop the live tail' : 'Live tail',
  );
}

function list(place: Place, isLive: boolean, signal: AbortSignal): Child {
  const filters = filtersOf(place);
  const rows: ConnectionRow[] = [];
  const known = new Set<string>();
  const status = h('p', { class: 'muted status', role: 'status' });
  const body = h('div', { class: 'connections-body' }, loading('connections'));
  let cursor: string | null = null;
  let isLoading = false;
  let isWhole = false;
  let isFollowing = false;
  let dropped = 0;

  const table = virtualList({
    rowHeight: ROW_HEIGHT,
    label: 'Connections',
    header: h(
      'div',
      { role: 'row', class: 'row head', 'aria-rowindex': 1 },
      COLUMNS.map((name) => h('div', { role: 'columnheader', class: 'cell' }, name)),
    ),
    row: (index) => {
      const row = rows[index];
      return row === undefined ? h('div') : rowElement(row, index);
    },
    onEnd: () => void more(),
    signal,
  });

  const tell = (): void => {
    const more = isWhole ? '' : ', more as you scroll';
    const tail = isFollowing ? '; new ones appear on top' : '; waiting for the server to tell of new ones';
    const left = dropped === 0 ? '' : `; ${count(dropped, 'line')} left out, because too many came at once`;
    replace(status, `${count(rows.length, 'connection')}, newest first${more}${isLive ? tail + left : ''}`);
  };
  const show = (): void => {
    if (rows.length === 0)
      replace(
        body,
        nothing(
          h('p', {}, 'No connection fits. '),
          h('a', { href: linkTo(['connections']) }, 'Show all connections'),
        ),
      );
    else if (table.element.parentElement !== body) replace(body, table.element);
    table.update(rows.length);
    tell();
  };
  const add = (items: readonly Connection[], where: 'start' | 'end'): void => {
    const fresh = items.filter(({ id }) => !known.has(id)).map(rowOf);
    for (const { id } of fresh) known.add(id);
    if (where === 'end') rows.push(...fresh);
    else rows.unshift(...fresh);
  };
  const more = async (): Promise<void> => {
    if (isLoading || isWhole) return;
    isLoading = true;
    try {
      const page = await getJson<Page<Connection>>(
        apiPath('connections', { ...filters, limit: PAGE_LINES, cursor }),
        signal,
      );
      add(page.items, 'end');
      cursor = page.next_cursor;
      isWhole = cursor === null;
      show();
    } catch (error) {
      if (signal.aborted) return;
      const again = failure(error, () => {
        replace(body, loading('connections'));
        void more();
      });
      replace(body, again, rows.length > 0 && table.element);
    } finally {
      isLoading = false;
    }
  };
  void more().then(() => {
    if (!isLive) return;
    followLines(filters, signal, {
      onLines(items) {
        add(items, 'start');
        show();
      },
      onDropped(lines) {
        dropped += lines;
        tell();
      },
      onState(isThere) {
        if (isThere === isFollowing) return;
        isFollowing = isThere;
        tell();
      },
    });
  });
  return [status, body];
}
