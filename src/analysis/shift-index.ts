/** Changes of routing, found by their runs. */
import type { Run } from './routes.ts';
import { compareShifts, type ShiftDraft } from './shifts.ts';

/** By the ids of runs; the changes of one run are in their order. */
export type ShiftIndex = ReadonlyMap<string, readonly ShiftDraft[]>;

/** Indexes changes by one side of them. */
export function indexShifts(
  shifts: readonly ShiftDraft[],
  sideOf: (shift: ShiftDraft) => readonly Run[],
): ShiftIndex {
  const index = new Map<string, ShiftDraft[]>();
  for (const shift of shifts) {
    for (const { id } of sideOf(shift)) {
      const list = index.get(id);
      if (list === undefined) index.set(id, [shift]);
      else if (list.at(-1) !== shift) list.push(shift);
    }
  }
  return index;
}

/** The changes of these runs, each once, in their order. */
export function shiftsOf(runs: readonly Run[], index: ShiftIndex): ShiftDraft[] {
  const found = new Set(runs.flatMap((run) => index.get(run.id) ?? []));
  return [...found].sort(compareShifts);
}
