/** What the accuracy run says of pairs. */
import type { TruePairKind } from '../simulator/truth.ts';
import { type LabelledPair, share, sum, surePrecision, type ToldKind } from './pairs.ts';
import { bullets, caseName, groupBy, meanAndWorst, type NamedCase, shareText, table } from './table.ts';

const KINDS: readonly TruePairKind[] = [
  'full',
  'gateway',
  'http',
  'dnat',
  'snat',
  'tunnel',
  'sni',
  'ztunnel',
  'untold',
];
const TOLD: readonly ToldKind[] = ['full', 'http', 'dnat', 'snat', 'tunnel', 'sni'];
/** Pairs listed of one kind and one sort of mistake. */
const LISTED_MAX = 4;

/** One row a scenario: recall by true kind, mean over the cases and worst case. */
export function recallTable(cases: readonly NamedCase[]): string {
  const rows = groupBy(cases, ({ options }) => options.scenario).map(([scenario, group]) => [
    scenario,
    ...KINDS.map((kind) => meanAndWorst(recalls(group, kind))),
  ]);
  const all = KINDS.map((kind) => {
    const { all, right } = sum(cases.map(({ result }) => result.pairs.joinable[kind]));
    return `${right} / ${all}`;
  });
  return table(['scenario', ...KINDS], [...rows, ['found / joinable', ...all]]);
}

/** One row a scenario: precision by told kind, mean over the cases and worst case; and how hard it was. */
export function precisionTable(cases: readonly NamedCase[]): string {
  const rows = groupBy(cases, ({ options }) => options.scenario).map(([scenario, group]) => [
    scenario,
    ...TOLD.map((kind) => meanAndWorst(precisions(group, kind))),
    meanAndWorst(group.map(({ result }) => surePrecision(result.pairs))),
    meanAndWorst(group.map(({ result }) => result.keyOnly.precision)),
    meanAndWorst(group.map(({ result }) => result.keyOnly.recall)),
  ]);
  const all = TOLD.map((kind) => {
    const { all, right } = sum(
      cases.map(({ result }) => result.pairs.told.get(kind) ?? { all: 0, right: 0 }),
    );
    return `${right} / ${all}`;
  });
  const heads = ['scenario', ...TOLD, 'full and http', 'addresses alone: precision', 'recall'];
  return table(heads, [...rows, ['true / told', ...all, '', '', '']]);
}

/** One row a kind of call whose lines tell for sure what belongs together: recall over all cases, and in the worst. */
export function partTable(cases: readonly NamedCase[]): string {
  const parts = new Set(cases.flatMap(({ result }) => [...result.pairs.parts.keys()]));
  const rows = [...parts].sort().map((part) => {
    const counts = cases.flatMap(({ result }) => result.pairs.parts.get(part) ?? []);
    const { all, right } = sum(counts);
    return [
      part,
      String(all),
      String(right),
      shareText(share({ all, right })),
      shareText(Math.min(...counts.map(share))),
    ];
  });
  return table(['call', 'joinable', 'found', 'recall', 'worst case'], rows);
}

/** How many lines have no partner, and how many of them were told one. */
export function loneSentence(cases: readonly NamedCase[]): string {
  const { all, right } = sum(cases.map(({ result }) => result.pairs.lone));
  return `Of ${all} lines whose other end was lost, or writes none, ${all - right} were told a partner.`;
}

/** Some pairs of each sort that are not true or were not found, by what names their lines. */
export function pairList(cases: readonly NamedCase[]): string {
  const of = (what: 'wrong' | 'missed') =>
    cases.flatMap(({ options, result }) =>
      result.pairs[what].map((pair) => ({
        sort: `${what} (${pair.label})`,
        told: sentence(options, what, pair),
      })),
    );
  const sentences = groupBy([...of('wrong'), ...of('missed')], ({ sort }) => sort).flatMap(
    ([sort, group]) => {
      const left = group.length - LISTED_MAX;
      const more = left > 0 ? [`${sort}: ${left} more`] : [];
      return [...group.slice(0, LISTED_MAX).map(({ told }) => told), ...more];
    },
  );
  return bullets(sentences, 200);
}

function sentence(options: NamedCase['options'], what: string, pair: LabelledPair): string {
  return `${what} (${pair.label}): ${caseName(options)}: \`${pair.outbound}\` with \`${pair.inbound}\``;
}

function recalls(cases: readonly NamedCase[], kind: TruePairKind): number[] {
  return cases
    .map(({ result }) => result.pairs.joinable[kind])
    .flatMap((count) => (count.all === 0 ? [] : share(count)));
}

function precisions(cases: readonly NamedCase[], kind: ToldKind): number[] {
  return cases.flatMap(({ result }) => result.pairs.told.get(kind) ?? []).map(share);
}
