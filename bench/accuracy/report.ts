/** Tables of the accuracy run, in Markdown. */
import type { SimulationOptions } from '../simulator/options.ts';
import type { TruePairKind } from '../simulator/truth.ts';
import type { FoundIncident } from './incidents.ts';
import type { NamedPair } from './pairs.ts';
import type { CaseResult } from './run-case.ts';

const LISTED_MAX = 5;

export interface NamedCase {
  readonly options: Pick<SimulationOptions, 'scenario' | 'format' | 'seed' | 'lines' | 'ephemeralPorts'>;
  readonly result: CaseResult;
}

export function pairTable(cases: readonly NamedCase[]): string {
  const rows = cases.map(({ options, result }) => {
    const { pairs, truth } = result;
    const kinds = (['full', 'dnat', 'gateway', 'http'] as const).map((kind) => kindCell(pairs.kinds, kind));
    return [
      caseName(options),
      String(truth.lines),
      ...kinds,
      String(pairs.wrong.length),
      share(pairs.precision),
      share(pairs.recall),
      String(result.reused),
      `${share(result.keyOnly.precision)} / ${share(result.keyOnly.recall)}`,
    ];
  });
  const heads = [
    'case',
    'lines',
    'full',
    'dnat',
    'gateway',
    'http',
    'wrong',
    'precision',
    'recall (full)',
    'reused',
    'by addresses alone',
  ];
  return table(heads, rows);
}

/** The first pairs of each case that are not true or were not found, by what names their lines. */
export function pairList(cases: readonly NamedCase[]): string {
  const lines = cases.flatMap(({ options, result }) => {
    const { wrong, missed } = result.pairs;
    const told = (label: string) => (pair: NamedPair) =>
      `- ${caseName(options)}, ${label}: \`${pair.outbound}\` with \`${pair.inbound}\``;
    return [
      ...wrong.slice(0, LISTED_MAX).map(told('wrong')),
      ...missed.slice(0, LISTED_MAX).map(told('missed')),
    ];
  });
  return lines.length === 0 ? 'None.' : lines.join('\n');
}

export function changeTable(cases: readonly NamedCase[]): string {
  const rows = cases.flatMap(({ options, result }) =>
    result.incidents.changes.map((change) => [
      caseName(options),
      change.change,
      String(change.named),
      share(change.sourcePrecision),
      share(change.sourceRecall),
      change.onsetRight ? 'yes' : '**no**',
      change.onsetWidth === null ? '-' : `${(change.onsetWidth / 1_000).toFixed(1)} s`,
      change.endRight === null ? '-' : change.endRight ? 'yes' : '**no**',
    ]),
  );
  return table(
    [
      'case',
      'change',
      'told',
      'sources precision',
      'sources recall',
      'onset right',
      'onset width',
      'end right',
    ],
    rows,
  );
}

export function otherTable(cases: readonly NamedCase[]): string {
  const rows = cases.map(({ options, result }) => {
    const { echoes, troubles, remarks, wrong } = result.incidents;
    return [caseName(options), ...[echoes, troubles, remarks, wrong].map((list) => String(list.length))];
  });
  return table(['case', 'echoes', 'troubles', 'remarks', 'false'], rows);
}

/** One line for each incident that has no cause in the simulation. */
export function wrongList(cases: readonly NamedCase[]): string {
  const lines = cases.flatMap(({ options, result }) =>
    result.incidents.wrong.map((incident) => `- ${caseName(options)}: ${sentence(incident)}`),
  );
  return lines.length === 0 ? 'None.' : lines.join('\n');
}

function sentence(incident: FoundIncident): string {
  return `${incident.diagnosis} (${incident.severity}), ${incident.title}, onset ${incident.onset.after ?? '…'} to ${incident.onset.before ?? '…'}`;
}

export function caseName(options: NamedCase['options']): string {
  return `${options.scenario}, ${options.format}, seed ${options.seed}`;
}

function kindCell(kinds: CaseResult['pairs']['kinds'], kind: TruePairKind): string {
  const { joinable, found } = kinds[kind];
  return `${found} / ${joinable}`;
}

function share(value: number): string {
  return value === 1 ? '1' : value.toFixed(5);
}

export function table(heads: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
