/**
 * Findings of one kind, kept scope by scope: a scope is looked at again when one of its legs was touched. Most scopes have
 * nothing that may show something: of those no more is kept than where their legs are.
 */
import { always } from './conditions/catalogue.ts';
import type { ConditionPlan, Surroundings } from './conditions/condition.ts';
import type { Finding } from './findings.ts';
import { getOrMake } from './get-or-make.ts';
import { ShapeNotes } from './leg-table.ts';
import type { Facts } from './legs.ts';
import type { LegScope, LivingLeg, LivingShape } from './living-shape.ts';
import { Scope, type ScopeMembers } from './scope.ts';

/** One for all shapes without. */
const NONE: readonly never[] = [];

/** What a book may ask beside the legs that it is told. */
export interface BookSurroundings extends Surroundings {
  /** All there are. */
  readonly shapes: Iterable<LivingShape>;
  /** True when who is who, and what is judged, is the same for all legs of a shape. */
  isSteady(shape: LivingShape): boolean;
}

/** What is found of one kind, whatever it is made of. */
export interface FindingBook {
  /** Notes all legs there are, none of which it was told before. */
  learn(surroundings: BookSurroundings): void;
  /** Notes legs that changed, or that rest on something that did. */
  touch(legs: ReadonlySet<LivingLeg>, surroundings: BookSurroundings): void;
  /** Looks again at the scopes that were touched. */
  settle(surroundings: Surroundings): Promise<void>;
  /** All that was found, in no order. */
  findings(): readonly Finding[];
}

/** Keeps what one condition finds. */
export class ScopeBook<Found> implements FindingBook, ScopeMembers {
  readonly #plan: ConditionPlan<Found>;
  readonly #isAlways: boolean;
  readonly #isByFacts: boolean;
  /** True where every leg may show something and has to be asked for its scopes: the legs of these are kept. */
  readonly #isListed: boolean;
  readonly #scopes = new Map<string, Scope<Found>>();
  /** Shapes of which legs are, or once were, in a scope, by its name. Not kept where the legs are. */
  readonly #shapes = new Map<string, Set<LivingShape>>();
  /** All scopes that were ever noted for a shape: mostly all of its legs are in the same. */
  readonly #noted = new ShapeNotes<readonly string[]>();
  /** Where scopes follow from facts: the facts that were last asked for, and the scopes of these. */
  readonly #asked = new ShapeNotes<Facts>();
  readonly #names = new ShapeNotes<readonly string[]>();
  /** Lists of names that are kept, each once. */
  readonly #single = new Map<string, readonly string[]>();
  readonly #several = new Map<string, readonly string[]>();
  readonly #dirty = new Set<Scope<Found>>();
  /** Scopes that rest on more than their legs: they are looked at every time. */
  readonly #open = new Set<Scope<Found>>();
  /** Scopes in which something was found. */
  readonly #told = new Set<Scope<Found>>();
  /** True until there is a leg that may show something: in most meshes most conditions never have one, and keep nothing. */
  #isAsleep: boolean;
  #surroundings: Surroundings | null = null;

  constructor(plan: ConditionPlan<Found>) {
    this.#plan = plan;
    this.#isAlways = plan.mayShow === always;
    this.#isByFacts = plan.condition.byFacts === true;
    this.#isListed = this.#isAlways && !this.#isByFacts;
    this.#isAsleep = !this.#isAlways;
  }

  learn(surroundings: BookSurroundings): void {
    this.#surroundings = surroundings;
    if (this.#isListed) this.#learnListed(surroundings);
    else if (this.#isAlways) {
      this.#noteAll(surroundings);
      for (const name of this.#shapes.keys()) this.#dirty.add(this.#make(name));
    } else this.#learnSuspects(surroundings);
  }

  #learnListed(surroundings: BookSurroundings): void {
    for (const shape of surroundings.shapes) {
      if (!this.#plan.concerns(shape.facts)) continue;
      shape.each((leg) => {
        for (const name of this.#namesOf(leg, surroundings)) this.#enter(name, shape.hold(leg.place));
      });
    }
  }

  #learnSuspects(surroundings: BookSurroundings): void {
    const suspects: LivingShape[] = [];
    for (const shape of surroundings.shapes)
      if (this.mayShowAny(shape) && this.#showsAny(shape)) suspects.push(shape);
    if (suspects.length === 0) return;
    this.#wake(surroundings);
    for (const shape of suspects) {
      shape.each((leg) => {
        if (!this.mayShow(leg)) return;
        for (const name of this.#namesOf(leg, surroundings)) this.#dirty.add(this.#make(name));
      });
    }
  }

  #showsAny(shape: LivingShape): boolean {
    const leg = shape.leg(0);
    if (this.mayShow(leg)) return true;
    for (let place = 1; place < shape.length; place++) if (this.mayShow(shape.leg(place))) return true;
    return false;
  }

  touch(legs: ReadonlySet<LivingLeg>, surroundings: BookSurroundings): void {
    this.#surroundings = surroundings;
    if (this.#isAsleep) {
      if (!some(legs, (leg) => this.mayShow(leg))) return;
      this.#wake(surroundings);
    }
    for (const leg of legs) {
      if (this.#isListed) this.#touchListed(leg, surroundings);
      else if (!this.#isQuiet(leg)) this.#change(leg, this.#namesOf(leg, surroundings));
    }
  }

  #touchListed(leg: LivingLeg, surroundings: Surroundings): void {
    const names = this.#plan.concerns(leg.facts) ? this.#namesOf(leg, surroundings) : NONE;
    // What takes it out of a scope makes a new list.
    for (const one of leg.scopes) {
      if (!this.#isOwn(one)) continue;
      this.#dirty.add(one);
      one.change(leg.hour);
      if (names.includes(one.name)) one.list?.touch(leg);
      else {
        one.list?.remove(leg);
        leg.scopes = leg.scopes.filter((other) => other !== one);
      }
    }
    for (const name of names) this.#enter(name, leg);
  }

  /** The scopes that it is in, or may have been in, hold another leg now. */
  #change(leg: LivingLeg, names: readonly string[]): void {
    if (names.length > 0) this.#noteShape(leg.of, names);
    if (this.#isAlways || this.mayShow(leg)) for (const name of names) this.#make(name);
    for (const name of this.#noted.get(leg.of) ?? NONE) {
      const scope = this.#scopes.get(name);
      if (scope === undefined) continue;
      scope.change(leg.hour);
      this.#dirty.add(scope);
    }
  }

  #wake(surroundings: BookSurroundings): void {
    this.#isAsleep = false;
    this.#noteAll(surroundings);
  }

  /** Notes the scopes of all shapes. */
  #noteAll(surroundings: BookSurroundings): void {
    for (const shape of surroundings.shapes) {
      if (this.#isByFacts) {
        this.#noteShape(shape, this.#namesOf(shape.leg(0), surroundings));
        continue;
      }
      // Of legs that are alike those that have scopes have the same.
      const isAlike = surroundings.isSteady(shape);
      let isNoted = false;
      shape.each((leg) => {
        if (isNoted) return;
        const names = this.#namesOf(leg, surroundings);
        if (names.length > 0) this.#noteShape(shape, names);
        isNoted = isAlike && names.length > 0;
      });
    }
  }

  /** True for a leg of a shape that is noted, of none of whose scopes there is anything to keep. */
  #isQuiet(leg: LivingLeg): boolean {
    const { of, facts } = leg;
    if (this.#isAlways || this.#asked.get(of) !== facts || this.mayShow(leg)) return false;
    const noted = this.#noted.get(of) ?? NONE;
    const names = this.#names.get(of) ?? NONE;
    return names.every((name) => noted.includes(name)) && !noted.some((name) => this.#scopes.has(name));
  }

  #namesOf(leg: LivingLeg, surroundings: Surroundings): readonly string[] {
    const { condition } = this.#plan;
    if (!this.#isByFacts) return condition.scopesOf(leg, surroundings);
    const { of, facts } = leg;
    const known = this.#names.get(of);
    if (known !== undefined && this.#asked.get(of) === facts) return known;
    const names = this.#keep(condition.scopesOf(leg, surroundings));
    this.#asked.set(of, facts);
    this.#names.set(of, names);
    return names;
  }

  /** The same names, as a list that is kept already: there are very many shapes, in few scopes. */
  #keep(names: readonly string[]): readonly string[] {
    const [only] = names;
    if (only === undefined) return NONE;
    if (names.length === 1) return getOrMake(this.#single, only, () => [only]);
    return getOrMake(this.#several, JSON.stringify(names), () => names.flatMap((name) => this.#keep([name])));
  }

  /** Puts a leg into a scope that keeps its legs. */
  #enter(name: string, leg: LivingLeg): void {
    const scope = this.#make(name);
    if (leg.scopes.includes(scope)) return;
    leg.scopes = leg.scopes.concat(scope);
    scope.list?.add(leg);
    scope.change(leg.hour);
    this.#dirty.add(scope);
  }

  #make(name: string): Scope<Found> {
    const known = this.#scopes.get(name);
    if (known !== undefined) return known;
    const scope = new Scope<Found>(this, name, this.#isListed);
    this.#scopes.set(name, scope);
    return scope;
  }

  #noteShape(shape: LivingShape, names: readonly string[]): void {
    const noted = this.#noted.get(shape) ?? NONE;
    if (names.every((name) => noted.includes(name))) return;
    const added = this.#keep(names.filter((name) => !noted.includes(name)));
    // What is asked for by facts is kept already.
    this.#noted.set(shape, noted.length > 0 ? [...noted, ...added] : added);
    for (const name of added) {
      const shapes = this.#shapes.get(name);
      if (shapes === undefined) this.#shapes.set(name, new Set([shape]));
      else shapes.add(shape);
    }
  }

  shapesOf(name: string): Iterable<LivingShape> {
    return this.#shapes.get(name) ?? NONE;
  }

  isIn(leg: LivingLeg, name: string): boolean {
    return this.#surroundings !== null && this.#namesOf(leg, this.#surroundings).includes(name);
  }

  mayShowAny({ facts }: LivingShape): boolean {
    return this.#plan.concerns(facts);
  }

  mayShow(leg: LivingLeg): boolean {
    return this.#plan.mayShow(leg);
  }

  #isOwn(scope: LegScope): scope is Scope<Found> {
    return scope.book === this;
  }

  async settle(surroundings: Surroundings): Promise<void> {
    for (const scope of new Set([...this.#dirty, ...this.#open])) {
      const view = scope.view();
      const isEmpty = this.#isByFacts && this.#isAlways ? false : view.suspects.length === 0;
      scope.found = isEmpty ? NONE : await this.#plan.condition.find(view, surroundings);
      const { found, name } = scope;
      keep(this.#told, scope, found.length > 0);
      keep(this.#open, scope, !isEmpty && this.#plan.isOpen(found, view));
      if (isEmpty) this.#scopes.delete(name);
    }
    this.#dirty.clear();
  }

  findings(): readonly Finding[] {
    return this.#plan.tell([...this.#told].flatMap((scope) => scope.found));
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
