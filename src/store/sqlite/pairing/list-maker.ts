/** Lists of pairs of a hash and a row are made in WebAssembly, `wasm/lists.ts`, and read there when they are merged. */
import { startModule } from '../../../domain/web-assembly.ts';
import { HashFilter } from './hash-filter.ts';
import { LIST_CODE } from './list-code.ts';

/** Places in its memory are numbers of bytes. */
interface ListsCode {
  readonly memory: { readonly buffer: ArrayBuffer };
  reserve(count: number): void;
  hashesAt(): number;
  rowsAt(): number;
  listAt(): number;
  bitsAt(): number;
  encode(count: number): number;
  decode(count: number, bytes: number, from: number): void;
  filter(count: number, size: number): void;
}

/** A list as it is stored, and the filter of its hashes. */
export interface MadeList {
  readonly list: Buffer;
  readonly filter: HashFilter;
}

export class ListMaker {
  readonly #code = startModule<ListsCode>(LIST_CODE);

  /** Makes a list of pairs: `hashes`, 32 bits each, and their rows. */
  make(hashes: Uint32Array, rows: Float64Array): MadeList {
    this.#begin(hashes.length);
    this.#hashes(hashes.length).set(hashes);
    new Float64Array(this.#buffer, this.#code.rowsAt(), rows.length).set(rows);
    return this.#make(hashes.length);
  }

  /** Makes one list of several stored ones and how many pairs each of them has. */
  merge(lists: ReadonlyArray<{ readonly list: Buffer; readonly pairs: number }>): MadeList {
    const total = lists.reduce((sum, { pairs }) => sum + pairs, 0);
    this.#begin(total);
    let length = 0;
    for (const { list, pairs } of lists) {
      Buffer.from(this.#buffer, this.#code.listAt(), list.length).set(list);
      this.#code.decode(pairs, list.length, length);
      length += pairs;
    }
    return this.#make(total);
  }

  /** The filter of hashes, 32 bits each, little endian, one behind the other. */
  filterOf(hashes: Uint8Array): HashFilter {
    const count = hashes.length / 4;
    this.#begin(count);
    Buffer.from(this.#buffer, this.#code.hashesAt(), hashes.length).set(hashes);
    return this.#filter(count);
  }

  #make(count: number): MadeList {
    const filter = this.#filter(count);
    const bytes = this.#code.encode(count);
    const list = Buffer.allocUnsafeSlow(bytes);
    list.set(Buffer.from(this.#buffer, this.#code.listAt(), bytes));
    return { list, filter };
  }

  #filter(count: number): HashFilter {
    const size = HashFilter.bitsFor(count);
    this.#code.filter(count, size);
    return new HashFilter(new Int32Array(this.#buffer, this.#code.bitsAt(), size / 32).slice());
  }

  #begin(count: number): void {
    this.#code.reserve(Math.max(1, count));
  }

  #hashes(count: number): Uint32Array {
    return new Uint32Array(this.#buffer, this.#code.hashesAt(), count);
  }

  /** Another one after it grew. */
  get #buffer(): ArrayBuffer {
    return this.#code.memory.buffer;
  }
}
