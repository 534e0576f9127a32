/** Stretches of bytes, each once: found by a hash, and believed only where every byte is the same. */

const FIRST_SLOTS = 4_096;
/** Stretches that may lie on the way to another one; past it, what somebody chose for its hash is not taken in. */
const PROBES_MAX = 64;

export class Stretches {
  /** Number of no stretch. */
  static readonly NONE = -1;
  size = 0;
  /** Bytes of all of them. */
  length = 0;
  #bytes = new Uint8Array(65_536);
  #view = new DataView(this.#bytes.buffer);
  #places = new Int32Array(FIRST_SLOTS / 2);
  #lengths = new Int32Array(FIRST_SLOTS / 2);
  /** Two numbers a slot: the hash, and the number of the stretch and one more; 0: empty. */
  #slots = new Int32Array(2 * FIRST_SLOTS);

  /** Number of the stretch in [from, to), or NONE. */
  find(view: DataView, from: number, to: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const hash = hashBytes(view, from, to);
    let at = (hash << 1) & mask;
    for (let probes = 0; probes < PROBES_MAX; probes++) {
      const number = (slots[at + 1] as number) - 1;
      if (number < 0) return Stretches.NONE;
      if (slots[at] === hash && this.#isSame(number, view, from, to)) return number;
      at = (at + 2) & mask;
    }
    return Stretches.NONE;
  }

  /** Adds a stretch that is not there and answers its number; NONE: it is not taken. */
  add(bytes: Uint8Array, view: DataView, from: number, to: number): number {
    if (4 * (this.size + 1) > this.#slots.length) this.#widen();
    if (!this.#place(hashBytes(view, from, to), this.size)) return Stretches.NONE;
    while (this.length + to - from > this.#bytes.length) {
      const wider = new Uint8Array(2 * this.#bytes.length);
      wider.set(this.#bytes);
      this.#bytes = wider;
      this.#view = new DataView(wider.buffer);
    }
    this.#bytes.set(bytes.subarray(from, to), this.length);
    this.#places[this.size] = this.length;
    this.#lengths[this.size] = to - from;
    this.length += to - from;
    return this.size++;
  }

  #isSame(number: number, view: DataView, from: number, to: number): boolean {
    const length = to - from;
    if (this.#lengths[number] !== length) return false;
    const known = this.#view;
    let at = this.#places[number] as number;
    if (length < 4) {
      for (let i = from; i < to; i++) if (known.getUint8(at++) !== view.getUint8(i)) return false;
      return true;
    }
    const last = to - 4;
    const end = at + length - 4;
    for (let i = from; i < last; i += 4, at += 4) {
      if (known.getInt32(at, true) !== view.getInt32(i, true)) return false;
    }
    return known.getInt32(end, true) === view.getInt32(last, true);
  }

  #place(hash: number, number: number): boolean {
    const mask = this.#slots.length - 1;
    let at = (hash << 1) & mask;
    for (let probes = 0; probes < PROBES_MAX; probes++) {
      if (this.#slots[at + 1] === 0) {
        this.#slots[at] = hash;
        this.#slots[at + 1] = number + 1;
        return true;
      }
      at = (at + 2) & mask;
    }
    return false;
  }

  #widen(): void {
    const slots = this.#slots;
    this.#slots = new Int32Array(2 * slots.length);
    // One that finds no place any more is not found any more; it is learned again under another number.
    for (let at = 0; at < slots.length; at += 2) {
      const number = slots[at + 1] as number;
      if (number > 0) this.#place(slots[at] as number, number - 1);
    }
    const places = new Int32Array(this.#slots.length / 4);
    const lengths = new Int32Array(this.#slots.length / 4);
    places.set(this.#places);
    lengths.set(this.#lengths);
    this.#places = places;
    this.#lengths = lengths;
  }
}

/** A hash of the bytes in [from, to). */
export function hashBytes(view: DataView, from: number, to: number): number {
  const length = to - from;
  let hash = length;
  if (length < 4) {
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ view.getUint8(i), 0x85ebca6b);
  } else {
    const last = to - 4;
    for (let i = from; i < last; i += 4) {
      hash = Math.imul(hash ^ view.getInt32(i, true), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ view.getInt32(last, true), 0x85ebca6b);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
