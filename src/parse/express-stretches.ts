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
  /**
   * Four numbers a slot, so that all that is asked of one lies together: the number of the stretch and one more (0: empty), its
   * hash, where it begins, and its length.
   */
  #slots = new Int32Array(4 * FIRST_SLOTS);

  /** Number of the stretch in [from, to), or NONE. */
  find(view: DataView, from: number, to: number): number {
    const slots = this.#slots;
    const known = this.#view;
    const mask = slots.length - 1;
    const hash = hashBytes(view, from, to);
    let at = (hash << 2) & mask;
    for (let probes = 0; probes < PROBES_MAX; probes++) {
      const number = (slots[at] as number) - 1;
      if (number < 0) return Stretches.NONE;
      const isLike = slots[at + 1] === hash && slots[at + 3] === to - from;
      if (isLike && isSame(known, slots[at + 2] as number, view, from, to)) return number;
      at = (at + 4) & mask;
    }
    return Stretches.NONE;
  }

  /** Adds a stretch that is not there and answers its number; NONE: it is not taken. */
  add(bytes: Uint8Array, view: DataView, from: number, to: number): number {
    if (8 * (this.size + 1) > this.#slots.length) this.#widen();
    const length = to - from;
    if (!this.#place(this.size, hashBytes(view, from, to), this.length, length)) return Stretches.NONE;
    while (this.length + length > this.#bytes.length) {
      const wider = new Uint8Array(2 * this.#bytes.length);
      wider.set(this.#bytes);
      this.#bytes = wider;
      this.#view = new DataView(wider.buffer);
    }
    this.#bytes.set(bytes.subarray(from, to), this.length);
    this.length += length;
    return this.size++;
  }

  #place(number: number, hash: number, place: number, length: number): boolean {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = (hash << 2) & mask;
    for (let probes = 0; probes < PROBES_MAX; probes++) {
      if (slots[at] === 0) {
        slots[at] = number + 1;
        slots[at + 1] = hash;
        slots[at + 2] = place;
        slots[at + 3] = length;
        return true;
      }
      at = (at + 4) & mask;
    }
    return false;
  }

  #widen(): void {
    const slots = this.#slots;
    this.#slots = new Int32Array(2 * slots.length);
    // One that finds no place any more is not found any more; it is learned again under another number.
    for (let at = 0; at < slots.length; at += 4) {
      const [number = 0, hash = 0, place = 0, length = 0] = slots.subarray(at, at + 4);
      if (number > 0) this.#place(number - 1, hash, place, length);
    }
  }
}

/** True when the bytes in [from, to) are those that begin at `at` in `known`. */
function isSame(known: DataView, at: number, view: DataView, from: number, to: number): boolean {
  const length = to - from;
  if (length < 4) {
    for (let i = 0; i < length; i++) if (known.getUint8(at + i) !== view.getUint8(from + i)) return false;
    return true;
  }
  const end = at + length;
  if (length < 16) {
    // The last four bytes of the first eight, and the first four of the last eight, may be some that were looked at.
    const middle = length < 8 ? 0 : 4;
    return (
      (differs(known, at, view, from) |
        differs(known, at + middle, view, from + middle) |
        differs(known, end - 4 - middle, view, to - 4 - middle) |
        differs(known, end - 4, view, to - 4)) ===
      0
    );
  }
  let i = from;
  for (let k = at; i + 16 < to; i += 16, k += 16) if (differsIn16(known, k, view, i) !== 0) return false;
  return differsIn16(known, end - 16, view, to - 16) === 0;
}

function differs(known: DataView, at: number, view: DataView, from: number): number {
  return known.getInt32(at, true) ^ view.getInt32(from, true);
}

function differsIn16(known: DataView, at: number, view: DataView, from: number): number {
  return (
    differs(known, at, view, from) |
    differs(known, at + 4, view, from + 4) |
    differs(known, at + 8, view, from + 8) |
    differs(known, at + 12, view, from + 12)
  );
}

/**
 * A hash of the bytes in [from, to). Sums of products, each by a factor of its own: none waits for the one before it, and few
 * loops end by chance.
 */
export function hashBytes(view: DataView, from: number, to: number): number {
  const length = to - from;
  let hash = length;
  if (length < 4) {
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ view.getUint8(i), 0x85ebca6b);
  } else if (length < 16) {
    const middle = length < 8 ? 0 : 4;
    const first = product(view, from, 0x9e3779b1) + product(view, from + middle, 0x85ebca77);
    const last = product(view, to - 4 - middle, 0xc2b2ae3d) + product(view, to - 4, 0x27d4eb2f);
    hash = (hash + (first | 0) + (last | 0)) | 0;
  } else {
    let at = from;
    for (; at + 16 < to; at += 16) hash = (Math.imul(hash, 0x165667b1) + products(view, at)) | 0;
    hash = (Math.imul(hash, 0x165667b1) + products(view, to - 16)) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function products(view: DataView, at: number): number {
  return (
    (product(view, at, 0x9e3779b1) +
      product(view, at + 4, 0x85ebca77) +
      product(view, at + 8, 0xc2b2ae3d) +
      product(view, at + 12, 0x27d4eb2f)) |
    0
  );
}

function product(view: DataView, at: number, factor: number): number {
  return Math.imul(view.getInt32(at, true), factor);
}
