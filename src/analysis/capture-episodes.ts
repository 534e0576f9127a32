/** Stretches of time in which one cluster took the connections of one port: one cause each. */
import { maxOf, minOf } from './extremes.ts';
import { SPREAD_MS } from './findings.ts';
import { compareText } from './legs.ts';
import type { Run } from './routes.ts';
import type { ShiftDraft } from './shifts.ts';

/** Times are start times, ms since the epoch. */
export interface CaptureEpisode {
  /** Place among the episodes of its group, in the order of time; 0 is the first. */
  readonly place: number;
  readonly runs: Run[];
  readonly shifts: ShiftDraft[];
  /** Where the onsets of its runs lie; `from` is null while none has a lower bound. */
  from: number | null;
  to: number;
  last: number;
  /** Last connection of the episode before; null for the first. */
  readonly since: number | null;
  /** When the next episode of the same capture began. */
  until: number | null;
}

/** The last connections that show the routing before an episode; null when none does. */
export interface Before {
  /** Start of the last one. */
  readonly last: number;
  /** The runs that end there or before. */
  readonly runs: readonly Run[];
  /** True when no source was seen in both routings: the runs are of other pods, which share its workload and port. */
  readonly ofOthers: boolean;
}

/** One episode of one cluster on one port is one cause, whatever the sources and destinations. */
export function captureKey(run: Run): string {
  return `${run.local.port} ${run.routing}`;
}

/** Splits the runs of one group. `into` and `outOf` are the changes into and out of its routing. */
export function splitEpisodes(
  runs: readonly Run[],
  into: readonly ShiftDraft[],
  outOf: readonly ShiftDraft[],
): CaptureEpisode[] {
  const began = new Map(into.flatMap((shift) => shift.to.map((run) => [run.id, shift] as const)));
  const sorted = [...runs].sort((a, b) => a.first - b.first || compareText(a.id, b.id));
  const episodes: CaptureEpisode[] = [];
  for (const run of sorted) {
    const shift = began.get(run.id) ?? null;
    const after = shift === null ? null : shift.lastBefore;
    const current = episodes[episodes.length - 1];
    if (current === undefined || isOver(current, run, after, outOf) || isApart(current, after)) {
      if (current !== undefined) current.until = run.first;
      episodes.push({
        place: episodes.length,
        runs: [run],
        shifts: shift === null ? [] : [shift],
        from: after,
        to: run.first,
        last: run.last,
        since: current === undefined ? null : lastOf(current),
        until: null,
      });
      continue;
    }
    current.runs.push(run);
    if (shift !== null && !current.shifts.includes(shift)) {
      current.shifts.push(shift);
      current.to = Math.max(current.to, run.first);
      current.from = Math.min(current.from ?? shift.lastBefore, shift.lastBefore);
    }
    current.last = Math.max(current.last, run.last);
  }
  return episodes;
}

/** A source without a connection between two episodes has one run over both: it does not tell when the first ended. */
export function lastOf({ runs, last, until }: CaptureEpisode): number {
  return until === null
    ? last
    : maxOf(
        runs.map((run) => run.last).filter((time) => time < until),
        until - 1,
      );
}

/** Start of the first connection. */
export function firstOf(episode: CaptureEpisode): number {
  return minOf(
    episode.runs.map((run) => run.first),
    0,
  );
}

/**
 * What was there before: the changes of the episode's own sources or, where none was seen in both routings, the last
 * connection to the port from a pod of the same workload. Pods without a name count as one: one of them may have a new address.
 */
export function findBefore(episode: CaptureEpisode, unlisted: readonly Run[]): Before | null {
  const first = firstOf(episode);
  const own = episode.shifts.filter((shift) => shift.lastBefore < first);
  if (own.length > 0) {
    const last = maxOf(
      own.map((shift) => shift.lastBefore),
      0,
    );
    return { last, runs: own.filter((s) => s.lastBefore === last).map((s) => s.from), ofOthers: false };
  }
  const [head] = episode.runs;
  const workloads = new Set(episode.runs.map(workloadKey));
  const others = unlisted.filter(
    (run) =>
      !run.blurred &&
      run.last < first &&
      (episode.since === null || run.last > episode.since) &&
      workloads.has(workloadKey(run)) &&
      head !== undefined &&
      run.routing !== head.routing,
  );
  const last = maxOf(
    others.map((run) => run.last),
    Number.NEGATIVE_INFINITY,
  );
  return others.length === 0
    ? null
    : { last, runs: others.filter((run) => run.last === last), ofOthers: true };
}

function workloadKey({ source }: Run): string {
  return source.pod === null ? '' : `${source.namespace ?? ''} ${source.workload ?? source.pod}`;
}

/**
 * All its sources were seen in another routing before the run began; or, while another source had recovered, the run's own
 * one was in the old routing: `after` is its last connection there, or it was captured before and is again.
 */
function isOver(
  episode: CaptureEpisode,
  run: Run,
  after: number | null,
  outOf: readonly ShiftDraft[],
): boolean {
  const again = episode.runs.filter((r) => r.writer === run.writer && addressOf(r) === addressOf(run));
  const captured =
    again.length === 0
      ? null
      : maxOf(
          again.map((r) => r.last),
          0,
        );
  return outOf.some(({ firstAfter: time }) => {
    if (time <= episode.to || time > run.first) return false;
    return time > episode.last || (after !== null && time <= after) || (captured !== null && time > captured);
  });
}

function addressOf(run: Run): string {
  return run.local.key;
}

/** The proxy was seen in the old routing long after the others had changed: another cause. */
function isApart(episode: CaptureEpisode, after: number | null): boolean {
  return after !== null && after - episode.to > SPREAD_MS;
}

/** A proxy that has the old routing so long after the capture began elsewhere is not about to get it, ms. */
const SETTLE_MS = 60_000;

/** Clients that go on reaching unlisted destinations of the port as before, while others are captured. */
export function clientsUnchanged(episode: CaptureEpisode, unlisted: readonly Run[]): readonly Run[] {
  const writers = new Set(episode.runs.map((run) => run.writer));
  const [from, to] = [firstOf(episode) + SETTLE_MS, lastOf(episode)];
  const unchanged = unlisted.filter(
    (run) =>
      (run.state === 'passthrough' || run.state === 'blackhole') &&
      !writers.has(run.writer) &&
      run.last > from &&
      run.first < to,
  );
  return [...new Map(unchanged.map((run) => [run.writer, run])).values()];
}
