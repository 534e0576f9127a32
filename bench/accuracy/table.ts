/** Markdown tables, and how figures stand in them. */
import type { SimulationOptions } from '../simulator/options.ts';
import type { CaseResult } from './run-case.ts';

export interface NamedCase {
  readonly options: Pick<SimulationOptions, 'scenario' | 'format' | 'seed' | 'lines'>;
  readonly result: CaseResult;
}

export function caseName(options: NamedCase['options']): string {
  return `${options.scenario}, ${options.format}, seed ${options.seed}`;
}

export function table(heads: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A share with five digits; all and nothing are short. */
export function shareText(share: number): string {
  return share === 1 || share === 0 ? String(share) : share.toFixed(5);
}

/** Mean and worst of shares of several cases, `-` where there is none; one figure when they are the same. */
export function meanAndWorst(shares: readonly number[]): string {
  if (shares.length === 0) return '-';
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const worst = Math.min(...shares);
  return worst === mean ? shareText(mean) : `${shareText(mean)} (${shareText(worst)})`;
}

/** Items in groups by a key, in the order in which the keys come first. */
export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Array<[key: K, items: T[]]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups];
}

/** A list, or a word that there is nothing to list. */
export function bullets(sentences: readonly string[], most: number): string {
  if (sentences.length === 0) return 'None.';
  const shown = sentences.slice(0, most).map((sentence) => `- ${sentence}`);
  return [...shown, ...(sentences.length > most ? [`- and ${sentences.length - most} more`] : [])].join('\n');
}
