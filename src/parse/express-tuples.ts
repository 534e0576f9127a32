/** Rows of numbers, each once and with a value, found by open addressing. */

const FIRST_SLOTS = 4_096;
/** Rows that may lie on the way to another one; past it, rows that somebody chose for their hashes are not taken in. */
const PROBES_MAX = 64;

export class Tuples {
  /** Stands for no row. */
  static readonly NONE = -1;
  size = 0;
  readonly #width: number;
  /** The numbers of each row, and its value. */
  #rows: Int32Array;
  /** Number of the row and one more; 0: empty. */
  #slots = new Int32Array(FIRST_SLOTS);

  constructor(width: number) {
    this.#width = width;
    this.#rows = new Int32Array((FIRST_SLOTS / 2) * (width + 1));
  }

  /** Value of the row, or NONE. What stands in the array beyond the width does not matter. */
  find(row: Int32Array): number {
    const slots = this.#slots;
    const rows = this.#rows;
    const width = this.#width;
    const mask = slots.length - 1;
    let slot = hashOf(row, width) & mask;
    for (let probes = 0; probes < PROBES_MAX; probes++) {
      const number = (slots[slot] as number) - 1;
      if (number < 0) return Tuples.NONE;
      const at = number * (width + 1);
      let i = 0;
      while (i < width && rows[at + i] === row[i]) i++;
      if (i === width) return rows[at + width] as number;
      slot = (slot + 1) & mask;
    }
    return Tuples.NONE;
  }

  /** Adds a row that is not there, with a value from 0 on; false: it is not taken. */
  add(row: Int32Array, value: number): boolean {
    const width = this.#width;
    if (2 * (this.size + 1) > this.#slots.length) this.#widen();
    if (!this.#place(hashOf(row, width), this.size)) return false;
    const at = this.size++ * (width + 1);
    for (let i = 0; i < width; i++) this.#rows[at + i] = row[i] as number;
    this.#rows[at + width] = value;
    return true;
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
    const rows = new Int32Array((this.#slots.length / 2) * (width + 1));
    rows.set(this.#rows.subarray(0, this.size * (width + 1)));
    this.#rows = rows;
    // One that finds no place any more is not found any more, and is learned again.
    for (let number = 0; number < this.size; number++) {
      this.#place(hashOf(rows.subarray(number * (width + 1)), width), number);
    }
  }
}

function hashOf(row: Int32Array, width: number): number {
  let hash = 0;
  for (let i = 0; i < width; i++) hash = Math.imul(hash ^ (row[i] as number), 0x9e3779b1) ^ (hash >>> 15);
  return hash ^ (hash >>> 13);
}
