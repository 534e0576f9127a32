/** Calls that only take another way: what one state gained, others lost. That is a change of routing, and told as one. */
import type { AnomalyDraft } from './anomaly.ts';
import { expect, type History, variationOf } from './baseline.ts';
import type { Callers } from './callers.ts';
import { callOf, groupCalls, type Series } from './series.ts';
import type { Window } from './trials.ts';

/** Part of the difference that must be left of the call as a whole. */
const LEFT_MIN = 0.5;

/** Leaves out more or fewer connections of one state where the call as a whole has them hardly more or fewer. */
export function withoutDetours(
  drafts: readonly AnomalyDraft[],
  series: readonly Series[],
  callers: Callers,
  window: Window,
): AnomalyDraft[] {
  const ways = groupCalls(series);
  return drafts.filter((draft) => {
    if (draft.metric !== 'connections') return true;
    const own = ways.get(callOf(draft)) ?? [];
    if (own.length < 2) return true;
    const left = differenceOf(own, draft, callers.of(draft.series).history, window);
    const difference = draft.value - draft.expected;
    return left === null || left / difference >= LEFT_MIN;
  });
}

/** How many more connections a call had in the hours of a draft than was expected, by whatever way. Null: not known. */
function differenceOf(
  ways: readonly Series[],
  { first, last }: AnomalyDraft,
  history: History,
  window: Window,
): number | null {
  const valueAt = (hour: number): number => ways.reduce((sum, way) => sum + way.connectionsAt(hour), 0);
  const variation = variationOf(valueAt, history, window.from);
  let difference = 0;
  for (let hour = first; hour <= last; hour++) {
    if (!history.isCollected(hour)) continue;
    const expected = expect(valueAt, hour, history, variation);
    if (expected === null) return null;
    difference += valueAt(hour) - expected.mean;
  }
  return difference;
}
