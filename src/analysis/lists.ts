/** Pages of resources: over lines and pairs by reading on, over the rest by position in a sorted list. */
import type { Filter } from '../domain/filter.ts';
import { PAGE_ITEMS_MAX, SCAN_LINES_MAX } from '../domain/limits.ts';
import type { LineQuery, Position } from '../domain/ports.ts';
import type { PageRequest } from '../domain/queries.ts';
import type { Page } from '../domain/resources.ts';
import { type Question, type Resume, readCursor, writeCursor } from './cursor.ts';
import type { Selection } from './line-selection.ts';

export interface Reading<S, T> {
  readonly question: Question;
  readonly page: PageRequest;
  /** What to read; the window narrows that of the page. */
  readonly selection: Pick<Selection, 'shapes' | 'since' | 'until' | 'hint'>;
  read(query: LineQuery): Promise<readonly S[]>;
  positionOf(stored: S): Position;
  /** Null: the filter does not ask for it. */
  convert(stored: S): T | null;
}

/**
 * One page of what a store reads, newest first, without what `convert` leaves out.
 * Limits: looks at `SCAN_LINES_MAX` stored items; a page then ends early, with a cursor to go on.
 */
export async function readPage<S, T>(reading: Reading<S, T>): Promise<Page<T>> {
  const { question, page, selection } = reading;
  const { shapes, hint } = selection;
  const resume = readCursor(page.cursor, question);
  const items: T[] = [];
  if (shapes?.size === 0) return { items, next_cursor: null };
  const chunk = Math.min(PAGE_ITEMS_MAX, page.limit + 1);
  let { after } = resume;
  let kept: Position | null = null;
  for (let seen = 0; seen < SCAN_LINES_MAX; ) {
    const query = {
      since: later(resume.since, selection.since),
      until: earlier(resume.until, selection.until),
      shapes,
      order: 'newest' as const,
      after,
      limit: chunk,
      hint,
    };
    const stored = await reading.read(query);
    for (const one of stored) {
      const item = reading.convert(one);
      if (item === null) continue;
      if (items.length === page.limit && kept !== null) {
        return { items, next_cursor: writeCursor(question, { ...resume, after: kept }) };
      }
      items.push(item);
      kept = reading.positionOf(one);
    }
    const last = stored[stored.length - 1];
    if (last === undefined || stored.length < chunk) return { items, next_cursor: null };
    after = reading.positionOf(last);
    seen += stored.length;
  }
  // A full page goes on behind its last item, so that nothing between it and the end of the scan is lost.
  const from = items.length === page.limit ? kept : after;
  return { items, next_cursor: from === null ? null : writeCursor(question, { ...resume, after: from }) };
}

function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

export interface Listing<S> {
  readonly question: Question;
  readonly page: PageRequest;
  /** Everything, in the order of the list. */
  readonly all: readonly S[];
  matches(one: S, filter: Filter): boolean;
  positionOf(one: S): Position;
}

/** One page of a list that is in memory. A cursor of an item that is gone since starts behind its place by time. */
export function listPage<S>(listing: Listing<S>): {
  readonly items: readonly S[];
  readonly next_cursor: string | null;
} {
  const { question, page, all } = listing;
  const resume = readCursor(page.cursor, question);
  const filter = { ...question.filter, since: resume.since, until: resume.until };
  const rest = all.slice(startOf(listing, resume));
  const items: S[] = [];
  for (const one of rest) {
    if (!listing.matches(one, filter)) continue;
    if (items.length === page.limit) {
      const last = items[items.length - 1];
      const after = last === undefined ? null : listing.positionOf(last);
      return { items, next_cursor: after === null ? null : writeCursor(question, { ...resume, after }) };
    }
    items.push(one);
  }
  return { items, next_cursor: null };
}

function startOf<S>({ all, positionOf }: Listing<S>, resume: Resume): number {
  const { after } = resume;
  if (after === null) return 0;
  const exact = all.findIndex((one) => positionOf(one).id === after.id);
  if (exact >= 0) return exact + 1;
  const later = all.findIndex((one) => positionOf(one).start_time < after.start_time);
  return later < 0 ? all.length : later;
}
