/** Everything that the product tells of what it has read: the reference for "the same lines, the same answers". */
import { NO_FILTER } from '../../src/domain/filter.ts';
import { PAGE_ITEMS_MAX } from '../../src/domain/limits.ts';
import type { Analysis } from '../../src/domain/queries.ts';
import type { Page } from '../../src/domain/resources.ts';
import type { TimeseriesQuestion } from '../../src/domain/timeseries.ts';

/** By all that the model says of a line, an hour at a time. */
const SERIES: TimeseriesQuestion = {
  metric: 'bytes_sent',
  step: 3_600_000,
  groupBy: ['state', 'source', 'port'],
  limit: PAGE_ITEMS_MAX,
};

/** What is kept of whole hours: by their minutes, and how often each duration was. */
const HALF_HOURS: TimeseriesQuestion = {
  metric: 'bytes_sent',
  step: 1_800_000,
  groupBy: ['upstream_cluster', 'response_flag'],
  limit: PAGE_ITEMS_MAX,
};
const DURATIONS: TimeseriesQuestion = { ...HALF_HOURS, metric: 'duration_p95', step: 3_600_000 };

/** The whole lists, in the order in which they are told, by name. */
export type WholeAnswers = Readonly<Record<string, readonly unknown[]>>;

/** Reads every list to its end, page by page. */
export async function wholeAnswers(analysis: Analysis): Promise<WholeAnswers> {
  return {
    incidents: await wholeList((page) => analysis.incidents(NO_FILTER, page)),
    shifts: await wholeList((page) => analysis.shifts(NO_FILTER, page)),
    routes: await wholeList((page) => analysis.routes(NO_FILTER, page)),
    pairs: await wholeList((page) => analysis.pairs(NO_FILTER, page)),
    connections: await wholeList((page) => analysis.connections(NO_FILTER, page)),
    coverage: [await analysis.coverage(NO_FILTER)],
    timeseries: (await analysis.timeseries(SERIES, NO_FILTER)).series,
    half_hours: (await analysis.timeseries(HALF_HOURS, NO_FILTER)).series,
    durations: (await analysis.timeseries(DURATIONS, NO_FILTER)).series,
    topology: [await analysis.topology(NO_FILTER, PAGE_ITEMS_MAX)],
    summary: [await analysis.summary()],
  };
}

/**
 * The first difference between two tellings, as a sentence that names the list and shows both sides; null when they are
 * equal to the byte.
 */
export function firstDifference(expected: WholeAnswers, found: WholeAnswers): string | null {
  for (const [name, items] of Object.entries(expected)) {
    const others = found[name] ?? [];
    const at = items.findIndex((item, index) => JSON.stringify(item) !== JSON.stringify(others[index]));
    if (at >= 0)
      return `${name}[${at}]: expected ${JSON.stringify(items[at])}, found ${JSON.stringify(others[at])}`;
    if (others.length > items.length)
      return `${name}: ${others.length - items.length} too many, ${JSON.stringify(others[items.length])}`;
  }
  return null;
}

async function wholeList<T>(
  ask: (page: { readonly limit: number; readonly cursor: string | null }) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await ask({ limit: PAGE_ITEMS_MAX, cursor });
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return items;
}
