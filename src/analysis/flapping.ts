/** Routing that goes to and fro on one source: told as one change and not as many. */
import type { State } from '../domain/resources.ts';
import { isSameRouting, type Run } from './routes.ts';

/** Three changes within this time, to and fro, are flapping; ms. */
const FLAPPING_MS = 30 * 60_000;

/** A change of routing between runs of one key; `flaps` counts the changes that it stands for. */
export interface Change {
  readonly from: Run;
  /** The runs in the new routing, in order: several when the routing flapped. */
  readonly to: readonly [Run, ...Run[]];
  readonly flaps: number;
}

/** The changes along the runs of one key, which are in order and each unlike the one before. */
export function listChanges(runs: readonly Run[]): Change[] {
  const changes: Change[] = [];
  let i = 1;
  while (i < runs.length) {
    const end = flappingEnd(runs, i);
    if (end === null) {
      const [from, to] = [runs[i - 1], runs[i]];
      if (from !== undefined && to !== undefined) changes.push({ from, to: [to], flaps: 1 });
      i++;
    } else {
      changes.push(...settle(runs.slice(i - 1, end + 1)));
      i = end + 1;
    }
  }
  return changes;
}

/** Index of the last run of the flapping that starts with the change into run `start`, or null. */
function flappingEnd(runs: readonly Run[], start: number): number | null {
  let end: number | null = null;
  for (let i = start; i + 2 < runs.length; i++) {
    const [a, b, c, d] = [runs[i - 1], runs[i], runs[i + 1], runs[i + 2]];
    if (a === undefined || b === undefined || c === undefined || d === undefined) break;
    if (!isSameRouting(a, c) || !isSameRouting(b, d) || d.first - b.first > FLAPPING_MS) break;
    end = i + 2;
  }
  return end;
}

/** Into the worst routing once, and out of it once if it does not last. Shares between services are no change. */
function settle(runs: readonly Run[]): Change[] {
  const [first, second] = runs;
  if (first === undefined || second === undefined) return [];
  if (runs.every((run) => run.state === 'service' || run.state === 'direct')) return [];
  const worst = badness(first.state) > badness(second.state) ? first : second;
  const inside = runs.filter((run) => isSameRouting(run, worst));
  const last = runs[runs.length - 1];
  const [head, ...rest] = inside;
  const changes: Change[] = [];
  if (worst === second && head !== undefined) {
    changes.push({ from: first, to: [head, ...rest], flaps: runs.length - 1 });
  }
  const lastInside = inside[inside.length - 1];
  if (last !== undefined && lastInside !== undefined && !isSameRouting(last, worst)) {
    changes.push({ from: lastInside, to: [last], flaps: worst === second ? 1 : runs.length - 1 });
  }
  return changes;
}

function badness(state: State): number {
  return ['captured', 'captured_nominal', 'blackhole', 'no_filter_chain', 'passthrough'].indexOf(state) < 0
    ? 0
    : 5 - ['captured', 'captured_nominal', 'blackhole', 'no_filter_chain', 'passthrough'].indexOf(state);
}
