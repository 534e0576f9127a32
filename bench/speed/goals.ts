/** What ingest must reach, and what it reached. */
import { find, type Result } from './results.ts';

export interface Goal {
  readonly what: string;
  /** At least, or at most, so much. */
  readonly bound: 'least' | 'most';
  readonly aim: number;
  /** Null: what it takes was not measured. */
  readonly reached: number | null;
}

/** `sizes`: lines of the files, ascending. */
export function goals(results: readonly Result[], sizes: readonly number[]): Goal[] {
  const smallest = sizes[0] ?? 0;
  const largest = sizes.at(-1) ?? 0;
  const product = find(results, 'meshwake', largest);
  const parse = find(results, 'parse', largest);
  const faster = (peer: string): number | null => ratio(find(results, peer, largest)?.wall, product?.wall);
  const ofPlain = (variant: string): number | null =>
    ratio(find(results, 'meshwake', smallest)?.wall, find(results, variant, smallest)?.wall);
  const least = (what: string, aim: number, reached: number | null): Goal => ({
    what,
    bound: 'least',
    aim,
    reached,
  });
  const most = (what: string, aim: number, reached: number | null): Goal => ({
    what,
    bound: 'most',
    aim,
    reached,
  });
  return [
    least('parse only, million lines/s', 2, parse && largest / parse.wall / 1e6),
    least('times as fast as chDB, splitByChar', 1.5, faster('chdb-split')),
    least('times as fast as chDB, extractGroups', 2.5, faster('chdb-groups')),
    least('times as fast as DuckDB, CSV reader', 2.5, faster('duckdb-csv')),
    most('peak RSS, MB', 150, product?.rss ?? null),
    most('bytes a line on disk', 45, ratio(product?.bytes, largest)),
    least(
      'rate on the largest file to that on the smallest, start-up apart',
      0.9,
      steadiness(results, sizes),
    ),
    least('rate of mixed formats to that of one', 0.5, ofPlain('mixed')),
    least('rate of HTTP lines to that of TCP lines', 0.5, ofPlain('http')),
    least('rate of wrapped lines to that of plain ones', 0.5, ofPlain('json')),
  ];
}

export function isMet({ bound, aim, reached }: Goal): boolean | null {
  if (reached === null) return null;
  return bound === 'least' ? reached >= aim : reached <= aim;
}

function steadiness(results: readonly Result[], sizes: readonly number[]): number | null {
  const [smallest, largest] = [sizes[0] ?? 0, sizes.at(-1) ?? 0];
  if (smallest === largest) return null;
  const rate = (lines: number): number | null => {
    const all = find(results, 'meshwake', lines);
    const before = find(results, 'start-up', lines);
    return all === null || before === null ? null : lines / (all.wall - before.wall);
  };
  return ratio(rate(largest), rate(smallest));
}

function ratio(a: number | null | undefined, b: number | null | undefined): number | null {
  return a == null || b == null ? null : a / b;
}
