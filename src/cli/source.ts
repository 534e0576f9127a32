/** Where `get` and `explain` get their answers: a database file, or the API of a server. The same questions to both. */
import type { Coverage, CoveragePod } from '../domain/coverage.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Judged } from '../domain/judged.ts';
import type { Explanation, PageRequest } from '../domain/queries.ts';
import type { Report } from '../domain/report.ts';
import type { ReportItem, WholeReport } from '../domain/report-items.ts';
import type { Page } from '../domain/resources.ts';
import type { Timeseries, TimeseriesTexts } from '../domain/timeseries.ts';
import type { Topology } from '../domain/topology.ts';
import type { ResourceName, ResourceTypes } from '../output/columns.ts';

/** Filters under the names of the API, each with its values. */
export type FilterTexts = Readonly<Record<string, readonly string[]>>;

/** A page; of anomalies with what they rest on. */
export interface SourcePage<T> extends Page<T> {
  readonly judged?: Judged;
}

export interface Source {
  /** Errors: `bad_parameter`, `bad_cursor`. */
  list<K extends ResourceName>(
    resource: K,
    filters: FilterTexts,
    page: PageRequest,
  ): Promise<SourcePage<ResourceTypes[K]>>;
  /** Everything that matches from `cursor` on, at most `limit` (null: all), without holding it. Errors: as `list`. */
  each<K extends ResourceName>(
    resource: K,
    filters: FilterTexts,
    listing: { readonly limit: number | null; readonly cursor: string | null },
  ): AsyncIterable<ResourceTypes[K]>;
  /** Errors: `not_found`. */
  get<K extends ResourceName>(resource: K, id: string): Promise<ResourceTypes[K]>;
  /** Of an incident. Errors: `not_found`. */
  evidence(id: string): Promise<Evidence>;
  /** With at most `limit` items in each list of it. Errors: `bad_parameter`. */
  coverage(filters: FilterTexts, limit: number): Promise<Coverage>;
  /** The pods of coverage, at most `limit` (null: all). Errors: as `coverage`. */
  coveragePods(filters: FilterTexts, limit: number | null): AsyncIterable<CoveragePod>;
  /** At most `limit` series. Errors: `bad_parameter`. */
  timeseries(filters: FilterTexts, texts: TimeseriesTexts, limit: number): Promise<Timeseries>;
  /** At most `limit` edges. Errors: `bad_parameter`. */
  topology(filters: FilterTexts, limit: number): Promise<Topology>;
  /** Newest first; `schedule`: null for all. Errors: `bad_cursor`. */
  keptReports(schedule: string | null, page: PageRequest): Promise<Page<ReportItem>>;
  /** Errors: `not_found`. */
  keptReport(id: string): Promise<WholeReport>;
  explain(address: string, filters: FilterTexts): Promise<Explanation>;
  /** Shape: filters with `compare_since` among them, as `parseReportRequest` reads them. Errors: `bad_parameter`. */
  report(texts: FilterTexts): Promise<Report>;
  close(): Promise<void>;
}
