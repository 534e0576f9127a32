/** Numbers of shapes that may be others from hour to hour: what is the same in nearly all hours stands there once. */

/** In place of a number. */
export const NONE = -1;

const NO_OTHERS: ReadonlyMap<number, readonly number[]> = new Map();

export class HourlyNumbers {
  /** By the id of the shape: as they mostly are, but for what is another one in the hour that was asked for last. */
  readonly #numbers: Int32Array;
  readonly #others: ReadonlyMap<number, readonly number[]>;
  /** Ids that are others now, each with what it mostly is. */
  #replaced: number[] = [];

  /** `mostly` is taken over. `others`: by the hour since the epoch ids, each followed by its number, those of an hour once each. */
  constructor(mostly: Int32Array, others: ReadonlyMap<number, readonly number[]> = NO_OTHERS) {
    this.#numbers = mostly;
    this.#others = others;
  }

  /** By the id of the shape, for the lines of an hour; they hold until the next call. */
  inHour(hour: number): Int32Array {
    const numbers = this.#mostly();
    const others = this.#others.get(hour) ?? [];
    for (let i = 0; i < others.length; i += 2) {
      const id = others[i] ?? 0;
      this.#replaced.push(id, numbers[id] ?? NONE);
      numbers[id] = others[i + 1] ?? NONE;
    }
    return numbers;
  }

  /** Others in their place, by their number; `NONE` stays. */
  map(to: Int32Array): HourlyNumbers {
    const after = (number: number): number => (number === NONE ? NONE : (to[number] ?? NONE));
    const others = [...this.#others].map(
      ([hour, own]) => [hour, own.map((value, i) => (i % 2 === 0 ? value : after(value)))] as const,
    );
    return new HourlyNumbers(this.#mostly().map(after), new Map(others));
  }

  #mostly(): Int32Array {
    const replaced = this.#replaced;
    for (let i = 0; i < replaced.length; i += 2) this.#numbers[replaced[i] ?? 0] = replaced[i + 1] ?? NONE;
    this.#replaced = [];
    return this.#numbers;
  }
}
