/** The numbers of legs of one shape, one leg an hour. */
import type { Flow } from '../domain/ports.ts';
import { HOUR_MS } from '../domain/time.ts';
import type { Judgement } from './judgement.ts';
import {
  AMBIGUOUS,
  CONNECTIONS,
  END,
  FIRST,
  HOUR,
  isNarrow,
  JUDGEMENT_SHIFT,
  LAST,
  LEG_NUMBERS,
  LONGEST,
  MARKS,
  MARKS_MASK,
  type Numbers,
  numberOf,
  PAIRED,
  RECEIVED,
  SENT,
  SHORTEST,
} from './leg-numbers.ts';

/** Hands out room for the numbers of legs: many shapes share one array. */
export interface Room {
  take(numbers: number): { readonly array: Uint32Array; readonly at: number };
}

/** Bounds of the times of all legs of a shape, and what they add up to. */
export interface Span {
  readonly first: number;
  readonly last: number;
  readonly end: number;
  readonly connections: number;
}

const NO_NUMBERS = new Uint32Array(0);

export class LegRows {
  length = 0;
  /** Hour of its newest leg; -1 without any. */
  newest = -1;
  /** False once an hour came that is not behind all others. */
  #isInOrder = true;
  #numbers: Numbers = NO_NUMBERS;
  #at = 0;
  #room = 0;

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

  /** Adds a leg with the numbers of a flow, which stand as in `domain/flow-numbers`, and answers its place. */
  addNumbers(from: Float64Array, at: number): number {
    const hour = from[at] as number;
    const place = this.add(hour);
    const start = hour * HOUR_MS;
    // The places are the same on both sides.
    for (let number = CONNECTIONS; number <= AMBIGUOUS; number++) {
      const value = from[at + number] as number;
      this.write(place, number, number >= FIRST && number <= END ? value - start : value);
    }
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

  /** No leg before this place is of an hour, or of a later one. */
  placeFrom(hour: number): number {
    // Mostly all hours are asked for.
    if (!this.#isInOrder || this.length === 0 || this.read(0, HOUR) >= hour) return 0;
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.read(middle, HOUR) < hour) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** True when each leg is of a later hour than the one before. */
  get isInOrder(): boolean {
    return this.#isInOrder;
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
