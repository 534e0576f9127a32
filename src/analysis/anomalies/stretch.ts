/** From which hour to which an unusual count lasted: the hours that are likelier at its level than at what is usual. */
import { isUnusual, type Part, type Trial } from './trial.ts';

/** Hours of one series this near each other may be one anomaly. */
const GAP_HOURS = 2;

/**
 * The stretches of the trials of one question that hold, in order. The hours around a trial belong to it where they are nearer to
 * its level than to the usual one, whether or not they hold by themselves; those that are a little more or less than usual do not.
 * Source: the cumulative sum of Page (1954), of counts and looked at afterwards: the stretch with the largest sum.
 */
export function findStretches(trials: readonly Trial[]): Part[][] {
  const [first] = trials;
  return first === undefined ? [] : splitByGap(first.tried).flatMap((run) => cutOut(run, trials));
}

type Bounds = readonly [from: number, to: number];

/** Hours near each other together. */
export function splitByGap(parts: readonly Part[]): Part[][] {
  const runs: Part[][] = [];
  for (const part of parts) {
    const run = runs[runs.length - 1];
    const before = run?.[run.length - 1];
    if (run !== undefined && before !== undefined && part.hour - before.hour <= GAP_HOURS) run.push(part);
    else runs.push([part]);
  }
  return runs;
}

/** The stretch around the worst trial of a run, then those before and after it in which other trials lie. */
function cutOut(run: readonly Part[], trials: readonly Trial[]): Part[][] {
  const hours = new Set(run.map(({ hour }) => hour));
  const own = trials.filter(({ parts }) => parts.every(({ hour }) => hours.has(hour)));
  const [worst] = own.toSorted((a, b) => b.score - a.score);
  if (worst === undefined) return [];
  const weights = run.map(weigherOf(worst));
  const start = run.findIndex(({ hour }) => hour === worst.parts[0]?.hour);
  const [begins, ends] = likeliest(weights.slice(start, start + worst.parts.length));
  const core: Bounds = [start + begins, start + ends];
  const wide: Bounds = [
    core[0] - reach(weights.slice(0, core[0]).reverse()),
    core[1] + reach(weights.slice(core[1])),
  ];
  // Mild hours beside are left out where all of them together would not be told.
  const [from, to] = isUnusual(run.slice(...wide)) ? wide : core;
  return [...cutOut(run.slice(0, from), own), run.slice(from, to), ...cutOut(run.slice(to), own)];
}

/** How much likelier an hour is at the level of a trial than at the usual one. */
function weigherOf(trial: Trial): (part: Part) => number {
  const level = Math.max(trial.value, 0.5) / trial.expected;
  const [each, all] = [Math.log(level), level - 1];
  const usual = usualOf(trial);
  return (part) => part.value * each - usual(part) * all;
}

/** How many an hour usually has. Of failures: by how many connections there were, as hours without a failure tell of a rate, too. */
function usualOf({ question: { metric, series }, parts, expected }: Trial): (part: Part) => number {
  if (metric !== 'failures') return (part) => part.expected;
  const connections = parts.reduce((sum, { hour }) => sum + series.connectionsAt(hour), 0);
  return ({ hour }) => (expected / connections) * series.connectionsAt(hour);
}

/** Where the largest sum of neighbours begins, and ends before. */
function likeliest(weights: readonly number[]): Bounds {
  let [sum, begin, most, from, to] = [0, 0, 0, 0, 0];
  for (const [at, weight] of weights.entries()) {
    if (sum <= 0) [sum, begin] = [0, at];
    sum += weight;
    if (sum > most) [most, from, to] = [sum, begin, at + 1];
  }
  return [from, to];
}

/** How many of the first weights have the largest sum; 0 where none is above 0. */
function reach(weights: readonly number[]): number {
  let [sum, most, length] = [0, 0, 0];
  for (const [at, weight] of weights.entries()) {
    sum += weight;
    if (sum > most) [most, length] = [sum, at + 1];
  }
  return length;
}
