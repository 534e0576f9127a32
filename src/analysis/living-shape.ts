/**
 * A shape with its legs, one an hour. Their numbers stand one after the other in one array for many shapes: there are very
 * many legs, and an object for each would take ten times as much. Legs are made of them when somebody asks.
 */
import type { Flow, Shape } from '../domain/ports.ts';
import type { Hours } from './hours.ts';
import type { Judgement } from './judgement.ts';
import {
  AMBIGUOUS,
  CONNECTIONS,
  END,
  FIRST,
  HOUR,
  JUDGEMENT_SHIFT,
  judgementOf,
  LAST,
  LONGEST,
  MARKS,
  MARKS_MASK,
  NOTE,
  numberOf,
  PAIRED,
  RECEIVED,
  SENT,
  SHORTEST,
} from './leg-numbers.ts';
import { LegRows } from './leg-rows.ts';
import type { Facts, Leg } from './legs.ts';

/** A scope of findings, and whose it is. */
export interface LegScope {
  readonly book: object;
}

const NO_SCOPES: readonly LegScope[] = [];

/** One leg, as its flow is now. Two of one flow are told apart by nothing but what only those have that are held. */
export class LivingLeg implements Leg, Flow {
  readonly of: LivingShape;
  /** Its place among the legs of the shape. Moved on by whoever looks at one after the other. */
  place: number;
  /** Scopes of findings that it takes part in; held legs only. */
  scopes: readonly LegScope[] = NO_SCOPES;
  /** The flow that it was last counted with in the logs of pods, where that is another now; held legs only. */
  told: Flow | null = null;

  constructor(of: LivingShape, place: number) {
    this.of = of;
    this.place = place;
  }

  get facts(): Facts {
    return this.of.facts;
  }

  get flow(): Flow {
    return this;
  }

  get shape(): Shape {
    return this.of.raw.shape;
  }

  get hour(): number {
    return this.of.read(this.place, HOUR);
  }

  get connections(): number {
    return this.of.read(this.place, CONNECTIONS);
  }

  get bytes_received(): number {
    return this.of.read(this.place, RECEIVED);
  }

  get bytes_sent(): number {
    return this.of.read(this.place, SENT);
  }

  get first(): number {
    return this.of.readTime(this.place, FIRST);
  }

  get last(): number {
    return this.of.readTime(this.place, LAST);
  }

  get end(): number {
    return this.of.readTime(this.place, END);
  }

  get duration_min(): number {
    return this.of.read(this.place, SHORTEST);
  }

  get duration_max(): number {
    return this.of.read(this.place, LONGEST);
  }

  get paired(): number {
    return this.of.read(this.place, PAIRED);
  }

  get ambiguous(): number {
    return this.of.read(this.place, AMBIGUOUS);
  }

  /** Undefined until somebody asks, and again when what it rests on has changed. */
  get judgement(): Judgement | null | undefined {
    return judgementOf(this.of.read(this.place, MARKS) >>> JUDGEMENT_SHIFT);
  }

  set judgement(judgement: Judgement | null | undefined) {
    const marks = this.of.read(this.place, MARKS) & MARKS_MASK;
    this.of.write(this.place, MARKS, marks | (numberOf(judgement) << JUDGEMENT_SHIFT));
  }

  /** What the book of logs noted; 0: nothing yet. */
  get note(): number {
    return this.of.read(this.place, NOTE);
  }

  set note(note: number) {
    this.of.write(this.place, NOTE, note);
  }

  has(mark: number): boolean {
    return (this.of.read(this.place, MARKS) & mark) !== 0;
  }

  /** Sets or clears a mark. True when that changed it. */
  mark(mark: number, on: boolean): boolean {
    if (this.has(mark) === on) return false;
    this.of.write(this.place, MARKS, this.of.read(this.place, MARKS) ^ mark);
    return true;
  }
}

export class LivingShape extends LegRows {
  /** Among all shapes of the table, from 0 on. */
  readonly index: number;
  /** From the line alone. */
  readonly raw: Facts;
  /** With what the pod's own addresses tell. */
  facts: Facts;
  /** Legs that somebody holds. */
  #held: Map<number, LivingLeg> | null = null;

  constructor(raw: Facts, index: number) {
    super();
    this.index = index;
    this.raw = raw;
    this.facts = raw;
  }

  /** The store's. */
  get id(): number {
    return this.raw.shape.id;
  }

  /** Its legs, made for whoever asks: they are not to be held. */
  get legs(): readonly LivingLeg[] {
    return Array.from({ length: this.length }, (_, place) => this.leg(place));
  }

  /** The leg at a place: the one that is held, or another. */
  leg(place: number): LivingLeg {
    return this.#held?.get(place) ?? new LivingLeg(this, place);
  }

  /** The leg at a place, from now on one object for all who ask. */
  hold(place: number): LivingLeg {
    this.#held ??= new Map();
    const known = this.#held.get(place);
    if (known !== undefined) return known;
    const leg = new LivingLeg(this, place);
    this.#held.set(place, leg);
    return leg;
  }

  /** All its legs, to be held. */
  holdAll(): LivingLeg[] {
    return Array.from({ length: this.length }, (_, place) => this.hold(place));
  }

  /** Tells each leg, one after the other by one object: it holds until the next. */
  each(tell: (leg: LivingLeg) => void): void {
    const leg = new LivingLeg(this, 0);
    for (let place = 0; place < this.length; place++) {
      leg.place = place;
      tell(leg);
    }
  }

  /** As `each`, of some hours alone. */
  eachIn({ from, to }: Hours, tell: (leg: LivingLeg) => void): void {
    if (this.newest < from) return;
    const leg = new LivingLeg(this, 0);
    for (let place = this.placeFrom(from); place < this.length; place++) {
      const hour = this.read(place, HOUR);
      if (hour >= to && this.isInOrder) return;
      if (hour < from || hour >= to) continue;
      leg.place = place;
      tell(leg);
    }
  }

  /** Null: there is none. It is not to be held. */
  legIn(hour: number): LivingLeg | null {
    const place = this.placeOf(hour);
    return place === -1 ? null : this.leg(place);
  }

  /** Forgets all that was learned of its legs. */
  forget(): void {
    this.facts = this.raw;
    this.#held = null;
    for (let place = 0; place < this.length; place++) {
      this.write(place, MARKS, 0);
      this.write(place, NOTE, 0);
    }
  }
}
