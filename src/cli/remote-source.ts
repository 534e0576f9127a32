import type { Coverage, CoveragePod } from '../domain/coverage.ts';
import { AppError } from '../domain/errors.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Explanation } from '../domain/queries.ts';
import type { Report } from '../domain/report.ts';
import type { ReportItem, WholeReport } from '../domain/report-items.ts';
import type { Timeseries } from '../domain/timeseries.ts';
import type { Topology } from '../domain/topology.ts';
import type { ResourceName, ResourceTypes } from '../output/columns.ts';
import type { Client } from './remote.ts';
import type { FilterTexts, Source, SourcePage } from './source.ts';

const API = 'api/v1';

/** Puts the questions to a server. What its items hold is the server's word: it is the same program. */
export function remoteSource(client: Client): Source {
  return {
    async list<K extends ResourceName>(
      resource: K,
      filters: FilterTexts,
      page: { limit: number; cursor: string | null },
    ) {
      const query = queryOf(filters);
      query.set('limit', String(page.limit));
      if (page.cursor !== null) query.set('cursor', page.cursor);
      return readPage<ResourceTypes[K]>(await client.getJson(`${API}/${resource}`, query));
    },
    async *each<K extends ResourceName>(
      resource: K,
      filters: FilterTexts,
      { limit, cursor }: { readonly limit: number | null; readonly cursor: string | null },
    ) {
      const query = queryOf(filters);
      if (limit !== null) query.set('limit', String(limit));
      if (cursor !== null) query.set('cursor', cursor);
      for await (const item of client.items(`${API}/${resource}`, query)) yield item as ResourceTypes[K];
    },
    async get<K extends ResourceName>(resource: K, id: string) {
      const path = `${API}/${resource}/${encodeURIComponent(id)}`;
      return (await client.getJson(path, new URLSearchParams())) as ResourceTypes[K];
    },
    async evidence(id) {
      const path = `${API}/incidents/${encodeURIComponent(id)}/evidence`;
      return (await client.getJson(path, new URLSearchParams())) as Evidence;
    },
    async coverage(filters, limit) {
      const query = queryOf(filters);
      query.set('limit', String(limit));
      return (await client.getJson(`${API}/coverage`, query)) as Coverage;
    },
    async *coveragePods(filters, limit) {
      const query = queryOf(filters);
      if (limit !== null) query.set('limit', String(limit));
      for await (const item of client.items(`${API}/coverage`, query)) yield item as CoveragePod;
    },
    async timeseries(filters, { metric, step, groupBy = [] }, limit) {
      const query = queryOf(filters);
      if (metric !== undefined) query.set('metric', metric);
      if (step !== undefined) query.set('step', step);
      for (const group of groupBy) query.append('group_by', group);
      query.set('limit', String(limit));
      return (await client.getJson(`${API}/timeseries`, query)) as Timeseries;
    },
    async topology(filters, limit) {
      const query = queryOf(filters);
      query.set('limit', String(limit));
      return (await client.getJson(`${API}/topology`, query)) as Topology;
    },
    async keptReports(schedule, { limit, cursor }) {
      const query = new URLSearchParams({ limit: String(limit) });
      if (schedule !== null) query.set('schedule', schedule);
      if (cursor !== null) query.set('cursor', cursor);
      return readPage<ReportItem>(await client.getJson(`${API}/reports`, query));
    },
    async keptReport(id) {
      const path = `${API}/reports/${encodeURIComponent(id)}`;
      return (await client.getJson(path, new URLSearchParams())) as WholeReport;
    },
    async explain(address, filters) {
      return (await client.getJson(
        `${API}/explain/${encodeURIComponent(address)}`,
        queryOf(filters),
      )) as Explanation;
    },
    async report(texts) {
      const kept = await client.postJson(`${API}/reports`, queryOf(texts));
      return (kept as { readonly report: Report }).report;
    },
    close: async () => {},
  };
}

function queryOf(filters: FilterTexts): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(filters)) {
    for (const value of values) query.append(name, value);
  }
  return query;
}

function readPage<T>(body: unknown): SourcePage<T> {
  const page = typeof body === 'object' && body !== null ? (body as Partial<SourcePage<T>>) : {};
  const { items, next_cursor = null, judged } = page;
  if (!Array.isArray(items) || (next_cursor !== null && typeof next_cursor !== 'string')) {
    throw new AppError('server_refused', 'cannot read the answer of the server: it is not a list', {
      remedy: 'check that --server names a `meshwake serve` of this version',
    });
  }
  return judged === undefined ? { items, next_cursor } : { items, next_cursor, judged };
}
