/** Pieces of bytes, gathered one behind the other on their way to another thread. */
import type { Pieces } from './messages.ts';

const FIRST_BYTES = 65_536;

export class PieceList {
  #keys: number[] = [];
  #ends: number[] = [];
  #bytes = new Uint8Array(FIRST_BYTES);
  #size = 0;

  /** Copies a piece. */
  add(first: number, second: number, piece: Uint8Array): void {
    const end = this.#size + piece.length;
    if (end > this.#bytes.length) {
      const wider = new Uint8Array(Math.max(2 * this.#bytes.length, end));
      wider.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = wider;
    }
    this.#bytes.set(piece, this.#size);
    this.#size = end;
    this.#keys.push(first, second);
    this.#ends.push(end);
  }

  /** What was added since the last time. */
  take(): Pieces {
    const pieces = {
      keys: Int32Array.from(this.#keys),
      ends: Int32Array.from(this.#ends),
      bytes: this.#bytes.slice(0, this.#size),
    };
    this.clear();
    return pieces;
  }

  clear(): void {
    this.#keys = [];
    this.#ends = [];
    this.#size = 0;
  }
}

/** Goes through pieces in their order. The bytes are part of those of all. */
export function eachPiece(
  { keys, ends, bytes }: Pieces,
  found: (first: number, second: number, piece: Buffer) => void,
): void {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0, from = 0; i < ends.length; i++) {
    const end = ends[i] as number;
    found(keys[2 * i] as number, keys[2 * i + 1] as number, all.subarray(from, end));
    from = end;
  }
}
