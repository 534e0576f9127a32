/** Blocked connections that lost a race with an update of their proxy, and tell nothing of how it routes. */
import { type Pods, START_MS } from './pods.ts';
import { isSameRouting, isTold, type Run } from './routes.ts';

/** Holes within this time of each other may have one cause, ms. */
const NEAR_MS = 10 * 60_000;

/** What is doubtful among black holes, by the ids of runs. */
export interface Races {
  /** Single connections amid others to the same address that went on in one other routing. */
  readonly blips: ReadonlySet<string>;
  /** All of a pod's first minute to an address that it was let through to later. */
  readonly starts: ReadonlySet<string>;
  /** Single connections beside which the same pod, or another one on the same port, was blocked too. */
  readonly attested: ReadonlySet<string>;
}

/** Finds them. Shape: the runs of each source and destination that had holes, in the order of time. */
export function findRaces(routes: ReadonlyArray<readonly Run[]>, pods: Pods): Races {
  const races = { blips: new Set<string>(), starts: new Set<string>(), attested: new Set<string>() };
  const isAttested = createWitness(routes.flatMap((runs) => runs.filter(isHole)));
  const ageAt = createAges(pods);
  const isYoung = (run: Run, time: number): boolean => (ageAt(run, time) ?? START_MS) < START_MS;
  for (const runs of routes) {
    const told = runs.filter(({ state }) => isTold(state));
    for (const [index, run] of told.entries()) {
      if (!isHole(run)) continue;
      const [before, after] = [told[index - 1], told[index + 1]];
      if (after !== undefined && isYoung(run, run.first) && isYoung(run, run.last)) races.starts.add(run.id);
      if (run.connections > 1) continue;
      const isAmid = before !== undefined && after !== undefined && isSameRouting(before, after);
      if (isAttested(run)) races.attested.add(run.id);
      else if (isAmid) races.blips.add(run.id);
    }
  }
  return races;
}

/** True for a black hole whose place among other runs is known. */
export function isHole({ state, blurred }: Run): boolean {
  return state === 'blackhole' && !blurred;
}

/** Age of a run's pod at a time, ms, as far as its lines tell; null when it was there when the data begins. */
export function createAges(pods: Pods): (run: Run, time: number) => number | null {
  return (run, time) => {
    const born = bornAt(run, time, pods) ?? pods.start;
    return born - pods.start >= START_MS ? time - born : null;
  };
}

/**
 * When the pod of a run started, as far as lines tell. A pod that keeps its name and gets a new address has started anew;
 * for captures the name decides, so that a change is not lost between two addresses.
 */
function bornAt(run: Run, time: number, pods: Pods): number | null {
  const born = pods.writers.get(run.writer)?.first ?? null;
  if (run.state === 'captured' || run.state === 'captured_nominal') return born;
  const leg = run.legs.find(({ flow }) => flow.first <= time && time <= flow.last) ?? run.legs[0];
  const claim = leg?.facts.remoteIp == null ? null : pods.claimAt(leg.facts.remoteIp, time);
  return claim !== null && claim.writer.key === run.writer ? claim.first : born;
}

/** Tells whether another hole of the same proxy, or on the same port, is near: one cause reaches all in some minutes. */
function createWitness(holes: readonly Run[]): (run: Run) => boolean {
  const groups = new Map<string, Run[]>();
  for (const run of holes) {
    for (const key of [run.writer, String(run.local.port)]) {
      const list = groups.get(key);
      if (list === undefined) groups.set(key, [run]);
      else list.push(run);
    }
  }
  return (run) =>
    [run.writer, String(run.local.port)].some((key) =>
      groups
        .get(key)
        ?.some(
          (other) => other !== run && other.last >= run.first - NEAR_MS && other.first <= run.last + NEAR_MS,
        ),
    );
}
