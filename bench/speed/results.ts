/** Medians of what was measured. */
import { median } from '../measure/machine.ts';
import type { Contender, Run } from './contenders.ts';

export interface Result {
  readonly id: Contender['id'];
  readonly name: string;
  readonly work: string;
  /** Lines of the file. */
  readonly lines: number;
  readonly runs: readonly Run[];
}

/** Seconds; MB; null where nothing is known. */
export interface Medians {
  readonly wall: number;
  readonly cpu: number;
  readonly rss: number | null;
  readonly bytes: number | null;
}

export function mediansOf({ runs }: Pick<Result, 'runs'>): Medians {
  const of = (key: 'rss' | 'bytes'): number | null => {
    const values = runs.flatMap((run) => run[key] ?? []);
    return values.length === 0 ? null : median(values);
  };
  return {
    wall: median(runs.map((run) => run.wall)),
    cpu: median(runs.map((run) => run.cpu)),
    rss: of('rss'),
    bytes: of('bytes'),
  };
}

/** Null when it was not measured on a file of so many lines. */
export function find(results: readonly Result[], id: string, lines: number): Medians | null {
  const result = results.find((one) => one.id === id && one.lines === lines);
  return result === undefined ? null : mediansOf(result);
}
