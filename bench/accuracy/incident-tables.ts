/** What the accuracy run says of changes and incidents. */
import type { ChangeScore, FoundIncident } from './incidents.ts';
import { share, sum } from './pairs.ts';
import { bullets, caseName, groupBy, meanAndWorst, type NamedCase, shareText, table } from './table.ts';

const LISTED_MAX = 40;

/** One row a scenario and change, over its cases. */
export function changeTable(cases: readonly NamedCase[]): string {
  const scores = cases.flatMap(({ options, result }) =>
    result.incidents.changes.map((score) => ({ scenario: options.scenario, score })),
  );
  const groups = groupBy(scores, ({ scenario, score }) => `${scenario} | ${score.change}`);
  const rows = groups.map(([name, group]) => [name, ...changeCells(group.map(({ score }) => score))]);
  const heads = [
    'change',
    'told',
    'once',
    'sources: precision',
    'recall',
    'onset right',
    'width',
    'ended right',
    'shifts dated right',
  ];
  return table(['scenario', ...heads], rows);
}

function changeCells(scores: readonly ChangeScore[]): string[] {
  const of = (holds: (score: ChangeScore) => boolean, all = scores): string =>
    `${all.filter(holds).length} / ${all.length}`;
  const ended = scores.filter((score) => score.endRight !== null);
  const widths = scores.flatMap((score) => score.onsetWidth ?? []).sort((a, b) => a - b);
  const median = widths[widths.length >> 1];
  const shifts = sum(scores.map((score) => score.shifts));
  return [
    of((score) => score.named > 0),
    of((score) => score.named === 1),
    meanAndWorst(scores.map((score) => score.sourcePrecision)),
    meanAndWorst(scores.map((score) => score.sourceRecall)),
    of((score) => score.onsetRight),
    median === undefined ? '-' : `${(median / 1_000).toFixed(1)} s`,
    ended.length === 0 ? '-' : of((score) => score.endRight === true, ended),
    shifts.all === 0 ? '-' : `${shareText(share(shifts))} of ${shifts.all}`,
  ];
}

/** The shifts of incidents whose proxy changed at another time, with the time at which it did. */
export function misdatedList(cases: readonly NamedCase[]): string {
  const sentences = cases.flatMap(({ options, result }) =>
    result.incidents.changes.flatMap(({ change, misdated }) =>
      misdated.map(
        ({ source, last_before, first_after }) =>
          `${caseName(options)}, ${change}: \`${source.pod ?? source.workload}\` between ${last_before} and ${first_after}`,
      ),
    ),
  );
  return bullets(sentences, LISTED_MAX);
}

/** One row a scenario: the other incidents of its cases, in all. */
export function otherTable(cases: readonly NamedCase[]): string {
  const rows = groupBy(cases, ({ options }) => options.scenario).map(([scenario, group]) => {
    const count = (list: 'echoes' | 'troubles' | 'remarks' | 'wrong'): string =>
      String(group.reduce((sum, { result }) => sum + result.incidents[list].length, 0));
    return [
      scenario,
      String(group.length),
      count('echoes'),
      count('troubles'),
      count('remarks'),
      count('wrong'),
    ];
  });
  return table(['scenario', 'cases', 'echoes', 'troubles', 'remarks', 'false'], rows);
}

/** One line for each incident whose cause another incident tells already. */
export function againList(cases: readonly NamedCase[]): string {
  const sentences = cases.flatMap(({ options, result }) => {
    const { changes, echoes } = result.incidents;
    const graver = echoes.filter(({ severity }) => severity !== 'info');
    const all = [...changes.flatMap(({ again }) => again), ...graver];
    return all.map((incident) => `${caseName(options)}: ${sentence(incident)}`);
  });
  return bullets(sentences, LISTED_MAX);
}

/** The diagnoses of other incidents, with how often they were told. */
export function otherList(cases: readonly NamedCase[]): string {
  const told = cases.flatMap(({ result }) =>
    (['echoes', 'troubles', 'remarks'] as const).flatMap((list) =>
      result.incidents[list].map((incident) => `${list}: \`${incident.diagnosis}\` (${incident.severity})`),
    ),
  );
  const counts = groupBy(told, (text) => text).map(([text, all]) => `${text}, ${all.length} times`);
  return bullets(counts.sort(), LISTED_MAX);
}

/** One line for each incident that has no cause in the simulation. */
export function wrongList(cases: readonly NamedCase[]): string {
  const sentences = cases.flatMap(({ options, result }) =>
    result.incidents.wrong.map((incident) => `${caseName(options)}: ${sentence(incident)}`),
  );
  return bullets(sentences, LISTED_MAX);
}

function sentence({ diagnosis, severity, title, onset }: FoundIncident): string {
  return `\`${diagnosis}\` (${severity}), ${title}, onset ${onset.after ?? '…'} to ${onset.before ?? '…'}`;
}
