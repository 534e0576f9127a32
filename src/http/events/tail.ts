/** Connections as they come in. */
import type { Arrivals } from '../../domain/arrivals.ts';
import type { Filter } from '../../domain/filter.ts';
import { CONNECTION_EVENTS_PER_LOOK_MAX, TAIL_SECONDS_MAX } from '../../domain/limits.ts';
import type { Analysis } from '../../domain/queries.ts';
import type { Connection } from '../../domain/resources.ts';

export interface TailLook {
  readonly connections: readonly Connection[];
  /** Lines that came in and were not looked at, whether they match or not. */
  readonly dropped: number;
}

/** Lines that began within one second, and which of its milliseconds are asked for. */
interface Second {
  readonly from: number;
  readonly starts: ReadonlySet<number>;
}

/** Lines read of one second. */
const SECOND_LINES_MAX = 1_000;

/** What came in since the last look. */
export class Tail {
  readonly #analysis: Pick<Analysis, 'connections'>;
  readonly #arrivals: Arrivals;
  #seconds: readonly Second[] = [];
  #dropped = 0;

  constructor(analysis: Pick<Analysis, 'connections'>, arrivals: Arrivals) {
    this.#analysis = analysis;
    this.#arrivals = arrivals;
  }

  /** Takes what came in, for the calls of `matching` that follow. */
  look(): void {
    const { starts, dropped } = this.#arrivals.take();
    const bySecond = new Map<number, Set<number>>();
    for (const start of starts) {
      const from = Math.floor(start / 1_000) * 1_000;
      bySecond.set(from, (bySecond.get(from) ?? new Set()).add(start));
    }
    const newest = [...bySecond].sort(([a], [b]) => b - a);
    this.#seconds = newest.slice(0, TAIL_SECONDS_MAX).map(([from, all]) => ({ from, starts: all }));
    const left = newest.slice(TAIL_SECONDS_MAX);
    this.#dropped = dropped + left.reduce((sum, [, all]) => sum + all.size, 0);
  }

  /** Those of them that a filter asks for, oldest first; a line that began in the same millisecond as one that came may be among them. */
  async matching(filter: Filter): Promise<TailLook> {
    const found: Connection[] = [];
    let dropped = this.#dropped;
    for (const { from, starts } of this.#seconds) {
      if (!overlaps(filter, from)) continue;
      const window = {
        ...filter,
        since: Math.max(from, filter.since ?? from),
        until: Math.min(from + 1_000, filter.until ?? from + 1_000),
      };
      const page = await this.#analysis.connections(window, { limit: SECOND_LINES_MAX, cursor: null });
      const wanted = page.items.filter((item) => starts.has(Date.parse(item.start_time)));
      const room = CONNECTION_EVENTS_PER_LOOK_MAX - found.length;
      found.push(...wanted.slice(0, room));
      dropped += Math.max(0, wanted.length - room);
    }
    return { connections: found.reverse(), dropped };
  }
}

function overlaps({ since, until }: Filter, from: number): boolean {
  return (since === null || since < from + 1_000) && (until === null || until > from);
}
