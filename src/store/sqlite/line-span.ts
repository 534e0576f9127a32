/** The lines of some neighbouring seconds, as a set in one small typed array: what is asked for together lies together. */

export const SPAN_SECONDS = 16;
/** Numbers a place: low 32 bits of the hash; its high 16 bits with the place of the second in the span, and TAKEN. */
const STRIDE = 2;
const SECOND_SHIFT = 16;
const TAKEN = 0x10_0000;
const FIRST_PLACES = 32;
/** The next row of a second is not known. */
export const NOT_KNOWN = -1;

export class LineSpan {
  size = 0;
  /** By place of a second in the span: number of the next row within it, or NOT_KNOWN. */
  readonly nextRow = new Int32Array(SPAN_SECONDS).fill(NOT_KNOWN);
  /** By place: lines that were looked for in the table, because not all of that second are here. */
  readonly asked = new Uint8Array(SPAN_SECONDS);
  /** A bit for each second all of whose lines are here. */
  #whole = 0;
  #places = FIRST_PLACES;
  #table: Int32Array;

  isWhole(place: number): boolean {
    return (this.#whole & (1 << place)) !== 0;
  }

  setWhole(place: number): void {
    this.#whole |= 1 << place;
  }

  /** Room for as many lines as there will probably be: `size` of the span before, say. */
  constructor(expected = 0) {
    while (this.#places * 3 < expected * 4) this.#places *= 2;
    this.#table = new Int32Array(this.#places * STRIDE);
  }

  /** Adds a line with a hash of 48 bits, its low 32 and its high 16; false: it was there. `place`: of its second in the span. */
  add(place: number, low: number, high: number): boolean {
    if (!this.#put(low, TAKEN | (place << SECOND_SHIFT) | high)) return false;
    // A quarter of the places stays free, so that a search is short.
    if (++this.size * 4 > this.#places * 3) this.#widen();
    return true;
  }

  has(place: number, low: number, high: number): boolean {
    const tagged = TAKEN | (place << SECOND_SHIFT) | high;
    const table = this.#table;
    for (
      let at = this.#firstPlace(low, tagged);
      table[at + 1] !== 0;
      at = (at + STRIDE) & (table.length - 1)
    ) {
      if (table[at] === low && table[at + 1] === tagged) return true;
    }
    return false;
  }

  #firstPlace(low: number, high: number): number {
    return STRIDE * ((low ^ Math.imul(high >>> SECOND_SHIFT, 0x9e3779b1)) & (this.#places - 1));
  }

  #put(low: number, high: number): boolean {
    const table = this.#table;
    const mask = table.length - 1;
    for (let at = this.#firstPlace(low, high); ; at = (at + STRIDE) & mask) {
      const there = table[at + 1];
      if (there === 0) {
        table[at] = low;
        table[at + 1] = high;
        return true;
      }
      if (table[at] === low && there === high) return false;
    }
  }

  #widen(): void {
    const old = this.#table;
    this.#places *= 2;
    this.#table = new Int32Array(this.#places * STRIDE);
    for (let at = 0; at < old.length; at += STRIDE) {
      const high = old[at + 1] as number;
      if (high !== 0) this.#put(old[at] as number, high);
    }
  }
}
