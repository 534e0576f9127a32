/** Who called, gathered and packed in WebAssembly: see `wasm/clients.ts`. */
import { startModule } from '../../../domain/web-assembly.ts';
import { CLIENT_CODE } from './client-code.ts';
import { LISTED_BYTES } from './client-filter.ts';

/** Lines are listed as they are until there are so many of them; no fewer are packed. */
export const LISTED_LINES_MAX = 16_384;
/** More are not held: what is sorted stays in the nearest memory. */
export const HELD_LINES_MAX = 65_536;

/** Places in its memory are numbers of bytes. */
interface ClientCode {
  readonly memory: { readonly buffer: ArrayBuffer };
  reserve(count: number): void;
  columnAt(column: number): number;
  keysAt(more: number): number;
  put(count: number): void;
  gathered(): number;
  clear(): void;
  forgetHosts(): void;
  putHost(shape: number, host: number): void;
  gather(from: number, count: number): number;
  pack(): number;
  packedAt(): number;
}

/** Columns of lines, by the numbers that the code has for them. */
const [START, SHAPE, PORT, MATE, IS_SERVER] = [0, 1, 2, 3, 4];

/** Lines of a batch: see `LineBatch`. */
export interface CallingLines {
  readonly length: number;
  readonly start: Float64Array;
  readonly shape: Int32Array;
  readonly downstreamRemotePort: Int32Array;
  readonly isServer: Uint8Array;
  /** The line that each is tied to, or NONE. */
  readonly mates: Int32Array;
}

/** What is stored of lines: seconds of the first and the last of them, how many there are, and stretches as `stretchesOf` reads them. */
export interface PackedCalls {
  readonly first: number;
  readonly last: number;
  readonly lines: number;
  readonly list: Uint8Array;
}

export class ClientGatherer {
  readonly #code = startModule<ClientCode>(CLIENT_CODE);
  readonly #hostOf: (shape: number) => number;
  #taken = 0;

  /** `hostOf`: id of the address of the clients of a shape, in a mesh; 0: they have none. */
  constructor(hostOf: (shape: number) => number) {
    this.#hostOf = hostOf;
  }

  /** Lines that are held. */
  get size(): number {
    return this.#code.gathered();
  }

  gather(lines: CallingLines): void {
    this.takeLines(lines);
    this.gatherTaken();
  }

  /** Copies lines, for `gatherTaken`. */
  takeLines({ length, start, shape, downstreamRemotePort, isServer, mates }: CallingLines): void {
    const code = this.#code;
    this.#taken = length;
    code.reserve(length);
    const { buffer } = code.memory;
    new Float64Array(buffer, code.columnAt(START), length).set(start.subarray(0, length));
    new Int32Array(buffer, code.columnAt(SHAPE), length).set(shape.subarray(0, length));
    new Int32Array(buffer, code.columnAt(PORT), length).set(downstreamRemotePort.subarray(0, length));
    new Int32Array(buffer, code.columnAt(MATE), length).set(mates.subarray(0, length));
    new Uint8Array(buffer, code.columnAt(IS_SERVER), length).set(isServer.subarray(0, length));
  }

  gatherTaken(): void {
    const code = this.#code;
    const length = this.#taken;
    for (let from = code.gather(0, length); from < length; from = code.gather(from, length)) {
      const [id = 0] = new Int32Array(code.memory.buffer, code.columnAt(SHAPE) + 4 * from, 1);
      code.putHost(id, this.#hostOf(id));
    }
  }

  /** What is held, as it is listed: LISTED_BYTES a line. It holds until the next call. */
  list(): Buffer {
    const code = this.#code;
    const lines = code.gathered();
    return Buffer.from(code.memory.buffer, code.keysAt(0) - lines * LISTED_BYTES, lines * LISTED_BYTES);
  }

  /** Holds lines that were listed before. */
  takeBack(list: Uint8Array): void {
    const code = this.#code;
    const lines = Math.floor(list.length / LISTED_BYTES);
    const at = code.keysAt(lines);
    new Uint8Array(code.memory.buffer, at, lines * LISTED_BYTES).set(list.subarray(0, lines * LISTED_BYTES));
    code.put(lines);
  }

  /** Packs what is held: at least one line. It holds until the next call. */
  pack(): PackedCalls {
    const code = this.#code;
    const end = code.pack();
    const lines = code.gathered();
    // Sorted by now.
    const keys = new Uint32Array(code.memory.buffer, code.keysAt(0) - lines * LISTED_BYTES, 2 * lines);
    const from = code.packedAt();
    return {
      first: keys[1] as number,
      last: keys[2 * lines - 1] as number,
      lines,
      list: Buffer.from(code.memory.buffer, from, end - from),
    };
  }

  /** Holds nothing any more. */
  clear(): void {
    this.#code.clear();
  }

  forgetHosts(): void {
    this.#code.forgetHosts();
  }
}
