/**
 * Findings of one kind, kept scope by scope: a scope is looked at again when one of its legs was touched. Most scopes have
 * nothing that may show something: of those no more is kept than where their legs are.
 */
import { always } from './conditions/catalogue.ts';
import type { ConditionPlan, Surroundings } from './conditions/condition.ts';
import type { Finding } from './findings.ts';
import { type LegScope, type LivingLeg, type LivingShape, ShapeNotes } from './leg-table.ts';
import type { Facts } from './legs.ts';
import { OrderedLegs } from './ordered-legs.ts';

/** One for all scopes without: most have none. */
const NONE: readonly never[] = [];

interface Scope<Found> extends LegScope {
  readonly name: string;
  readonly legs: OrderedLegs;
  /** Those that may show something: without any there is nothing to find. Null: all may, or none does yet. */
  suspects: OrderedLegs | null;
  found: readonly Found[];
}

/** What a book may ask beside the legs that it is told. */
export interface BookSurroundings extends Surroundings {
  /** All there are. */
  readonly legs: readonly LivingLeg[];
}

/** What is found of one kind, whatever it is made of. */
export interface FindingBook {
  /** Notes legs that changed, or that rest on something that did. */
  touch(legs: ReadonlySet<LivingLeg>, surroundings: BookSurroundings): void;
  /** Looks again at the scopes that were touched. */
  settle(surroundings: Surroundings): Promise<void>;
  /** All that was found, in no order. */
  findings(): readonly Finding[];
}

/** Keeps what one condition finds. */
export class ScopeBook<Found> implements FindingBook {
  readonly #plan: ConditionPlan<Found>;
  readonly #isAlways: boolean;
  readonly #scopes = new Map<string, Scope<Found>>();
  /** Shapes of which legs are, or once were, in a scope, by its name. Not kept where every leg may show something. */
  readonly #shapes = new Map<string, Set<LivingShape>>();
  /** The scopes that were last noted for a shape: mostly all of its legs are in the same. */
  readonly #noted = new ShapeNotes<readonly string[]>();
  /** Where scopes follow from facts: the facts that were last asked for, and the scopes of these. */
  readonly #asked = new ShapeNotes<Facts>();
  readonly #names = new ShapeNotes<readonly string[]>();
  /** Names that are kept, each once. */
  readonly #kept = new Map<string, string>();
  readonly #dirty = new Set<Scope<Found>>();
  /** Scopes that rest on more than their legs: they are looked at every time. */
  readonly #open = new Set<Scope<Found>>();
  /** Scopes in which something was found. */
  readonly #told = new Set<Scope<Found>>();
  /** True until there is a leg that may show something: in most meshes most conditions never have one, and keep nothing. */
  #isAsleep: boolean;
  /** Shapes that may have legs in a scope. */
  readonly #awake = new ShapeNotes<true>();

  constructor(plan: ConditionPlan<Found>) {
    this.#plan = plan;
    this.#isAlways = plan.mayShow === always;
    this.#isAsleep = !this.#isAlways;
  }

  touch(legs: ReadonlySet<LivingLeg>, surroundings: BookSurroundings): void {
    if (this.#isAsleep && !this.#wake(legs, surroundings)) return;
    for (const leg of legs) {
      if (this.#isQuiet(leg)) continue;
      const names = this.#namesOf(leg, surroundings);
      // What takes it out of a scope makes a new list.
      for (const one of leg.scopes) {
        if (!this.#isOwn(one)) continue;
        this.#dirty.add(one);
        if (names.includes(one.name)) {
          one.legs.touch(leg);
          this.#suspect(one, leg);
        } else this.#remove(one, leg);
      }
      if (names.length > 0 && !this.#isAlways) this.#noteShape(leg.of, names);
      for (const name of names) if (!this.#isIn(leg, name)) this.#enter(name, leg, surroundings);
    }
  }

  /** Notes the scopes of all shapes, once one of these legs may show something. False: none of them does. */
  #wake(legs: ReadonlySet<LivingLeg>, surroundings: BookSurroundings): boolean {
    if (!some(legs, (leg) => this.#plan.mayShow(leg))) return false;
    this.#isAsleep = false;
    // When all of them are told now, they are noted as they come.
    if (legs.size === surroundings.legs.length) return true;
    for (const leg of surroundings.legs) {
      const names = this.#namesOf(leg, surroundings);
      if (names.length > 0) this.#noteShape(leg.of, names);
    }
    return true;
  }

  /** True for a leg of a shape that is noted, of none of whose scopes there is anything to keep. */
  #isQuiet(leg: LivingLeg): boolean {
    const { of, facts } = leg;
    if (this.#isAlways || this.#asked.get(of) !== facts || this.#awake.get(of) === true) return false;
    const names = this.#names.get(of) ?? NONE;
    return (names.length === 0 || this.#noted.get(of) === names) && !this.#plan.mayShow(leg);
  }

  #namesOf(leg: LivingLeg, surroundings: Surroundings): readonly string[] {
    const { condition } = this.#plan;
    if (condition.byFacts !== true) return condition.scopesOf(leg, surroundings);
    const { of, facts } = leg;
    const known = this.#names.get(of);
    if (known !== undefined && this.#asked.get(of) === facts) return known;
    const names = this.#keep(condition.scopesOf(leg, surroundings));
    this.#asked.set(of, facts);
    this.#names.set(of, names);
    return names;
  }

  /** The same names, as texts that are kept already: there are very many shapes. */
  #keep(names: readonly string[]): readonly string[] {
    if (names.length === 0) return NONE;
    return names.map((name) => {
      const known = this.#kept.get(name);
      if (known === undefined) this.#kept.set(name, name);
      return known ?? name;
    });
  }

  /** Puts a leg into a scope; into one that nothing may be found in yet only by its shape. */
  #enter(name: string, leg: LivingLeg, surroundings: Surroundings): void {
    const known = this.#scopes.get(name);
    if (known !== undefined) {
      this.#add(known, leg);
      return;
    }
    if (!this.#isAlways && !this.#plan.mayShow(leg)) return;
    const scope = { book: this, name, legs: new OrderedLegs(), suspects: null, found: NONE };
    this.#scopes.set(name, scope);
    const isOfScope = (one: LivingLeg) => this.#namesOf(one, surroundings).includes(name);
    const shapes = this.#isAlways ? [] : [...(this.#shapes.get(name) ?? [])];
    for (const shape of shapes) this.#awake.set(shape, true);
    const legs = this.#isAlways ? [leg] : shapes.flatMap((shape) => shape.legs.filter(isOfScope));
    for (const one of legs) this.#add(scope, one);
  }

  #noteShape(shape: LivingShape, names: readonly string[]): void {
    const noted = this.#noted.get(shape);
    if (noted === names) return;
    if (noted?.length === names.length && noted.every((name, i) => name === names[i])) return;
    // What is asked for by facts is kept already.
    const kept = this.#names.get(shape) === names ? names : this.#keep(names);
    this.#noted.set(shape, kept);
    for (const name of kept) {
      if (this.#scopes.has(name)) this.#awake.set(shape, true);
      const shapes = this.#shapes.get(name);
      if (shapes === undefined) this.#shapes.set(name, new Set([shape]));
      else shapes.add(shape);
    }
  }

  #isOwn(scope: LegScope): scope is Scope<Found> {
    return scope.book === this;
  }

  #isIn(leg: LivingLeg, name: string): boolean {
    for (const one of leg.scopes) if (this.#isOwn(one) && one.name === name) return true;
    return false;
  }

  async settle(surroundings: Surroundings): Promise<void> {
    for (const scope of new Set([...this.#dirty, ...this.#open])) {
      const suspects = this.#suspectsOf(scope);
      scope.found = NONE;
      if (suspects.length > 0) {
        const { name, legs } = scope;
        const view = { name, legs: legs.list(), suspects, hourly: legs.hourly.bind(legs) };
        scope.found = await this.#plan.condition.find(view, surroundings);
      }
      keep(this.#told, scope, scope.found.length > 0);
      const { legs, found } = scope;
      keep(this.#open, scope, suspects.length > 0 && this.#plan.isOpen({ legs: legs.list(), found }));
      if (scope.legs.size === 0) this.#scopes.delete(scope.name);
    }
    this.#dirty.clear();
  }

  findings(): readonly Finding[] {
    return this.#plan.tell([...this.#told].flatMap((scope) => scope.found));
  }

  #suspectsOf({ legs, suspects }: Scope<Found>): readonly LivingLeg[] {
    if (this.#isAlways) return legs.list();
    return suspects === null ? NONE : suspects.list();
  }

  #add(scope: Scope<Found>, leg: LivingLeg): void {
    scope.legs.add(leg);
    leg.scopes = leg.scopes.concat(scope);
    this.#suspect(scope, leg);
    this.#dirty.add(scope);
  }

  #remove(scope: Scope<Found>, leg: LivingLeg): void {
    scope.legs.remove(leg);
    this.#clear(scope, leg);
    leg.scopes = leg.scopes.filter((one) => one !== scope);
  }

  #suspect(scope: Scope<Found>, leg: LivingLeg): void {
    if (this.#isAlways) return;
    if (!this.#plan.mayShow(leg)) {
      this.#clear(scope, leg);
      return;
    }
    scope.suspects ??= new OrderedLegs();
    if (scope.suspects.has(leg)) scope.suspects.touch(leg);
    else scope.suspects.add(leg);
  }

  #clear({ suspects }: Scope<Found>, leg: LivingLeg): void {
    if (suspects?.has(leg) === true) suspects.remove(leg);
  }
}

function some<T>(all: Iterable<T>, test: (one: T) => boolean): boolean {
  for (const one of all) if (test(one)) return true;
  return false;
}

function keep<T>(set: Set<T>, one: T, isIn: boolean): void {
  if (isIn) set.add(one);
  else set.delete(one);
}
