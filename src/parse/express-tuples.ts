/** Rows of numbers, each once, found by open addressing. */

const FIRST_SLOTS = 4_096;
/** Rows that may lie on the way to another one; past it, rows that somebody chose for their hashes are not taken in. */
const PROBES_MAX = 64;

export class Tuples {
  /** Number of no row. */
  static readonly NONE = -1;
  size = 0;
  readonly #width: number;
  #rows: Int32Array;
  /** Number of the row and one more; 0: empty. */
  #slots = new Int32Array(FIRST_SLOTS);

  constructor(width: number) {
    this.#width = width;
    this.#rows = new Int32Array((FIRST_SLOTS / 2) * width);
  }

  /** Number of the row, or NONE. */
  find(row: Int32Array): number {
    const slots = this.#slots;
    const rows = this.#rows;
    const width = this.#width;
    const mask = slots.length - 1;
    let slot = hashOf(row, width) & mask;
    for (let probes = 0; probes < PROBES_MAX; probes++) {
      const number = (slots[slot] as number) - 1;
      if (number < 0) return Tuples.NONE;
      const at = number * width;
      let i = 0;
      while (i < width && rows[at + i] === row[i]) i++;
      if (i === width) return number;
      slot = (slot + 1) & mask;
    }
    return Tuples.NONE;
  }

  /** Adds a row that is not there and answers its number; NONE: it is not taken. */
  add(row: Int32Array): number {
    if (2 * (this.size + 1) > this.#slots.length) this.#widen();
    if (!this.#place(hashOf(row, this.#width), this.size)) return Tuples.NONE;
    this.#rows.set(row, this.size * this.#width);
    return this.size++;
  }

  #place(hash: number, number: number): boolean {
    const mask = this.#slots.length - 1;
    for (let probes = 0; probes < PROBES_MAX; probes++) {
      const slot = (hash + probes) & mask;
      if (this.#slots[slot] !== 0) continue;
      this.#slots[slot] = number + 1;
      return true;
    }
    return false;
  }

  #widen(): void {
    const width = this.#width;
    this.#slots = new Int32Array(2 * this.#slots.length);
    const rows = new Int32Array((this.#slots.length / 2) * width);
    rows.set(this.#rows.subarray(0, this.size * width));
    this.#rows = rows;
    // One that finds no place any more is not found any more; it is learned again under another number.
    for (let number = 0; number < this.size; number++) {
      this.#place(hashOf(rows.subarray(number * width, (number + 1) * width), width), number);
    }
  }
}

function hashOf(row: Int32Array, width: number): number {
  let hash = 0;
  for (let i = 0; i < width; i++) hash = Math.imul(hash ^ (row[i] as number), 0x9e3779b1) ^ (hash >>> 15);
  return hash ^ (hash >>> 13);
}
