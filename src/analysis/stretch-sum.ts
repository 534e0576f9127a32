/** Legs of one routing, one source and one destination, summed up in any order: the stretch that joining them in order gives. */
import type { EvidenceGrade } from '../domain/resources.ts';
import type { Judgement } from './judgement.ts';
import { compareLegs, type Leg } from './legs.ts';
import { LivingLeg } from './living-shape.ts';
import { betterOf, type JudgedLeg, type Stretch } from './routes.ts';

/** The first and the last leg of one shape. */
interface Ends {
  first: Leg;
  last: Leg;
}

export class StretchSum {
  readonly #routing: string;
  /** Whether its state tells where connections were routed. */
  readonly isTold: boolean;
  #head: JudgedLeg | null = null;
  #last = Number.NEGATIVE_INFINITY;
  #end = Number.NEGATIVE_INFINITY;
  #connections = 0;
  #failures = 0;
  #bytes = 0;
  #grade: EvidenceGrade | null = null;
  readonly #shapes = new Map<number, Ends>();

  constructor(routing: string, told: boolean) {
    this.#routing = routing;
    this.isTold = told;
  }

  add(leg: Leg, judgement: Judgement): void {
    const { flow, facts } = leg;
    const head = this.#head;
    if (head === null || compareStarts(leg, head.leg) < 0) this.#head = { leg: keep(leg), judgement };
    this.#last = Math.max(this.#last, flow.last);
    this.#end = Math.max(this.#end, flow.end);
    this.#connections += flow.connections;
    if (facts.failed) this.#failures += flow.connections;
    this.#bytes += flow.bytes_received + flow.bytes_sent;
    this.#grade = head === null ? judgement.grade : betterOf(this.#grade, judgement.grade);
    const ends = this.#shapes.get(flow.shape.id);
    if (ends === undefined) {
      const kept = keep(leg);
      this.#shapes.set(flow.shape.id, { first: kept, last: kept });
      return;
    }
    if (flow.hour < ends.first.flow.hour) ends.first = keep(leg);
    if (flow.hour > ends.last.flow.hour) ends.last = keep(leg);
  }

  /** This one after an earlier one, which stays as it is. */
  after(earlier: StretchSum | null): StretchSum {
    if (earlier === null) return this;
    const sum = new StretchSum(this.#routing, this.isTold);
    sum.#head = earlier.#head;
    sum.#last = Math.max(earlier.#last, this.#last);
    sum.#end = Math.max(earlier.#end, this.#end);
    sum.#connections = earlier.#connections + this.#connections;
    sum.#failures = earlier.#failures + this.#failures;
    sum.#bytes = earlier.#bytes + this.#bytes;
    sum.#grade = betterOf(earlier.#grade, this.#grade);
    for (const [id, { first, last }] of earlier.#shapes) sum.#shapes.set(id, { first, last });
    for (const [id, { first, last }] of this.#shapes)
      sum.#shapes.set(id, { first: earlier.#shapes.get(id)?.first ?? first, last });
    return sum;
  }

  toStretch(): Stretch {
    const head = this.#head;
    if (head === null) throw new Error('BUG: a stretch without legs');
    // As they come when they are joined one after the other.
    const shapes = [...this.#shapes.values()].sort((a, b) => compareStarts(a.first, b.first));
    const hosts = new Set<string>();
    for (const { first } of shapes) {
      const { upstream_host } = first.flow.shape;
      if (upstream_host !== null) hosts.add(upstream_host);
    }
    return {
      judged: head,
      routing: this.#routing,
      first: head.leg.flow.first,
      last: this.#last,
      end: this.#end,
      connections: this.#connections,
      failures: this.#failures,
      bytes: this.#bytes,
      blurred: false,
      grade: this.#grade,
      hosts: [...hosts],
      legs: shapes.map(({ last }) => last),
    };
  }
}

/** One that stays what it is when whoever told it moves on. */
function keep(leg: Leg): Leg {
  return leg instanceof LivingLeg ? leg.of.leg(leg.place) : leg;
}

/** The order in which legs of one routing are joined. */
function compareStarts(a: Leg, b: Leg): number {
  return a.flow.first - b.flow.first || a.flow.last - b.flow.last || compareLegs(a, b);
}
