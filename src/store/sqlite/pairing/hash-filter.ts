/** Says of most hashes that are not in a list that they are not, from about a byte each: a Bloom filter. `wasm/lists.ts` makes its bits. */

/** At least so many bits a hash; as the number of bits is a power of two, up to twice as many. */
const BITS_PER_HASH = 8;
const BITS_MIN = 64;

export class HashFilter {
  readonly #bits: Int32Array;
  readonly #mask: number;

  /** `bits`: 32 in each number; a power of two in all. */
  constructor(bits: Int32Array) {
    this.#bits = bits;
    this.#mask = 32 * bits.length - 1;
  }

  /** How many bits the filter of so many hashes has. */
  static bitsFor(hashes: number): number {
    return 2 ** Math.ceil(Math.log2(Math.max(BITS_MIN, BITS_PER_HASH * hashes)));
  }

  get byteLength(): number {
    return this.#bits.byteLength;
  }

  /** False: it is not in the list. True: it may be. */
  mayHave(hash: number): boolean {
    const step = stepOf(hash);
    return this.#has(hash) && this.#has(hash + step) && this.#has(hash + 2 * step);
  }

  #has(place: number): boolean {
    return ((this.#bits[(place & this.#mask) >>> 5] as number) & (1 << (place & 31))) !== 0;
  }
}

/** How far the bits of a hash are apart: odd, and from other bits of it than the first place. */
function stepOf(hash: number): number {
  return (Math.imul(hash, 0x9e3779b1) >>> 8) | 1;
}
