/** What is blocked together: by one Sidecar or missing registration, or by the policy of the whole mesh. */
import { maxOf, minOf } from './extremes.ts';
import { SPREAD_MS } from './findings.ts';
import { compareText } from './legs.ts';
import type { Run } from './routes.ts';
import { indexShifts, type ShiftIndex, shiftsOf } from './shift-index.ts';
import type { ShiftDraft } from './shifts.ts';

/** Client workloads and ports that must change together before the policy of the mesh is to blame. */
const POLICY_WORKLOADS_MIN = 2;
const POLICY_PORTS_MIN = 2;
/** A proxy that still has the old routing so long after the others is not part of their change, ms. */
const STRAGGLER_MS = 60_000;

/** Runs that are blocked for one reason. `key` names them and stays the same while further runs join. */
export interface BlockedEpisode {
  readonly key: string;
  readonly runs: readonly Run[];
  readonly into: readonly ShiftDraft[];
}

/**
 * True when clients of several workloads changed on several ports, and no more proxies went on as before: one workload alone
 * is rather hidden from its destinations by a Sidecar. `others` are all runs in the routing that was left.
 */
export function isMeshWide(group: readonly ShiftDraft[], others: readonly Run[]): boolean {
  const heads = group.map((shift) => shift.to[0]);
  const workloads = new Set(heads.map(workloadKey));
  const ports = new Set(heads.map((run) => run.local.port));
  if (workloads.size < POLICY_WORKLOADS_MIN || ports.size < POLICY_PORTS_MIN) return false;
  return clientsUnchanged(group, others).length <= new Set(heads.map((run) => run.writer)).size;
}

/** Proxies that had the old routing before the change and went on with it when the last of the group had changed. */
export function clientsUnchanged(group: readonly ShiftDraft[], others: readonly Run[]): string[] {
  const changed = new Set(group.map((shift) => shift.to[0].writer));
  const settled =
    maxOf(
      group.map((shift) => shift.firstAfter),
      0,
    ) + STRAGGLER_MS;
  const over = maxOf(
    group.flatMap((shift) => shift.to.map((run) => run.last)),
    0,
  );
  const unchanged = others.filter(
    (run) => !changed.has(run.writer) && run.last > settled && run.first < Math.max(over, settled),
  );
  return [...new Set(unchanged.map((run) => run.writer))].sort(compareText);
}

/**
 * By client workload, since one Sidecar hides all that it blocks, split where the blocked were seen let through; and
 * workloads together that began within minutes of each other on a common port.
 */
export function blockedEpisodes(holes: readonly Run[], shifts: readonly ShiftDraft[]): BlockedEpisode[] {
  const groups = new Map<string, Run[]>();
  for (const run of [...holes].sort((a, b) => a.first - b.first || compareText(a.id, b.id))) {
    const list = groups.get(workloadKey(run));
    if (list === undefined) groups.set(workloadKey(run), [run]);
    else list.push(run);
  }
  const into = indexShifts(shifts, (shift) => shift.to);
  const outOf = indexShifts(shifts, (shift) => [shift.from]);
  const episodes = [...groups]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([key, members]) =>
      splitWhereOver(members, outOf).map((runs, place) => {
        return { key: `${key} ${place}`, runs, into: shiftsOf(runs, into) };
      }),
    );
  return joinAlike(episodes);
}

/** Workload of a run's client; pods that the lines do not name are told apart by their address. */
export function workloadKey({ source, writer }: Run): string {
  return `${source.namespace ?? ''} ${source.workload ?? writer}`;
}

function splitWhereOver(members: readonly Run[], outOf: ShiftIndex): Run[][] {
  const episodes: Run[][] = [];
  let current: Run[] = [];
  let reach = Number.NEGATIVE_INFINITY;
  /** When runs of the episode were seen let through, as far as none of it is blocked after that. */
  let ends: number[] = [];
  for (const run of members) {
    if (ends.some((time) => time <= run.first)) {
      episodes.push(current);
      current = [];
      ends = [];
      reach = Number.NEGATIVE_INFINITY;
    }
    current.push(run);
    reach = Math.max(reach, run.last);
    ends.push(...(outOf.get(run.id) ?? []).map((shift) => shift.firstAfter));
    ends = ends.filter((time) => time > reach);
  }
  if (current.length > 0) episodes.push(current);
  return episodes;
}

/** Only changes are joined: what was blocked from the first line on need not have one cause. */
function joinAlike(episodes: readonly BlockedEpisode[]): BlockedEpisode[] {
  const joined: BlockedEpisode[] = [];
  for (const episode of episodes) {
    const others = joined.filter((other) => isAlike(other, episode));
    const rest = joined.filter((other) => !others.includes(other));
    const members = [...others, episode].sort((a, b) => compareText(a.key, b.key));
    joined.length = 0;
    joined.push(...rest, {
      key: members[0]?.key ?? episode.key,
      runs: members.flatMap((member) => member.runs),
      into: members.flatMap((member) => member.into),
    });
  }
  return joined;
}

function isAlike(a: BlockedEpisode, b: BlockedEpisode): boolean {
  if (a.into.length === 0 || b.into.length === 0) return false;
  const [x, y] = [onsetOf(a), onsetOf(b)];
  if (x.from - y.to > SPREAD_MS || y.from - x.to > SPREAD_MS) return false;
  const ports = new Set(a.runs.map((run) => run.local.port));
  return b.runs.some((run) => ports.has(run.local.port));
}

/** Where the onsets lie: the proxies changed one after the other. */
function onsetOf({ into }: BlockedEpisode): { readonly from: number; readonly to: number } {
  return {
    from: minOf(
      into.map((shift) => shift.lastBefore),
      0,
    ),
    to: maxOf(
      into.map((shift) => shift.firstAfter),
      0,
    ),
  };
}

/** Address of a run's destination as text. */
export function addressOf(run: Run): string {
  return run.local.key;
}
