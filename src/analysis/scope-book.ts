/** Findings of one kind, kept scope by scope: a scope is looked at again when one of its legs was touched. */
import type { ConditionPlan, Surroundings } from './conditions/condition.ts';
import type { Finding } from './findings.ts';
import type { LegScope, LivingLeg } from './leg-table.ts';
import { compareLegs } from './legs.ts';

interface Scope extends LegScope {
  readonly name: string;
  /** In order, once it is looked at. */
  readonly legs: LivingLeg[];
  /** Those that came or changed since then: the others are in order already. */
  readonly moved: Set<LivingLeg>;
  /** Those that may show something: without any there is nothing to find. */
  readonly suspects: Set<LivingLeg>;
  findings: readonly Finding[];
}

/** Keeps what one condition finds. */
export class ScopeBook {
  readonly #plan: ConditionPlan;
  readonly #scopes = new Map<string, Scope>();
  readonly #dirty = new Set<Scope>();
  /** Scopes that rest on more than their legs: they are looked at every time. */
  readonly #open = new Set<Scope>();

  constructor(plan: ConditionPlan) {
    this.#plan = plan;
  }

  /** Notes legs that changed, or that rest on something that did. */
  touch(legs: Iterable<LivingLeg>, surroundings: Surroundings): void {
    for (const leg of legs) {
      const names = this.#plan.condition.scopesOf(leg, surroundings);
      const before = leg.scopes.filter((scope): scope is Scope => scope.book === this);
      for (const scope of before) {
        this.#dirty.add(scope);
        if (!names.includes(scope.name)) this.#remove(scope, leg);
        else {
          scope.moved.add(leg);
          this.#suspect(scope, leg);
        }
      }
      for (const name of names) {
        if (!before.some((scope) => scope.name === name)) this.#add(name, leg);
      }
    }
  }

  /** Looks again at the scopes that were touched. */
  async settle(surroundings: Surroundings): Promise<void> {
    for (const scope of new Set([...this.#dirty, ...this.#open])) {
      if (scope.suspects.size === 0) scope.findings = [];
      else {
        if (!isInOrder(scope)) scope.legs.sort(compareLegs);
        scope.moved.clear();
        scope.findings = await this.#plan.condition.find(scope.name, scope.legs, surroundings);
      }
      if (scope.suspects.size > 0 && this.#plan.isOpen(scope)) this.#open.add(scope);
      else this.#open.delete(scope);
      if (scope.legs.length === 0) this.#scopes.delete(scope.name);
    }
    this.#dirty.clear();
  }

  /** All that was found, in no order. */
  findings(): Finding[] {
    const findings: Finding[] = [];
    for (const scope of this.#scopes.values())
      if (scope.findings.length > 0) findings.push(...scope.findings);
    return findings;
  }

  #add(name: string, leg: LivingLeg): void {
    let scope = this.#scopes.get(name);
    if (scope === undefined) {
      scope = { book: this, name, legs: [], moved: new Set(), suspects: new Set(), findings: [] };
      this.#scopes.set(name, scope);
    }
    scope.legs.push(leg);
    scope.moved.add(leg);
    leg.scopes.push(scope);
    this.#suspect(scope, leg);
    this.#dirty.add(scope);
  }

  #remove(scope: Scope, leg: LivingLeg): void {
    scope.legs.splice(scope.legs.indexOf(leg), 1);
    scope.moved.delete(leg);
    scope.suspects.delete(leg);
    leg.scopes.splice(leg.scopes.indexOf(scope), 1);
  }

  #suspect(scope: Scope, leg: LivingLeg): void {
    if (this.#plan.mayShow(leg)) scope.suspects.add(leg);
    else scope.suspects.delete(leg);
  }
}

/** A look at the times is enough where nothing moved: most legs join at the end, and sorting compares far more. */
function isInOrder({ legs, moved }: Scope): boolean {
  for (let i = 1; i < legs.length; i++) {
    const [a, b] = [legs[i - 1], legs[i]];
    if (a === undefined || b === undefined || a.flow.first < b.flow.first) continue;
    if (a.flow.first > b.flow.first) return false;
    if ((moved.has(a) || moved.has(b)) && compareLegs(a, b) > 0) return false;
  }
  return true;
}
