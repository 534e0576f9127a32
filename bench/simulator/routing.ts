/** Where the mesh's routing, as it is at one proxy at one time, takes a call. */
import { type Change, DRAIN_MS, type Traffic } from './changes.ts';
import type { Pod, Workload } from './model.ts';
import { NO_MARKS } from './scribe.ts';
import type { Mark } from './truth.ts';

/** A call, as far as routing looks at it. */
export interface Call {
  readonly traffic: Traffic;
  /** The service that is called by its virtual address; null for calls by other addresses. */
  readonly workload: Workload | null;
  readonly source: Pod;
  readonly now: number;
}

/** What routing does with a call. */
export interface Decision {
  /** The change that decides; null when the call goes its usual way. */
  readonly change: Change | null;
  /** What the line of this call will tell about the changes of the scenario. */
  readonly marks: readonly Mark[];
  /** When the proxy cuts the connection at the latest. */
  readonly cutAt: number;
}

const UNCHANGED: Decision = { change: null, marks: NO_MARKS, cutAt: Number.POSITIVE_INFINITY };

/** Applies the changes to a call; of two that concern it, the later one wins. */
export function decide(changes: readonly Change[], call: Call): Decision {
  const concerned = changes.filter((change) => change.concerns(call.traffic, call.workload));
  if (concerned.length === 0) return UNCHANGED;
  const change = concerned.findLast((one) => one.isInForce(call.source, call.now)) ?? null;
  return { change, marks: marksOf(concerned, change, call), cutAt: cutOf(concerned, change, call) };
}

function marksOf(concerned: readonly Change[], inForce: Change | null, call: Call): readonly Mark[] {
  if (inForce !== null) return [{ change: inForce, phase: 'new' }];
  return concerned.map((change) => ({
    change,
    phase: call.now < change.beginsFor(call.source) ? 'old' : 'restored',
  }));
}

/**
 * When Envoy cuts a connection opened now because its listener goes. Listeners that only appear cut nothing: a
 * connection by pod address lives on when a catch-all takes later ones, but a change of policy ends it.
 */
function cutOf(concerned: readonly Change[], inForce: Change | null, call: Call): number {
  let cut = Number.POSITIVE_INFINITY;
  for (const change of concerned) {
    const gone = change === inForce ? change.endsFor(call.source) : removalBy(change, call.source);
    if (gone > call.now) cut = Math.min(cut, gone + DRAIN_MS);
  }
  return cut;
}

/** When this change takes away the listener of connections that were opened before it. */
function removalBy(change: Change, pod: Pod): number {
  const removes = change.plan.name === 'registry_only' || change.plan.name === 'service_removed';
  return removes ? change.beginsFor(pod) : Number.POSITIVE_INFINITY;
}
