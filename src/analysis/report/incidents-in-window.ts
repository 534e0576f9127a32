/** The incidents of a window, by what became of them in it. */
import type { Filter } from '../../domain/filter.ts';
import type { Finding } from '../findings.ts';
import { matchesFinding } from '../matching.ts';
import type { Model } from '../model.ts';

/** Each in the order of the list of incidents: the worst first. */
export interface WindowFindings {
  readonly opened: readonly Finding[];
  readonly ongoing: readonly Finding[];
  readonly closed: readonly Finding[];
}

/** Those with connections in the window. What ended after it goes on, as of its end. */
export function sortFindings(
  { since, until }: { readonly since: number; readonly until: number },
  asked: Filter,
  model: Model,
): WindowFindings {
  const filter: Filter = { ...asked, since, until };
  const all = model.findings.filter((finding) => matchesFinding(filter, finding, model));
  const isClosed = ({ ended }: Finding): boolean => ended !== null && ended.before < until;
  const open = all.filter((finding) => !isClosed(finding));
  return {
    opened: open.filter(({ onset }) => onset.before >= since),
    ongoing: open.filter(({ onset }) => onset.before < since),
    closed: all.filter((finding) => isClosed(finding)),
  };
}
