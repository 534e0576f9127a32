/** Which blocks of flows the other thread holds: a byte for each, by hour. */

const FIRST_BLOCKS = 256;

export class KnownBlocks {
  /** How many there are. */
  size = 0;
  readonly #hours = new Map<number, Uint8Array>();

  /** Notes a block. False: it was known. */
  note(hour: number, block: number): boolean {
    const blocks = this.#blocksOf(hour, block);
    if (blocks[block] === 1) return false;
    blocks[block] = 1;
    this.size++;
    return true;
  }

  /** Those of an hour, with room for a block. */
  #blocksOf(hour: number, block: number): Uint8Array {
    const held = this.#hours.get(hour);
    if (held !== undefined && block < held.length) return held;
    const wider = new Uint8Array(Math.max(2 * (held?.length ?? 0), block + 1, FIRST_BLOCKS));
    if (held !== undefined) wider.set(held);
    this.#hours.set(hour, wider);
    return wider;
  }

  clear(): void {
    this.size = 0;
    this.#hours.clear();
  }
}
