import { NO_FILTER } from '../domain/filter.ts';
import { PAGE_ITEMS_MAX } from '../domain/limits.ts';
import type { Analysis } from '../domain/queries.ts';
import type { Route } from '../domain/resources.ts';

/** Finds a route by its id, or null. Routes are computed from the lines, so there is no index to look into. */
export async function findRoute(analysis: Pick<Analysis, 'routes'>, id: string): Promise<Route | null> {
  let cursor: string | null = null;
  do {
    const page = await analysis.routes(NO_FILTER, { limit: PAGE_ITEMS_MAX, cursor });
    const found = page.items.find((route) => route.id === id);
    if (found !== undefined) return found;
    cursor = page.next_cursor;
  } while (cursor !== null);
  return null;
}
