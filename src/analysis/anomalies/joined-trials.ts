/** Trials that hold, joined hour to hour. */
import { getOrMake } from '../get-or-make.ts';
import { idOf } from '../hash.ts';
import { type AnomalyDraft, beginOf, legsIn } from './anomaly.ts';
import { EVENTS_MIN, type Part, type Trial } from './trial.ts';

/** Hours of one series this near each other are one anomaly. */
const GAP_HOURS = 2;
/** An hour by itself counts from this factor on. */
const CLEAR_FACTOR = 1.5;

/** Joins the trials of one series, metric and flag that follow each other. */
export function joinTrials(trials: readonly Trial[]): AnomalyDraft[] {
  const groups = new Map<string, Trial[]>();
  for (const trial of trials) {
    const { series, metric, flag } = trial.question;
    const key = JSON.stringify([series.key, metric, flag, trial.side]);
    getOrMake(groups, key, () => []).push(trial);
  }
  return [...groups.values()].flatMap((group) =>
    splitByGap(group)
      .map((parts) => toDraft(parts, group))
      .filter(isLarge),
  );
}

/** What is left of some hours together may be nothing by itself. */
function isLarge({ metric, value, expected }: AnomalyDraft): boolean {
  const isCount = metric === 'connections' || metric === 'failures';
  return !isCount || Math.abs(value - expected) >= EVENTS_MIN;
}

/** The hours that are on the side of their trials, those near each other together. */
function splitByGap(trials: readonly Trial[]): Part[][] {
  const byHour = new Map<number, Part>();
  for (const { parts, side } of trials) {
    for (const part of parts) if (part.side === side && isClear(part)) byHour.set(part.hour, part);
  }
  const groups: Part[][] = [];
  for (const part of [...byHour.values()].sort((a, b) => a.hour - b.hour)) {
    const group = groups[groups.length - 1];
    const before = group?.[group.length - 1];
    if (group !== undefined && before !== undefined && part.hour - before.hour <= GAP_HOURS) group.push(part);
    else groups.push([part]);
  }
  return groups;
}

/** An hour that is only a little more or less than usual does not tell when it began or ended. */
function isClear({ value, expected, side }: Part): boolean {
  return side === 'rise' ? value > CLEAR_FACTOR * expected : value * CLEAR_FACTOR < expected;
}

function toDraft(parts: readonly Part[], trials: readonly Trial[]): AnomalyDraft {
  const [head] = parts;
  const within = trials.filter((trial) =>
    trial.parts.some(({ hour }) => parts.some((part) => part.hour === hour)),
  );
  const worst = within.reduce((a, b) => (b.score > a.score ? b : a));
  if (head === undefined) throw new Error('BUG: an anomaly without hours');
  const { series, metric, flag } = worst.question;
  const { side } = worst;
  const isCount = metric === 'connections' || metric === 'failures';
  const legs = side === 'drop' ? [] : parts.flatMap(({ hour }) => legsIn(series, hour, flag));
  return {
    id: idOf('anomaly', metric, side, series.key, flag, head.hour),
    metric,
    side,
    labels: series.labels,
    flag,
    basis: worst.question.history.basis,
    first: head.hour,
    last: parts[parts.length - 1]?.hour ?? head.hour,
    since: beginOf(legs, head.hour),
    value: isCount ? parts.reduce((sum, { value }) => sum + value, 0) : worst.value,
    expected: isCount ? parts.reduce((sum, { expected }) => sum + expected, 0) : worst.expected,
    usual: worst.usual,
    score: worst.score,
    legs,
    series,
  };
}
