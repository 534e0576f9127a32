/** One address, with the legs that show a pod at it. */
import type { Source } from '../domain/resources.ts';
import { MARK } from './leg-numbers.ts';
import { compareLegs, compareText } from './legs.ts';
import type { LivingLeg, LivingShape } from './living-shape.ts';
import { CLOCK_MS, type Claim, type Writer } from './pods.ts';

/** The only writer that shows itself here, with the bounds of its legs and the first of them. */
interface Sole {
  readonly writer: Writer;
  first: number;
  last: number;
  proof: LivingLeg;
}

/** The shapes that have such a leg in one hour, and the claims that they make; null: several pods at once; undefined: not settled. */
interface Hour {
  readonly shapes: LivingShape[];
  claims: readonly Claim[] | null | undefined;
}

/** What was settled holds until the next time. */
export class ClaimSite {
  readonly #ip: string;
  /** Null while nobody needs them: there are very many hours, and mostly one writer. */
  #hours: Map<number, Hour> | null = null;
  readonly #shapes = new Set<LivingShape>();
  #isEmpty = true;
  /** Null when there are several writers, and before the first leg. */
  #sole: Sole | null = null;
  /** True once a leg names its pod: those that do not say nothing then. */
  #isNamed = false;
  settled: readonly Claim[] = [];

  constructor(ip: string) {
    this.#ip = ip;
  }

  note(leg: LivingLeg, writer: Writer, isNew: boolean): void {
    this.#widen(leg, writer);
    this.#shapes.add(leg.of);
    if (this.#sole === null) this.#noteHour(leg, isNew);
    this.#name(writer);
  }

  /** All legs of a shape, which are marked, for the first time. */
  noteShape(shape: LivingShape, writer: Writer): void {
    shape.each((leg) => this.#widen(leg, writer));
    const isSole = this.#hours === null;
    this.#shapes.add(shape);
    if (this.#sole === null) shape.each((leg) => this.#noteHour(leg, !isSole));
    this.#name(writer);
  }

  #widen(leg: LivingLeg, writer: Writer): void {
    const { first, last } = leg;
    if (this.#isEmpty) this.#sole = { writer, first, last, proof: leg.of.leg(leg.place) };
    else if (this.#sole !== null) this.#sole = widen(this.#sole, leg, writer);
    this.#isEmpty = false;
  }

  #name(writer: Writer): void {
    if (this.#isNamed || writer.source.pod === null) return;
    this.#isNamed = true;
    for (const hour of this.#hours?.values() ?? []) hour.claims = undefined;
  }

  #noteHour(leg: LivingLeg, isNew: boolean): void {
    if (this.#hours === null) {
      const hours = new Map<number, Hour>();
      for (const shape of this.#shapes)
        shape.each((one) => {
          if (one.has(MARK.claim)) hourOf(hours, one.hour).shapes.push(shape);
        });
      this.#hours = hours;
      return;
    }
    const hour = hourOf(this.#hours, leg.hour);
    if (isNew) hour.shapes.push(leg.of);
    hour.claims = undefined;
  }

  settle(writerOf: (shape: LivingShape) => Writer): void {
    if (this.#sole !== null) this.settled = this.#settleSole(this.#sole);
    else this.settled = this.#merge(writerOf);
  }

  #settleSole({ writer, first, last, proof }: Sole): readonly Claim[] {
    const [known] = this.settled;
    const { shape } = proof.flow;
    if (known?.first === first && known.last === last && known.shape === shape) return this.settled;
    return [{ ip: this.#ip, writer, first, last, shape }];
  }

  #merge(writerOf: (shape: LivingShape) => Writer): readonly Claim[] {
    let merged: Claim[] = [];
    for (const [at, hour] of [...(this.#hours ?? [])].sort(([a], [b]) => a - b)) {
      if (hour.claims === undefined) hour.claims = this.#claimsOf(hour.shapes, at, writerOf);
      const joined = hour.claims === null ? null : join(merged, hour.claims);
      if (joined === null) return [];
      merged = joined;
    }
    return merged;
  }

  #claimsOf(
    shapes: readonly LivingShape[],
    hour: number,
    writerOf: (shape: LivingShape) => Writer,
  ): readonly Claim[] | null {
    const shown = shapes
      .map((shape) => ({ leg: shape.leg(shape.placeOf(hour)), writer: writerOf(shape) }))
      .filter(({ writer }) => !this.#isNamed || writer.source.pod !== null)
      .sort(
        (a, b) =>
          a.leg.flow.first - b.leg.flow.first ||
          a.leg.flow.last - b.leg.flow.last ||
          compareText(a.writer.key, b.writer.key) ||
          compareLegs(a.leg, b.leg),
      );
    const ip = this.#ip;
    return join(
      [],
      shown.map(({ leg: { flow }, writer }) => {
        return { ip, writer, first: flow.first, last: flow.last, shape: flow.shape };
      }),
    );
  }
}

function hourOf(hours: Map<number, Hour>, hour: number): Hour {
  const known = hours.get(hour);
  if (known !== undefined) return known;
  const fresh: Hour = { shapes: [], claims: undefined };
  hours.set(hour, fresh);
  return fresh;
}

function widen(sole: Sole, leg: LivingLeg, writer: Writer): Sole | null {
  if (sole.writer !== writer) return null;
  if (compareLegs(leg, sole.proof) < 0) sole.proof = leg.of.leg(leg.place);
  sole.first = Math.min(sole.first, leg.first);
  sole.last = Math.max(sole.last, leg.last);
  return sole;
}

/** Goes on with later claims where earlier ones ended. Null: two pods are there at once. */
function join(earlier: readonly Claim[], later: readonly Claim[]): Claim[] | null {
  const joined = [...earlier];
  for (const claim of later) {
    const before = joined[joined.length - 1];
    if (before === undefined) joined.push(claim);
    else if (isSamePod(before.writer.source, claim.writer.source)) {
      joined[joined.length - 1] = { ...before, last: Math.max(before.last, claim.last) };
    } else if (claim.first < before.last - CLOCK_MS) return null;
    else joined.push(claim);
  }
  return joined;
}

/** Streams of one pod may name its namespace or not, as the envelope of each does. */
function isSamePod(a: Source, b: Source): boolean {
  if (a.pod === null || a.pod !== b.pod) return a.pod === b.pod && a.namespace === b.namespace;
  return a.namespace === b.namespace || a.namespace === null || b.namespace === null;
}
