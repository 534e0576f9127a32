/** Connections that clients made past the mesh, by where they went: the other side of plaintext that a server refuses. */
import type { LivingLeg } from './leg-table.ts';
import { compareLegs, isPassthrough, type Leg } from './legs.ts';

/** Keeps them leg by leg; each can be taken out again. */
export class PassedBook {
  readonly #byAddress = new Map<string, Set<LivingLeg>>();

  note(leg: LivingLeg): void {
    const { facts } = leg;
    if (!isPassthrough(facts) || facts.local === null) return;
    const { key } = facts.local;
    const legs = this.#byAddress.get(key);
    if (!facts.client) legs?.delete(leg);
    else if (legs === undefined) this.#byAddress.set(key, new Set([leg]));
    else legs.add(leg);
  }

  /** The first to one of these addresses, as in `KnownAddress.key`; null when there is none. */
  firstTo(keys: Iterable<string>): Leg | null {
    let first: Leg | null = null;
    for (const key of keys) {
      for (const leg of this.#byAddress.get(key) ?? []) {
        if (first === null || compareLegs(leg, first) < 0) first = leg;
      }
    }
    return first;
  }
}
