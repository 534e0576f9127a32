import { REPORT_ITEMS_MAX, REPORT_NAMES_MAX } from '../../domain/limits.ts';
import type { MovedCalls, RoutedCalls, RouteShare, RoutingDiff } from '../../domain/report.ts';
import { formatTime, HOUR_MS } from '../../domain/time.ts';
import { getOrMake } from '../get-or-make.ts';
import type { Hours } from '../hours.ts';
import { compareText } from '../legs.ts';
import type { LineModel } from '../model.ts';
import { type Call, CallBook, type Way } from './call-book.ts';
import type { AskedLegs } from './window.ts';

/** A call that is not made for less than this is not gone: many are made once a day; hours. */
const QUIET_HOURS_MIN = 24;
/** Fewer connections are no habit whose end is news. */
const GONE_MIN = 3;

/** Ms of lines that there have to be before a window: of what was seen for less, nearly everything is new. */
function shortestBefore({ from, to }: Hours): number {
  return (Math.min(to - from, QUIET_HOURS_MIN) / 2) * HOUR_MS;
}

/**
 * Compares the hours before `window.from` with those of the window. A call is gone when it was made in the time before and
 * not since, for as long as the window and a day at least: reports one after the other tell each once.
 */
export function compareRouting(asked: AskedLegs, window: Hours, model: LineModel): RoutingDiff {
  const since = formatTime(window.from * HOUR_MS);
  if (model.first === null || window.from * HOUR_MS - model.first < shortestBefore(window)) {
    return { ...NOTHING, since, compared_with: null };
  }
  const quiet = Math.max(QUIET_HOURS_MIN, window.to - window.from);
  const from = Math.max(window.from - quiet, Math.floor(model.first / HOUR_MS));
  const book = new CallBook(model);
  const compared = [...asked.in({ from, to: window.to })];
  for (const leg of compared) book.lookAt(leg);
  for (const leg of compared) book.note(leg, leg.flow.hour < window.from ? 'before' : 'after');
  for (const leg of asked.in({ from: from - quiet, to: from })) book.noteHabit(leg);
  book.forgetSeenBefore(asked.shapes(), from);
  const added = book.calls.filter(({ before, after }) => before.size === 0 && after.size > 0);
  const goneBefore = (window.to - quiet) * HOUR_MS;
  const removed = book.calls.filter(
    ({ before, after, writers, habit }) =>
      after.size === 0 &&
      sumOf(before) + habit >= GONE_MIN &&
      lastOf(before) < goneBefore &&
      book.isHeard(writers),
  );
  const moved = book.calls.filter(hasMoved);
  const groups = { added: groupCalls(added), removed: groupCalls(removed), moved: groupCalls(moved) };
  return {
    since,
    compared_with: formatTime(from * HOUR_MS),
    added_total: groups.added.length,
    added: groups.added.slice(0, REPORT_ITEMS_MAX).map((group) => toRouted(group, 'after')),
    removed_total: groups.removed.length,
    removed: groups.removed.slice(0, REPORT_ITEMS_MAX).map((group) => toRouted(group, 'before')),
    moved_total: groups.moved.length,
    moved: groups.moved.slice(0, REPORT_ITEMS_MAX).map(toMoved),
  };
}

const NOTHING = {
  added_total: 0,
  added: [],
  removed_total: 0,
  removed: [],
  moved_total: 0,
  moved: [],
} as const;

/** A way that was not taken before: one that is not taken any more has lost its calls to the others. */
function hasMoved({ before, after }: Call): boolean {
  if (before.size === 0 || after.size === 0) return false;
  return [...after].some(([key, way]) => !before.has(key) && tellsRouting(way));
}

/** A connection that was refused before it had a cluster went nowhere. */
function tellsRouting({ state, cluster }: Way): boolean {
  return state !== 'unknown' && (cluster !== null || state === 'blackhole' || state === 'no_filter_chain');
}

function lastOf(ways: ReadonlyMap<string, Way>): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const way of ways.values()) last = Math.max(last, way.last);
  return last;
}

/** Calls of one destination with the same new ways, told together. */
interface Group {
  readonly calls: readonly Call[];
  readonly size: number;
}

/** The largest first. */
function groupCalls(calls: readonly Call[]): Group[] {
  const groups = new Map<string, Call[]>();
  for (const call of [...calls].sort(compareCalls)) {
    const fresh = call.before.size === 0 ? [] : [...call.after.keys()].filter((way) => !call.before.has(way));
    const { destination, port } = call.target;
    getOrMake(groups, JSON.stringify([destination, port, fresh.sort()]), () => []).push(call);
  }
  return [...groups]
    .map(([key, own]) => ({ key, calls: own, size: own.reduce((sum, call) => sum + sizeOf(call), 0) }))
    .sort((a, b) => b.size - a.size || compareText(a.key, b.key));
}

function compareCalls(a: Call, b: Call): number {
  return sizeOf(b) - sizeOf(a) || compareText(a.key, b.key);
}

function sizeOf({ before, after }: Call): number {
  return sumOf(after.size > 0 ? after : before);
}

function sumOf(ways: ReadonlyMap<string, Way>): number {
  return [...ways.values()].reduce((sum, way) => sum + way.connections, 0);
}

function toRouted(group: Group, side: 'before' | 'after'): RoutedCalls {
  return { ...callersOf(group), routes: toShares(waysOf(group, side)) };
}

function toMoved(group: Group): MovedCalls {
  return {
    ...callersOf(group),
    before: toShares(waysOf(group, 'before')),
    after: toShares(waysOf(group, 'after')),
  };
}

function callersOf({ calls }: Group): Pick<RoutedCalls, 'target' | 'callers_total' | 'callers'> {
  const [first] = calls;
  if (first === undefined) throw new Error('BUG: a group without calls');
  return {
    target: first.target,
    callers_total: calls.length,
    callers: calls.slice(0, REPORT_NAMES_MAX).map(({ source }) => source),
  };
}

/** The ways of all calls of a group. */
function waysOf({ calls }: Group, side: 'before' | 'after'): Map<string, Way> {
  const ways = new Map<string, Way>();
  for (const call of calls) {
    for (const [key, way] of call[side]) {
      const sum = ways.get(key);
      if (sum === undefined) {
        ways.set(key, { ...way });
        continue;
      }
      sum.connections += way.connections;
      sum.failures += way.failures;
      sum.first = Math.min(sum.first, way.first);
      sum.last = Math.max(sum.last, way.last);
    }
  }
  return ways;
}

function toShares(ways: ReadonlyMap<string, Way>): RouteShare[] {
  return [...ways]
    .sort(([a, x], [b, y]) => y.last - x.last || compareText(a, b))
    .map(([, { state, cluster, connections, failures, first, last }]) => ({
      state,
      upstream_cluster: cluster,
      connections,
      failures,
      first_seen: formatTime(first),
      last_seen: formatTime(last),
    }));
}
