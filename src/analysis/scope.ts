/** One scope of findings: legs that share a fate. They are put together when a condition asks for them. */
import type { ConditionScope } from './conditions/condition.ts';
import { compareLegs } from './legs.ts';
import type { LegScope, LivingLeg, LivingShape } from './living-shape.ts';
import { OrderedLegs } from './ordered-legs.ts';

/** What a scope asks its book for. */
export interface ScopeMembers {
  /** Shapes that may have legs in a scope. */
  shapesOf(name: string): Iterable<LivingShape>;
  /** True for legs of these that are in it. */
  isIn(leg: LivingLeg, name: string): boolean;
  /** False: no leg of the shape may show anything. */
  mayShowAny(shape: LivingShape): boolean;
  mayShow(leg: LivingLeg): boolean;
}

/** What the legs of each hour amount to, and the hours that have to be looked at again. */
interface Digest {
  readonly make: (legs: readonly LivingLeg[]) => unknown;
  readonly byHour: Map<number, unknown>;
  readonly changed: Set<number>;
}

/** `Found`: what a condition finds. */
export class Scope<Found> implements LegScope {
  readonly book: object & ScopeMembers;
  readonly name: string;
  /** Its legs, where they are kept; null: they are found by their shapes. */
  readonly list: OrderedLegs | null;
  found: readonly Found[] = NONE;
  #digest: Digest | null = null;

  constructor(book: object & ScopeMembers, name: string, isListed: boolean) {
    this.book = book;
    this.name = name;
    this.list = isListed ? new OrderedLegs() : null;
  }

  /** Notes that legs of an hour are others than they were. */
  change(hour: number): void {
    this.#digest?.changed.add(hour);
  }

  /** As conditions see it, until the next change. */
  view(): ConditionScope {
    const legs = once(() => this.#legsOf(() => true));
    const suspects = once(() =>
      this.list === null
        ? this.#legsOf((shape) => this.book.mayShowAny(shape)).filter((leg) => this.book.mayShow(leg))
        : legs(),
    );
    return {
      name: this.name,
      get legs() {
        return legs();
      },
      get suspects() {
        return suspects();
      },
      each: (tell) => this.#each(() => true, tell),
      legsIn: (hour) => this.#legsIn(hour),
      hourly: (make) => this.#hourly(make),
    };
  }

  #legsOf(isAsked: (shape: LivingShape) => boolean): readonly LivingLeg[] {
    if (this.list !== null) return this.list.list();
    const legs: LivingLeg[] = [];
    this.#each(isAsked, ({ of, place }) => legs.push(of.leg(place)));
    return legs.sort(compareLegs);
  }

  /** In no order; each holds until the next. */
  #each(isAsked: (shape: LivingShape) => boolean, tell: (leg: LivingLeg) => void): void {
    if (this.list !== null) {
      for (const leg of this.list.list()) tell(leg);
      return;
    }
    const { book, name } = this;
    for (const shape of book.shapesOf(name)) {
      if (!isAsked(shape)) continue;
      shape.each((leg) => {
        if (book.isIn(leg, name)) tell(leg);
      });
    }
  }

  #legsIn(hour: number): LivingLeg[] {
    const { book, name } = this;
    if (this.list !== null) return this.list.list().filter((leg) => leg.hour === hour);
    const legs: LivingLeg[] = [];
    for (const shape of book.shapesOf(name)) {
      const leg = shape.legIn(hour);
      if (leg !== null && book.isIn(leg, name)) legs.push(leg);
    }
    return legs.sort(compareLegs);
  }

  #hourly<T>(make: (legs: readonly LivingLeg[]) => T): ReadonlyMap<number, T> {
    if (this.#digest?.make !== make) this.#digest = { make, byHour: this.#sumUp(make), changed: new Set() };
    const { byHour, changed } = this.#digest;
    for (const hour of changed) {
      const legs = this.#legsIn(hour);
      if (legs.length === 0) byHour.delete(hour);
      else byHour.set(hour, make(legs));
    }
    changed.clear();
    // Only `make` has put something there.
    return byHour as Map<number, T>;
  }

  #sumUp<T>(make: (legs: readonly LivingLeg[]) => T): Map<number, T> {
    const hours = new Map<number, LivingLeg[]>();
    this.#each(
      () => true,
      ({ of, place, hour }) => {
        const legs = hours.get(hour);
        if (legs === undefined) hours.set(hour, [of.leg(place)]);
        else legs.push(of.leg(place));
      },
    );
    return new Map([...hours].map(([hour, legs]) => [hour, make(legs)]));
  }
}

/** One for all scopes without: most have none. */
const NONE: readonly never[] = [];

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
