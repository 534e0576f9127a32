import { findRoute } from '../analysis/find-route.ts';
import { cutCoverage } from '../domain/coverage.ts';
import { AppError, quoted } from '../domain/errors.ts';
import { parseAsked } from '../domain/filter.ts';
import { parseFilterOf } from '../domain/filter-scope.ts';
import type { Analysis, PageRequest } from '../domain/queries.ts';
import { parseReportRequest } from '../domain/report-request.ts';
import { parseTimeseries } from '../domain/timeseries.ts';
import type { ResourceName, ResourceTypes } from '../output/columns.ts';
import { getReport, type KeptReports, listReports } from '../reports/list.ts';
import type { FilterTexts, Source, SourcePage } from './source.ts';

/** Items asked for at once where all are wanted. */
const PAGE_ITEMS = 1_000;

/**
 * Answers from the analysis of an open database.
 * The types of both sides agree by name, which the compiler cannot follow through a computed key: hence the casts.
 */
export function localSource(
  { analysis, kept }: { readonly analysis: Analysis; readonly kept: KeptReports },
  close: () => Promise<void>,
  now: () => number,
): Source {
  const list = async <K extends ResourceName>(resource: K, filters: FilterTexts, page: PageRequest) =>
    (await analysis[resource](parseFilterOf(resource, filters, now()), page)) as SourcePage<ResourceTypes[K]>;
  return {
    list,
    async *each<K extends ResourceName>(
      resource: K,
      filters: FilterTexts,
      { limit, cursor }: { readonly limit: number | null; readonly cursor: string | null },
    ) {
      let left = limit ?? Number.POSITIVE_INFINITY;
      for (let at = cursor; left > 0; ) {
        const page = await list(resource, filters, { limit: Math.min(left, PAGE_ITEMS), cursor: at });
        yield* page.items;
        left -= page.items.length;
        at = page.next_cursor;
        if (at === null) return;
      }
    },
    async get<K extends ResourceName>(resource: K, id: string) {
      const found = await FINDERS[resource](analysis, id);
      if (found === null) throw notFound(resource, id);
      return found as ResourceTypes[K];
    },
    async evidence(id) {
      const found = await analysis.evidence(id);
      if (found === null) throw notFound('incidents', id);
      return found;
    },
    async coverage(filters, limit) {
      return cutCoverage(await analysis.coverage(parseFilterOf('coverage', filters, now())), limit);
    },
    async *coveragePods(filters, limit) {
      const { pods } = await analysis.coverage(parseFilterOf('coverage', filters, now()));
      yield* limit === null ? pods : pods.slice(0, limit);
    },
    async timeseries(filters, texts, limit) {
      const question = parseTimeseries(texts, limit);
      return analysis.timeseries(question, parseFilterOf('timeseries', filters, now()));
    },
    async topology(filters, limit) {
      return analysis.topology(parseFilterOf('topology', filters, now()), limit);
    },
    keptReports: (schedule, page) => listReports(kept, schedule, page),
    keptReport: (id) => getReport(kept, id),
    async explain(address, filters) {
      return analysis.explain(parseAsked(address), parseFilterOf('explanations', filters, now()));
    },
    async report(texts) {
      return analysis.report(parseReportRequest(texts, now()));
    },
    close,
  };
}

const FINDERS: {
  readonly [K in ResourceName]: (analysis: Analysis, id: string) => Promise<ResourceTypes[K] | null>;
} = {
  connections: (analysis, id) => analysis.connection(id),
  pairs: (analysis, id) => analysis.pair(id),
  routes: findRoute,
  shifts: (analysis, id) => analysis.shift(id),
  incidents: (analysis, id) => analysis.incident(id),
  anomalies: (analysis, id) => analysis.anomaly(id),
};

function notFound(resource: string, id: string): AppError {
  return new AppError('not_found', `cannot find ${quoted(id)} among ${resource}: there is none`);
}
