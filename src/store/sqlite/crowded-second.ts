/**
 * What comes next of a second that holds very many lines, kept from one page to the next: such a second is read whole for each page,
 * so that to read it page by page would take time in the square of its lines.
 */
import type { LineQuery } from '../../domain/ports.ts';
import { firstWhere } from './first-where.ts';
import type { LineRecord } from './line-record.ts';
import type { Which } from './read-rows.ts';

/** Seconds with no more than so many pages are read anew for each. */
const CROWDED_PAGES = 4;
/** Lines that are kept, at most: a few pages of the largest size. */
const KEPT_MAX = 40_000;

/** A question, and the second that is read for it. */
export interface Asked {
  readonly query: LineQuery;
  readonly which: Which;
  readonly second: number;
  /** Of the store, when it was read. */
  readonly version: number;
}

export interface Next<F> {
  /** In the order of the question. */
  readonly found: readonly F[];
  /** True when these are all that are left of the second. */
  readonly isWhole: boolean;
}

type Kept<F> = Asked & Next<F>;

/** `F`: a line found. */
export class CrowdedSecond<F extends { readonly record: LineRecord }> {
  #kept: Kept<F> | null = null;

  /** Keeps what was found for a page, all of it in its order, where that is much. */
  keep(asked: Asked, found: readonly F[]): void {
    if (found.length <= CROWDED_PAGES * asked.query.limit) return;
    this.#kept = { ...asked, found: found.slice(0, KEPT_MAX), isWhole: found.length <= KEPT_MAX };
  }

  /** What comes next behind the position of a page; null: it is to be read. */
  next(asked: Asked, isBehind: (record: LineRecord) => boolean): Next<F> | null {
    const kept = this.#kept;
    if (kept === null || !isSame(kept, asked)) return null;
    const { found } = kept;
    const from = firstWhere(0, found.length, (place) => isBehind((found[place] as F).record));
    if (from > 0 && from < found.length) return { found: found.slice(from), isWhole: kept.isWhole };
    // It is another page, or there is nothing left.
    this.#kept = null;
    return null;
  }
}

/** The same question, but for where it goes on. */
function isSame(a: Asked, b: Asked): boolean {
  return (
    a.second === b.second &&
    a.version === b.version &&
    a.which === b.which &&
    a.query.order === b.query.order &&
    a.query.since === b.query.since &&
    a.query.until === b.query.until &&
    JSON.stringify(a.query.hint) === JSON.stringify(b.query.hint) &&
    isSameSet(a.query.shapes, b.query.shapes)
  );
}

function isSameSet(a: ReadonlySet<number> | null, b: ReadonlySet<number> | null): boolean {
  if (a === b || a === null || b === null) return a === b;
  if (a.size !== b.size) return false;
  for (const one of a) if (!b.has(one)) return false;
  return true;
}
