/** What the product must reach on simulated meshes. */
import { type Count, GOAL_KINDS, SURE_KINDS, share, sum, type ToldKind } from './pairs.ts';
import { caseName, groupBy, type NamedCase } from './table.ts';

/** Of pairs whose lines tell for sure: precision and recall over the cases of one scenario. */
export const SURE_GOAL = 0.9995;
/** Precision of each kind of pair told from half of what names a connection, over all cases. */
export const HALF_GOAL = 0.95;
/** Precision and recall of the pods that a change is told of, over its cases. */
export const SOURCES_GOAL = 0.99;

/** The goals that were missed, as sentences. */
export function missedGoals(cases: readonly NamedCase[]): string[] {
  return [
    ...groupBy(cases, ({ options }) => options.scenario).flatMap(([scenario, group]) =>
      surePairs(scenario, group),
    ),
    ...halfKeys(cases),
    ...cases.flatMap(changesOf),
    ...groupBy(cases, ({ options }) => options.scenario).flatMap(([scenario, group]) =>
      sources(scenario, group),
    ),
  ];
}

function surePairs(scenario: string, cases: readonly NamedCase[]): string[] {
  const scores = cases.map(({ result }) => result.pairs);
  const told = scores.flatMap(({ told }) =>
    [...told].flatMap(([kind, count]) => (SURE_KINDS.has(kind) ? count : [])),
  );
  const joinable = scores.flatMap(({ joinable }) => [...GOAL_KINDS].map((kind) => joinable[kind]));
  return [
    ...below(`${scenario}: precision of pairs by full key and by request`, told, SURE_GOAL),
    ...below(`${scenario}: recall of pairs by full key and by request`, joinable, SURE_GOAL),
  ];
}

function halfKeys(cases: readonly NamedCase[]): string[] {
  const kinds = new Set(cases.flatMap(({ result }) => [...result.pairs.told.keys()]));
  const half = [...kinds].filter((kind: ToldKind) => !SURE_KINDS.has(kind));
  return half.flatMap((kind) => {
    const counts = cases.flatMap(({ result }) => result.pairs.told.get(kind) ?? []);
    return below(`precision of pairs of kind ${kind}`, counts, HALF_GOAL);
  });
}

function changesOf({ options, result }: NamedCase): string[] {
  const { changes, wrong } = result.incidents;
  const problems = [
    wrong.length > 0 ? `${wrong.length} false incidents` : null,
    ...changes.map(({ change, named }) => (named === 0 ? `${change} was missed` : null)),
    ...changes.map(({ change, named, onsetRight }) =>
      named > 0 && !onsetRight ? `the onset of ${change} is wrong` : null,
    ),
    ...changes.map(({ change, named, endRight }) =>
      named > 0 && endRight === false ? `the end of ${change} is wrong` : null,
    ),
  ];
  return problems.flatMap((problem) => (problem === null ? [] : `${caseName(options)}: ${problem}`));
}

function sources(scenario: string, cases: readonly NamedCase[]): string[] {
  const scores = cases.flatMap(({ result }) => result.incidents.changes);
  return groupBy(scores, ({ change }) => change).flatMap(([change, group]) =>
    (['sourcePrecision', 'sourceRecall'] as const).flatMap((what) => {
      const mean = group.reduce((total, score) => total + score[what], 0) / group.length;
      const name = what === 'sourcePrecision' ? 'precision' : 'recall';
      return mean < SOURCES_GOAL ? `${scenario}, ${change}: ${name} of sources is ${mean.toFixed(5)}` : [];
    }),
  );
}

function below(what: string, counts: readonly Count[], goal: number): string[] {
  const { all, right } = sum(counts);
  const reached = share({ all, right });
  return reached < goal ? [`${what} is ${reached.toFixed(5)}, ${right} of ${all}`] : [];
}
