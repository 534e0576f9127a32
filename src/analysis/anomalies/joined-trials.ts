/** Trials that hold, joined hour to hour. */
import { getOrMake } from '../get-or-make.ts';
import { idOf } from '../hash.ts';
import { type AnomalyDraft, beginOf, legsIn } from './anomaly.ts';
import { findStretches, splitByGap } from './stretch.ts';
import { EVENTS_MIN, isCount, type Part, type Trial, usualTogether } from './trial.ts';

/** Joins the trials of one series, metric and flag that follow each other. */
export function joinTrials(trials: readonly Trial[]): AnomalyDraft[] {
  const groups = new Map<string, Trial[]>();
  for (const trial of trials) {
    const { series, metric, flag } = trial.question;
    const key = JSON.stringify([series.key, metric, flag, trial.side]);
    getOrMake(groups, key, () => []).push(trial);
  }
  return [...groups.values()].flatMap((group) => {
    const isCounted = group.some(({ question }) => isCount(question));
    const stretches = isCounted ? findStretches(group) : splitByGap(hoursOf(group));
    return stretches.map((parts) => toDraft(parts, group)).filter(isLarge);
  });
}

/** Sizes are tried hour by hour. */
function hoursOf(trials: readonly Trial[]): Part[] {
  return trials.flatMap(({ parts }) => parts).sort((a, b) => a.hour - b.hour);
}

/** What is left of some hours together may be nothing by itself. */
function isLarge(draft: AnomalyDraft): boolean {
  return !isCount(draft) || Math.abs(draft.value - draft.expected) >= EVENTS_MIN;
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
    value: isCount(worst.question) ? parts.reduce((sum, { value }) => sum + value, 0) : worst.value,
    expected: isCount(worst.question)
      ? parts.reduce((sum, { expected }) => sum + expected, 0)
      : worst.expected,
    usual: isCount(worst.question) ? usualTogether(parts) : worst.usual,
    score: worst.score,
    legs,
    series,
  };
}
