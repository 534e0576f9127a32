/** What pairs show by the times of their ends, kept hour by hour: only hours with a leg that was touched are read again. */
import type { Surroundings } from './conditions/condition.ts';
import type { LegsOf } from './conditions/pair-edges.ts';
import { type HourOfPairs, readPairTimes, tellPairTimes } from './conditions/pair-times.ts';
import type { Finding } from './findings.ts';
import type { LivingLeg } from './leg-table.ts';
import type { FindingBook } from './scope-book.ts';

/** Keeps what was read of each hour. */
export class PairTimesBook implements FindingBook {
  readonly #legsOf: LegsOf;
  readonly #hours = new Map<number, HourOfPairs>();
  readonly #dirty = new Set<number>();

  constructor(legsOf: LegsOf) {
    this.#legsOf = legsOf;
  }

  touch(legs: Iterable<LivingLeg>): void {
    for (const { flow } of legs) if (!flow.shape.http) this.#dirty.add(flow.hour);
  }

  async settle({ reader }: Surroundings): Promise<void> {
    for (const hour of this.#dirty) this.#hours.set(hour, await readPairTimes(hour, reader));
    this.#dirty.clear();
  }

  findings(): readonly Finding[] {
    return tellPairTimes(this.#hours.values(), this.#legsOf);
  }
}
