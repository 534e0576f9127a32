/** Which calls are made, and by which ways, against the time before. */
import { normalizeCluster } from '../../domain/cluster-name.ts';
import { REPORT_ITEMS_MAX } from '../../domain/limits.ts';
import type { MovedCall, RoutedCall, RouteShare, RoutingDiff } from '../../domain/report.ts';
import type { State } from '../../domain/resources.ts';
import { formatTime, HOUR_MS } from '../../domain/time.ts';
import { createNamer } from '../destination-name.ts';
import { compareText, type Leg } from '../legs.ts';
import type { LineModel } from '../model.ts';
import { callerOf } from './callers.ts';
import { getOrMake } from './top.ts';
import type { AskedLegs, Hours } from './window.ts';

/** A call that is not made for less than this is not gone: many are made once a day; hours. */
const QUIET_HOURS_MIN = 24;

interface Way {
  readonly state: State;
  readonly cluster: string | null;
  connections: number;
  failures: number;
  first: number;
  last: number;
}

interface Call {
  readonly key: string;
  readonly writers: Set<string>;
  readonly source: RoutedCall['source'];
  readonly target: RoutedCall['target'];
  readonly before: Map<string, Way>;
  readonly after: Map<string, Way>;
}

/**
 * Compares the hours before `window.from` with those of the window. A call is gone when it was made in the time before and
 * not since, for as long as the window and a day at least: reports one after the other tell each once.
 */
export function compareRouting(asked: AskedLegs, window: Hours, model: LineModel): RoutingDiff {
  const since = formatTime(window.from * HOUR_MS);
  if (model.first === null || model.first >= window.from * HOUR_MS) {
    return { ...NOTHING, since, compared_with: null };
  }
  const quiet = Math.max(QUIET_HOURS_MIN, window.to - window.from);
  const from = Math.max(window.from - quiet, Math.floor(model.first / HOUR_MS));
  const book = new CallBook(model);
  for (const leg of asked.in({ from, to: window.from })) book.note(leg, 'before');
  for (const leg of asked.in(window)) book.note(leg, 'after');
  book.forgetSeenBefore(asked.in({ from: 0, to: from }));
  const added = book.calls.filter(({ before, after }) => before.size === 0 && after.size > 0);
  const goneBefore = (window.to - quiet) * HOUR_MS;
  const removed = book.calls.filter(
    ({ before, after, writers }) =>
      before.size > 0 && after.size === 0 && lastOf(before) < goneBefore && book.isHeard(writers),
  );
  const moved = book.calls.filter(hasMoved);
  const told = <T>(calls: readonly Call[], tell: (call: Call) => T): T[] =>
    [...calls].sort(compareCalls).slice(0, REPORT_ITEMS_MAX).map(tell);
  return {
    since,
    compared_with: formatTime(from * HOUR_MS),
    added_total: added.length,
    added: told(added, (call) => toRouted(call, call.after)),
    removed_total: removed.length,
    removed: told(removed, (call) => toRouted(call, call.before)),
    moved_total: moved.length,
    moved: told(moved, toMoved),
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

class CallBook {
  readonly #model: LineModel;
  readonly #nameOf: (leg: Leg) => string;
  readonly #calls = new Map<string, Call>();
  /** Workloads that logged anything in the window. */
  readonly #heard = new Set<string>();
  readonly #old = new Set<string>();

  constructor(model: LineModel) {
    this.#model = model;
    this.#nameOf = createNamer(model.known);
  }

  note(leg: Leg, side: 'before' | 'after'): void {
    const { facts, flow } = leg;
    if (side === 'after') this.#heard.add(workloadOf(leg));
    if (!facts.client || facts.local === null) return;
    const source = callerOf(leg, this.#model.known);
    const target = { destination: this.#nameOf(leg), port: facts.local.port };
    const key = keyOf(source, target);
    const call = getOrMake(this.#calls, key, () => {
      return { key, writers: new Set<string>(), source, target, before: new Map(), after: new Map() };
    });
    call.writers.add(workloadOf(leg));
    const state = this.#model.judgementOf(leg)?.state ?? 'unknown';
    const { upstream_cluster } = flow.shape;
    const cluster = upstream_cluster === null ? null : normalizeCluster(upstream_cluster);
    const way = getOrMake(call[side], `${state} ${facts.cluster ?? ''}`, () => {
      return { state, cluster, connections: 0, failures: 0, first: flow.first, last: flow.last };
    });
    way.connections += flow.connections;
    if (facts.failed) way.failures += flow.connections;
    way.first = Math.min(way.first, flow.first);
    way.last = Math.max(way.last, flow.last);
  }

  /** What was called long ago is not new. */
  forgetSeenBefore(legs: Iterable<Leg>): void {
    const isNew = ({ before, after }: Call): boolean => before.size === 0 && after.size > 0;
    const places = new Map<string, number>();
    for (const call of this.#calls.values()) {
      if (isNew(call)) for (const writer of call.writers) places.set(`${writer} ${call.target.port}`, 1);
    }
    for (const leg of legs) {
      const { local, client } = leg.facts;
      if (!client || local === null || !places.has(`${workloadOf(leg)} ${local.port}`)) continue;
      this.#old.add(
        keyOf(callerOf(leg, this.#model.known), { destination: this.#nameOf(leg), port: local.port }),
      );
    }
  }

  get calls(): Call[] {
    return [...this.#calls.values()].filter(({ key, before }) => before.size > 0 || !this.#old.has(key));
  }

  isHeard(writers: ReadonlySet<string>): boolean {
    return [...writers].some((writer) => this.#heard.has(writer));
  }
}

/** Whoever says nothing at all is a matter of coverage. */
function workloadOf({ facts: { source } }: Leg): string {
  return JSON.stringify([source.namespace, source.workload ?? source.ip]);
}

function keyOf(source: RoutedCall['source'], target: RoutedCall['target']): string {
  return JSON.stringify([source.namespace, source.workload, target.destination, target.port]);
}

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

function compareCalls(a: Call, b: Call): number {
  return sizeOf(b) - sizeOf(a) || compareText(a.key, b.key);
}

function sizeOf({ before, after }: Call): number {
  return [...(after.size > 0 ? after : before).values()].reduce((sum, way) => sum + way.connections, 0);
}

function toRouted({ source, target }: Call, ways: ReadonlyMap<string, Way>): RoutedCall {
  return { source, target, routes: toShares(ways) };
}

function toMoved({ source, target, before, after }: Call): MovedCall {
  return { source, target, before: toShares(before), after: toShares(after) };
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
