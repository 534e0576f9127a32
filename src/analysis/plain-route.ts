/**
 * One source and destination while all its connections go one way, as nearly all do: what they add up to needs no look at the
 * order of its hours.
 */
import { getOrMake } from './get-or-make.ts';
import type { Judgement } from './judgement.ts';
import { compareText } from './legs.ts';
import type { LivingLeg, LivingShape } from './living-shape.ts';
import type { JudgeLeg, Stretch } from './routes.ts';
import { isTold, routingOfLeg } from './routes.ts';
import { StretchSum } from './stretch-sum.ts';

type Sums = ReadonlyMap<string, StretchSum>;

export class PlainRoute {
  readonly #shapes = new Set<LivingShape>();
  /** The newest hour, and what the hours before it add up to, by routing; null: to be summed up anew. */
  #newest = Number.NEGATIVE_INFINITY;
  #before: Sums | null = null;

  /** Its shapes, all of whose legs are a client's. */
  get shapes(): Iterable<LivingShape> {
    return this.#shapes;
  }

  /** Notes a leg that came or changed, or that is no client's any more. */
  touch(leg: LivingLeg): void {
    const { of, facts, flow } = leg;
    if (!facts.client) {
      if (this.#shapes.delete(of)) this.#before = null;
      return;
    }
    this.#shapes.add(of);
    if (flow.hour !== this.#newest) this.#before = null;
  }

  /** Notes a shape, all of whose legs are a client's. */
  learn(shape: LivingShape): void {
    this.#shapes.add(shape);
    this.#before = null;
  }

  /**
   * What the connections add up to, in the order of time; those whose state tells nothing come last. Null: they went several
   * ways, so that it takes their order to tell.
   */
  stretches(judge: JudgeLeg): Stretch[] | null {
    this.#before ??= this.#sumBefore(judge);
    const sums = new Map(this.#before);
    const fresh = new Map<string, StretchSum>();
    for (const shape of this.#shapes) {
      const leg = shape.legIn(this.#newest);
      if (leg !== null) addTo(fresh, leg, judge);
    }
    for (const [routing, sum] of fresh) sums.set(routing, sum.after(this.#before.get(routing) ?? null));
    const told = [...sums.values()].filter((sum) => sum.isTold);
    if (told.length > 1) return null;
    const aside = [...sums]
      .filter(([, sum]) => !sum.isTold)
      .sort(([a], [b]) => compareText(a, b))
      .map(([, sum]) => sum);
    return [...told, ...aside].map((sum) => sum.toStretch());
  }

  #sumBefore(judge: JudgeLeg): Sums {
    this.#newest = Number.NEGATIVE_INFINITY;
    for (const { newest } of this.#shapes) this.#newest = Math.max(this.#newest, newest);
    const sums = new Map<string, StretchSum>();
    for (const shape of this.#shapes) {
      // All legs of a shape with one judgement have one routing.
      let judged: Judgement | null = null;
      let sum: StretchSum | null = null;
      shape.each((leg) => {
        if (leg.hour >= this.#newest) return;
        const judgement = judge(leg);
        if (judgement === null) return;
        if (sum === null || judgement !== judged) sum = sumOf(sums, leg, judgement);
        judged = judgement;
        sum.add(leg, judgement);
      });
    }
    return sums;
  }
}

function addTo(sums: Map<string, StretchSum>, leg: LivingLeg, judge: JudgeLeg): void {
  const judgement = judge(leg);
  if (judgement !== null) sumOf(sums, leg, judgement).add(leg, judgement);
}

function sumOf(sums: Map<string, StretchSum>, leg: LivingLeg, judgement: Judgement): StretchSum {
  const routing = routingOfLeg({ leg, judgement });
  return getOrMake(sums, routing, () => new StretchSum(routing, isTold(judgement.state)));
}
