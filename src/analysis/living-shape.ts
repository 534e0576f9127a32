/**
 * A shape with its legs, one an hour. Their numbers stand one after the other in one array for many shapes: there are very
 * many legs, and an object for each would take ten times as much. Legs are made of them when somebody asks.
 */
import type { Flow, Shape } from '../domain/ports.ts';
import { HOUR_MS } from '../domain/time.ts';
import type { Judgement } from './judgement.ts';
import type { Facts, Leg } from './legs.ts';

/** Places of the numbers of a leg. Those that are times count from the beginning of its hour, ms. */
export const HOUR = 0;
export const CONNECTIONS = 1;
export const RECEIVED = 2;
export const SENT = 3;
export const FIRST = 4;
export const LAST = 5;
export const END = 6;
export const SHORTEST = 7;
export const LONGEST = 8;
export const PAIRED = 9;
export const AMBIGUOUS = 10;
/** `MARK` bits, and above them the number of a judgement; what a book noted of it. */
export const MARKS = 11;
export const NOTE = 12;
/** How many there are, and how many of them are a flow's. */
export const LEG_NUMBERS = 13;
export const OF_FLOW = 11;
const JUDGEMENT_SHIFT = 8;
const MARKS_MASK = (1 << JUDGEMENT_SHIFT) - 1;
const NUMBER_MAX = 2 ** 32 - 1;

/** Where a leg may be counted in. */
export const MARK = {
  gateway: 1,
  proven: 2,
  candidate: 4,
  candidatePod: 8,
  client: 16,
  claim: 32,
} as const;

export type Numbers = Uint32Array | Float64Array;

/** Hands out room for the numbers of legs: many shapes share one array. */
export interface Room {
  take(numbers: number): { readonly array: Uint32Array; readonly at: number };
}

/** There are few judgements and very many legs, which hold their numbers: 0 while nobody asked. */
const JUDGEMENTS: Array<Judgement | null | undefined> = [undefined, null];
const NUMBER_OF = new Map<Judgement | null | undefined, number>([
  [undefined, 0],
  [null, 1],
]);

function numberOf(judgement: Judgement | null | undefined): number {
  const known = NUMBER_OF.get(judgement);
  if (known !== undefined) return known;
  const number = JUDGEMENTS.push(judgement) - 1;
  NUMBER_OF.set(judgement, number);
  return number;
}

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
    return JUDGEMENTS[this.of.read(this.place, MARKS) >>> JUDGEMENT_SHIFT];
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

/** Bounds of the times of all legs of a shape, and what they add up to. */
export interface Span {
  readonly first: number;
  readonly last: number;
  readonly end: number;
  readonly connections: number;
}

export class LivingShape {
  /** Among all shapes of the table, from 0 on. */
  readonly index: number;
  /** From the line alone. */
  readonly raw: Facts;
  /** With what the pod's own addresses tell. */
  facts: Facts;
  length = 0;
  /** Hour of its newest leg; -1 without any. */
  newest = -1;
  /** False once an hour came that is not behind all others. */
  #isInOrder = true;
  #numbers: Numbers = NO_NUMBERS;
  #at = 0;
  #room = 0;
  /** Legs that somebody holds. */
  #held: Map<number, LivingLeg> | null = null;

  constructor(raw: Facts, index: number) {
    this.index = index;
    this.raw = raw;
    this.facts = raw;
  }

  read(place: number, number: number): number {
    return this.#numbers[this.#at + place * LEG_NUMBERS + number] as number;
  }

  readTime(place: number, number: number): number {
    const at = this.#at + place * LEG_NUMBERS;
    return (this.#numbers[at] as number) * HOUR_MS + (this.#numbers[at + number] as number);
  }

  write(place: number, number: number, value: number): void {
    if (!isNarrow(value) && this.#numbers instanceof Uint32Array) this.#widen();
    this.#numbers[this.#at + place * LEG_NUMBERS + number] = value;
  }

  /** Makes room for more legs, in an array that other shapes use as well. */
  reserve(legs: number, room: Room): void {
    const { array, at } = room.take(legs * LEG_NUMBERS);
    this.#numbers = array;
    this.#at = at;
    this.#room = legs;
  }

  /** Adds a leg without numbers, and answers its place. */
  add(hour: number): number {
    if (this.length === this.#room) this.#move(Math.max(2, 2 * this.#room));
    const place = this.length++;
    const from = this.#at + place * LEG_NUMBERS;
    this.#numbers.fill(0, from, from + LEG_NUMBERS);
    this.#numbers[from + HOUR] = hour;
    if (hour < this.newest) this.#isInOrder = false;
    else this.newest = hour;
    return place;
  }

  /** Takes the numbers of a flow of the hour of a leg. */
  put(place: number, flow: Flow): void {
    const start = flow.hour * HOUR_MS;
    this.write(place, CONNECTIONS, flow.connections);
    this.write(place, RECEIVED, flow.bytes_received);
    this.write(place, SENT, flow.bytes_sent);
    this.write(place, FIRST, flow.first - start);
    this.write(place, LAST, flow.last - start);
    this.write(place, END, flow.end - start);
    this.write(place, SHORTEST, flow.duration_min);
    this.write(place, LONGEST, flow.duration_max);
    this.write(place, PAIRED, flow.paired);
    this.write(place, AMBIGUOUS, flow.ambiguous);
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

  /** Place of the leg of an hour; -1: there is none. The newest is mostly meant. */
  placeOf(hour: number): number {
    if (hour > this.newest) return -1;
    if (!this.#isInOrder) {
      for (let place = this.length - 1; place >= 0; place--)
        if (this.read(place, HOUR) === hour) return place;
      return -1;
    }
    let [low, high] = [0, this.length - 1];
    if (hour === this.newest) return high;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.read(middle, HOUR);
      if (found === hour) return middle;
      if (found < hour) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** Null: there is none. It is not to be held. */
  legIn(hour: number): LivingLeg | null {
    const place = this.placeOf(hour);
    return place === -1 ? null : this.leg(place);
  }

  /** Hour of its oldest leg. */
  get oldest(): number {
    let oldest = this.read(0, HOUR);
    if (this.#isInOrder) return oldest;
    for (let place = 1; place < this.length; place++) oldest = Math.min(oldest, this.read(place, HOUR));
    return oldest;
  }

  get span(): Span {
    let [first, last, end] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let connections = 0;
    for (let place = 0; place < this.length; place++) {
      first = Math.min(first, this.readTime(place, FIRST));
      last = Math.max(last, this.readTime(place, LAST));
      end = Math.max(end, this.readTime(place, END));
      connections += this.read(place, CONNECTIONS);
    }
    return { first, last, end, connections };
  }

  /** Sets a mark of all its legs. */
  markAll(mark: number): void {
    for (let place = 0; place < this.length; place++)
      this.write(place, MARKS, this.read(place, MARKS) | mark);
  }

  /** Judges all its legs alike. */
  judgeAll(judgement: Judgement | null): void {
    const high = numberOf(judgement) << JUDGEMENT_SHIFT;
    for (let place = 0; place < this.length; place++)
      this.write(place, MARKS, (this.read(place, MARKS) & MARKS_MASK) | high);
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

  /** Numbers of 32 bits are not enough for one of them. */
  #widen(): void {
    this.#replace(new Float64Array(Math.max(1, this.#room) * LEG_NUMBERS));
  }

  #move(room: number): void {
    const size = room * LEG_NUMBERS;
    this.#room = room;
    this.#replace(this.#numbers instanceof Uint32Array ? new Uint32Array(size) : new Float64Array(size));
  }

  #replace(numbers: Numbers): void {
    numbers.set(this.#numbers.subarray(this.#at, this.#at + this.length * LEG_NUMBERS));
    this.#numbers = numbers;
    this.#at = 0;
  }
}

const NO_NUMBERS = new Uint32Array(0);

function isNarrow(value: number): boolean {
  return value >= 0 && value <= NUMBER_MAX && Number.isInteger(value);
}
