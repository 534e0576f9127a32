/** A hash table from fixed-length rows of small integers to a number, without an object or a string a key. */

export class TupleTable {
  readonly #width: number;
  #capacity: number;
  #keys: Int32Array;
  #values: Int32Array;
  #size = 0;

  constructor(width: number, capacity = 1_024) {
    this.#width = width;
    this.#capacity = capacity;
    this.#keys = new Int32Array(capacity * width);
    this.#values = new Int32Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** The value of a key, or 0: values are above zero. */
  get(key: Int32Array): number {
    return this.#values[this.#place(key, 0)] ?? 0;
  }

  set(key: Int32Array, value: number): void {
    // One place at least stays free: a search for what is not there ends at it.
    if ((this.#size + 1) * 4 > this.#capacity * 3) this.#grow();
    this.#put(key, 0, value);
  }

  clear(): void {
    this.#values.fill(0);
    this.#size = 0;
  }

  #put(from: Int32Array, begin: number, value: number): void {
    const place = this.#place(from, begin);
    if (this.#values[place] === 0) this.#size++;
    this.#values[place] = value;
    const at = place * this.#width;
    for (let i = 0; i < this.#width; i++) this.#keys[at + i] = from[begin + i] as number;
  }

  /** Place of the key that begins in `from` at `begin`, or the free place where it belongs. */
  #place(from: Int32Array, begin: number): number {
    const width = this.#width;
    const keys = this.#keys;
    let hash = 0x9e3779b1;
    for (let i = 0; i < width; i++) {
      hash = Math.imul(hash ^ (from[begin + i] ?? 0), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    const mask = this.#capacity - 1;
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      if (this.#values[place] === 0) return place;
      const at = place * width;
      let i = 0;
      while (i < width && keys[at + i] === from[begin + i]) i++;
      if (i === width) return place;
    }
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#capacity *= 2;
    this.#keys = new Int32Array(this.#capacity * this.#width);
    this.#values = new Int32Array(this.#capacity);
    this.#size = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      if (value !== 0) this.#put(keys, i * this.#width, value);
    }
  }
}
