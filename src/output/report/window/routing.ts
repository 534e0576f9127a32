/** Calls that are new, gone, or take another way than before. */
import type { MovedCalls, RoutedCalls, RouteShare, RoutingDiff } from '../../../domain/report.ts';
import { count, formatCount, humanMinute, say, type Text } from '../../text.ts';
import { type Block, heading, paragraph } from '../document.ts';
import { callerName, joined, targetName, wayWords } from './words.ts';

export function routingBlocks(diff: RoutingDiff): Block[] {
  const title = heading(2, 'Routing');
  if (diff.compared_with === null)
    return [
      title,
      paragraph(
        'There are no lines before this window, or of too short a time, so that its routing is compared with nothing.',
      ),
    ];
  const total = diff.moved_total + diff.added_total + diff.removed_total;
  const against = `what was called from ${humanMinute(diff.compared_with)} to ${humanMinute(diff.since)}`;
  if (total === 0)
    return [title, paragraph(`No call is new, gone, or takes another way, compared with ${against}.`)];
  return [
    title,
    paragraph(`${changes(diff)}, compared with ${against}.`),
    ...table(
      'Another way',
      ['CALLS', 'BEFORE', 'SINCE THEN', 'FIRST', 'FAILED BEFORE', 'FAILED SINCE'],
      diff.moved.map(movedRow),
      diff.moved_total,
    ),
    ...table(
      'New',
      ['CALLS', 'WAY', 'FIRST', 'CONNECTIONS', 'FAILED'],
      diff.added.map(addedRow),
      diff.added_total,
    ),
    ...table(
      'Gone',
      ['CALLS', 'WAY', 'LAST', 'CONNECTIONS'],
      diff.removed.map(removedRow),
      diff.removed_total,
    ),
  ];
}

/** What is none of is not told. */
function changes({ moved_total, added_total, removed_total }: RoutingDiff): string {
  const parts = [
    ...(moved_total === 0 ? [] : [`${count(moved_total, 'destination')} called by another way`]),
    ...(added_total === 0 ? [] : [`${count(added_total, 'destination')} called for the first time`]),
    ...(removed_total === 0 ? [] : [`${count(removed_total, 'destination')} not called any more`]),
  ];
  return parts.join('; ');
}

function table(
  title: string,
  columns: readonly string[],
  rows: ReadonlyArray<readonly Text[]>,
  total: number,
): Block[] {
  if (rows.length === 0) return [];
  const more = total - rows.length;
  return [
    heading(3, title),
    { kind: 'table', columns, rows },
    ...(more > 0 ? [paragraph(`${count(more, 'smaller one')} not shown.`)] : []),
  ];
}

function callWords({ callers, callers_total, target }: Omit<RoutedCalls, 'routes'>): Text {
  const names = joined(
    callers.map((caller) => say`${callerName(caller)}`),
    callers_total,
  );
  return say`${names} to ${targetName(target)}`;
}

function movedRow(call: MovedCalls): readonly Text[] {
  const keys = new Set(call.before.map(keyOf));
  const fresh = call.after.filter((way) => !keys.has(keyOf(way)));
  const first = fresh.map(({ first_seen }) => first_seen).sort()[0] ?? '';
  return [
    callWords(call),
    waysOf(call.before, call),
    waysOf(fresh, call),
    [humanMinute(first)],
    [ratio(call.before)],
    [ratio(fresh)],
  ];
}

function addedRow(call: RoutedCalls): readonly Text[] {
  const first = call.routes.map(({ first_seen }) => first_seen).sort()[0] ?? '';
  return [
    callWords(call),
    waysOf(call.routes, call),
    [humanMinute(first)],
    [formatCount(sum(call.routes, 'connections'))],
    [formatCount(sum(call.routes, 'failures'))],
  ];
}

function removedRow(call: RoutedCalls): readonly Text[] {
  return [
    callWords(call),
    waysOf(call.routes, call),
    [humanMinute(call.routes[0]?.last_seen ?? '')],
    [formatCount(sum(call.routes, 'connections'))],
  ];
}

function waysOf(ways: readonly RouteShare[], { target }: Pick<RoutedCalls, 'target'>): Text {
  return joined(ways.map((way) => wayWords(way, target)));
}

function ratio(ways: readonly RouteShare[]): string {
  return `${formatCount(sum(ways, 'failures'))}/${formatCount(sum(ways, 'connections'))}`;
}

function sum(ways: readonly RouteShare[], of: 'connections' | 'failures'): number {
  return ways.reduce((total, way) => total + way[of], 0);
}

function keyOf({ state, upstream_cluster }: RouteShare): string {
  return `${state} ${upstream_cluster ?? ''}`;
}
