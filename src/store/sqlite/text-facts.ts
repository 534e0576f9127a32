/** Numbers worked out of texts, by the ids of these: asked for with every new shape, several times. */

/** Texts with higher ids are worked out each time. */
const KNOWN_TEXTS_MAX = 2 ** 17;
const FIRST_CAPACITY = 1_024;

export class TextFacts {
  readonly #work: (id: number) => number;
  #values = new Int32Array(FIRST_CAPACITY);
  #isKnown = new Uint8Array(FIRST_CAPACITY);

  /** `work` works one out; the answer for an id stays the same. 32 bits. */
  constructor(work: (id: number) => number) {
    this.#work = work;
  }

  of(id: number): number {
    return this.#isKnown[id] === 1 ? (this.#values[id] ?? 0) : this.#learn(id);
  }

  clear(): void {
    this.#isKnown.fill(0);
  }

  #learn(id: number): number {
    const value = this.#work(id);
    if (id >= KNOWN_TEXTS_MAX) return value;
    while (id >= this.#values.length) {
      const wider = new Int32Array(2 * this.#values.length);
      wider.set(this.#values);
      this.#values = wider;
      const known = new Uint8Array(wider.length);
      known.set(this.#isKnown);
      this.#isKnown = known;
    }
    this.#values[id] = value;
    this.#isKnown[id] = 1;
    return value;
  }
}
