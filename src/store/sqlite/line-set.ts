/** A set of lines by second and hash, in one typed array: it makes no work for the garbage collector, however many there are. */

/** Numbers a place: low 32 bits of the hash, high 16 bits with TAKEN, second. */
const STRIDE = 3;
const TAKEN = 0x1_0000;
const FIRST_PLACES = 2 ** 14;
const TWO_32 = 0x1_0000_0000;
/** Spans of time that are told apart when the older half is dropped. */
const SPANS = 4_096;

export class LineSet {
  #places = FIRST_PLACES;
  #table = new Int32Array(FIRST_PLACES * STRIDE);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a line with a hash of 48 bits; false: it was there. */
  add(second: number, hash: number): boolean {
    if (!this.#put(second, hash | 0, TAKEN | Math.floor(hash / TWO_32))) return false;
    // A quarter of the places stays free, so that a search is short.
    if (++this.#size * 4 > this.#places * 3) this.#rebuild(this.#places * 2, 0);
    return true;
  }

  /** Drops the lines of the oldest seconds, so that at most so many are left. Answers the last second that is gone. */
  keepNewest(most: number): number {
    const table = this.#table;
    let first = Number.POSITIVE_INFINITY;
    let last = 0;
    for (let at = 0; at < table.length; at += STRIDE) {
      if (table[at + 1] === 0) continue;
      const second = table[at + 2] ?? 0;
      if (second < first) first = second;
      if (second > last) last = second;
    }
    const width = Math.ceil((last - first + 1) / SPANS);
    const lines = new Int32Array(SPANS);
    for (let at = 0; at < table.length; at += STRIDE) {
      if (table[at + 1] === 0) continue;
      const span = Math.floor(((table[at + 2] ?? 0) - first) / width);
      lines[span] = (lines[span] ?? 0) + 1;
    }
    let span = SPANS - 1;
    for (let kept = 0; span >= 0; span--) {
      kept += lines[span] ?? 0;
      if (kept > most) break;
    }
    const gone = Math.min(last, first + (span + 1) * width - 1);
    this.#rebuild(this.#places, gone);
    return gone;
  }

  clear(): void {
    this.#places = FIRST_PLACES;
    this.#table = new Int32Array(FIRST_PLACES * STRIDE);
    this.#size = 0;
  }

  #put(second: number, low: number, high: number): boolean {
    const table = this.#table;
    const mask = this.#places - 1;
    for (let place = (low ^ Math.imul(second, 0x9e3779b1)) & mask; ; place = (place + 1) & mask) {
      const at = place * STRIDE;
      const there = table[at + 1];
      if (there === 0) {
        table[at] = low;
        table[at + 1] = high;
        table[at + 2] = second;
        return true;
      }
      if (table[at] === low && there === high && table[at + 2] === second) return false;
    }
  }

  /** Puts the lines that began after a second in their places anew. */
  #rebuild(places: number, after: number): void {
    const old = this.#table;
    const kept = places === this.#places ? this.#take(after) : old;
    this.#places = places;
    this.#table = kept === old ? new Int32Array(places * STRIDE) : old.fill(0);
    this.#size = 0;
    for (let at = 0; at < kept.length; at += STRIDE) {
      const high = kept[at + 1] ?? 0;
      if (high === 0) continue;
      this.#put(kept[at + 2] ?? 0, kept[at] ?? 0, high);
      this.#size++;
    }
  }

  /** A copy of the lines that began after a second. */
  #take(after: number): Int32Array {
    const table = this.#table;
    let count = 0;
    for (let at = 0; at < table.length; at += STRIDE)
      if (table[at + 1] !== 0 && (table[at + 2] ?? 0) > after) count++;
    const taken = new Int32Array(count * STRIDE);
    let to = 0;
    for (let at = 0; at < table.length; at += STRIDE) {
      if (table[at + 1] === 0 || (table[at + 2] ?? 0) <= after) continue;
      taken[to++] = table[at] ?? 0;
      taken[to++] = table[at + 1] ?? 0;
      taken[to++] = table[at + 2] ?? 0;
    }
    return taken;
  }
}
