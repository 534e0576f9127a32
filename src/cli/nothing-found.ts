/** What an empty list rests on: nothing was found, but among how much? */
import type { Coverage } from '../domain/coverage.ts';
import { AppError } from '../domain/errors.ts';
import type { FilterName } from '../domain/filter.ts';
import { count, humanTime } from '../output/text.ts';
import type { FilterTexts, Source } from './source.ts';

/** The filters that say which logs and hours were looked at; the others say what was looked for. */
const WHERE: readonly FilterName[] = ['since', 'until', 'pod', 'namespace', 'workload', 'node'];

/** `no shifts found in 68 lines of 3 pods, 2020-09-14 … to …`. */
export async function nothingFound(resource: string, filters: FilterTexts, source: Source): Promise<string> {
  const where = Object.fromEntries(WHERE.flatMap((name) => (filters[name] ? [[name, filters[name]]] : [])));
  const base = `no ${resource} found`;
  try {
    return base + among(await source.coverage(where, 1), Object.keys(where).length > 0);
  } catch (error) {
    // The answer itself is there: a server that cannot say what it rests on does not make it wrong.
    if (error instanceof AppError) return base;
    throw error;
  }
}

function among(coverage: Coverage, isNarrowed: boolean): string {
  const { lines, pods_total, first_seen, last_seen, rejected } = coverage;
  const refused = rejected === 0 ? '' : `; ${count(rejected, 'line')} could not be read`;
  if (lines.total === 0 || first_seen === null || last_seen === null) {
    return `: there are no lines${isNarrowed ? ' of such pods and times' : ''}${refused}`;
  }
  const window = `${humanTime(first_seen)} to ${humanTime(last_seen)}`;
  return ` in ${count(lines.total, 'line')} of ${count(pods_total, 'pod')}, ${window}${refused}`;
}
