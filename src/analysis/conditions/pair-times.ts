/** What the times of both ends of connections show: clocks that disagree, and connections that are half open. */
import { HOUR_MS } from '../../domain/time.ts';
import { always } from './catalogue.ts';
import { findSkews } from './clock-skew.ts';
import type { Condition, ConditionPlan } from './condition.ts';
import { findHalfOpen } from './half-open.ts';
import { type EndTimes, endTimesOf, type LegsOf, listEdges, SKEW_MS } from './pair-edges.ts';

/** The newest pairs of each hour, which are looked at; of those that agree, and of the others, so many are kept. */
const PAIRS_MAX = 500;
const KEPT_MAX = 100;

/** What was seen of one hour. */
interface Sample {
  readonly hour: number;
  readonly pairs: readonly EndTimes[];
}

const pairTimes: Condition<Sample> = {
  name: 'pair-times',
  scopesOf: ({ flow }) => (flow.paired > 0 && !flow.shape.http ? [String(flow.hour)] : []),
  find: async ({ name }, { reader }) => {
    const hour = Number(name);
    const pairs = await reader.pairs({
      since: hour * HOUR_MS,
      until: (hour + 1) * HOUR_MS,
      shapes: null,
      order: 'newest',
      after: null,
      limit: PAIRS_MAX,
    });
    const times = pairs
      .filter(({ kind, outbound }) => kind === 'full' && outbound.entry.method === null)
      .map(endTimesOf)
      .filter((one) => one !== null);
    const isAgreed = ({ ends }: EndTimes): boolean => Math.abs(ends) <= SKEW_MS;
    const kept = [
      ...times.filter(isAgreed).slice(0, KEPT_MAX),
      ...times.filter((one) => !isAgreed(one)).slice(0, KEPT_MAX),
    ];
    return kept.length === 0 ? [] : [{ hour, pairs: kept }];
  },
};

/** With it, what all hours together show; `legsOf` finds the legs of a shape. */
export function pairTimesPlan(legsOf: LegsOf): ConditionPlan<Sample> {
  return {
    condition: pairTimes,
    mayShow: always,
    isOpen: () => false,
    tell: (found) => {
      const hours = [...found].sort((a, b) => b.hour - a.hour);
      const edges = listEdges(hours.flatMap(({ pairs }) => pairs));
      return [...findSkews(edges, legsOf), ...findHalfOpen(edges, legsOf)];
    },
  };
}
