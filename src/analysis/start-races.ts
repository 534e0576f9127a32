/** Failures that a pod had before its proxy was ready: they lost a race, and tell of nothing that is broken. */
import type { FineLegs } from './fine-legs.ts';
import type { Leg } from './legs.ts';
import { isStarting, type Pods } from './pods.ts';
import { TimedLegs } from './timed-legs.ts';

/** Failures within this time of each other may have one cause, ms. */
const NEAR_MS = 10 * 60_000;

/** True when all connections of a leg fall in the first minute of the pod that logged them. */
export function isOfStart({ facts, flow }: Leg, pods: Pods): boolean {
  const ip = facts.direction === 'inbound' ? (facts.local?.ip ?? null) : facts.remoteIp;
  return isStarting(pods, facts.writer, ip, flow.first) && isStarting(pods, facts.writer, ip, flow.last);
}

/**
 * Leaves out the calls of a pod's first minute that it made with success afterwards, unless pods that had long been there
 * failed alike at that time. `failed` and `fine` are of one scope, in order.
 */
export function withoutStartRaces(failed: readonly Leg[], fine: FineLegs, pods: Pods): Leg[] {
  const starts = failed.filter((leg) => leg.facts.client && isOfStart(leg, pods));
  if (starts.length === 0) return [...failed];
  const young = new Set(starts);
  const others = failed.filter((leg) => !young.has(leg));
  const attested = new TimedLegs(others);
  const isAttested = ({ flow }: Leg) => attested.has(flow.first - NEAR_MS, flow.last + NEAR_MS);
  const isOver = ({ flow, facts }: Leg) =>
    fine.has(flow.last + 1, Number.POSITIVE_INFINITY, (leg) => leg.facts.writer === facts.writer);
  const races = new Set(starts.filter((leg) => isOver(leg) && !isAttested(leg)));
  return failed.filter((leg) => !races.has(leg));
}
