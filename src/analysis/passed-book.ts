/** Connections that clients made past the mesh, by where they went: the other side of plaintext that a server refuses. */
import { compareLegs, isPassthrough, type Leg } from './legs.ts';
import type { LivingLeg, LivingShape } from './living-shape.ts';

/** Keeps them shape by shape; each can be taken out again. */
export class PassedBook {
  readonly #byAddress = new Map<string, Set<LivingShape>>();

  note(shape: LivingShape): void {
    const { facts } = shape;
    if (!isPassthrough(facts) || facts.local === null) return;
    const { key } = facts.local;
    const shapes = this.#byAddress.get(key);
    if (!facts.client) shapes?.delete(shape);
    else if (shapes === undefined) this.#byAddress.set(key, new Set([shape]));
    else shapes.add(shape);
  }

  /** The first to one of these addresses, as in `KnownAddress.key`; null when there is none. */
  firstTo(keys: Iterable<string>): Leg | null {
    let first: LivingLeg | null = null;
    for (const key of keys) {
      for (const shape of this.#byAddress.get(key) ?? []) {
        for (const leg of shape.legs) if (first === null || compareLegs(leg, first) < 0) first = leg;
      }
    }
    return first;
  }
}
