/** Which blocks of flows the other thread holds: a byte for each, by hour. */
import { HOUR_MS } from '../../../domain/time.ts';

const FIRST_BLOCKS = 256;

export class KnownBlocks {
  /** How many there are. */
  size = 0;
  readonly #hours = new Map<number, Uint8Array>();
  /** The hour that was asked for last, and its times. */
  #hour = 0;
  #begin = Number.POSITIVE_INFINITY;
  #end = Number.NEGATIVE_INFINITY;
  #blocks: Uint8Array = new Uint8Array(0);

  /** Notes a block, of the hour of a time (ms since the epoch). False: it was known. */
  note(time: number, block: number): boolean {
    if (time < this.#begin || time >= this.#end) this.#enter(Math.floor(time / HOUR_MS));
    if (this.#blocks[block] === 1) return false;
    if (block >= this.#blocks.length) this.#widen(block);
    this.#blocks[block] = 1;
    this.size++;
    return true;
  }

  #enter(hour: number): void {
    this.#hour = hour;
    this.#begin = hour * HOUR_MS;
    this.#end = this.#begin + HOUR_MS;
    let blocks = this.#hours.get(hour);
    if (blocks === undefined) {
      blocks = new Uint8Array(FIRST_BLOCKS);
      this.#hours.set(hour, blocks);
    }
    this.#blocks = blocks;
  }

  #widen(block: number): void {
    const wider = new Uint8Array(Math.max(2 * this.#blocks.length, block + 1));
    wider.set(this.#blocks);
    this.#hours.set(this.#hour, wider);
    this.#blocks = wider;
  }

  clear(): void {
    this.size = 0;
    this.#hours.clear();
    this.#begin = Number.POSITIVE_INFINITY;
    this.#end = Number.NEGATIVE_INFINITY;
  }
}
