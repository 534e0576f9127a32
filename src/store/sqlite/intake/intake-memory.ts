/** Lines on their way into a batch, in the memory of WebAssembly (`wasm/intake/`), which knows what was there before. */
import { startModule } from '../../../domain/web-assembly.ts';
import { INTAKE_CODE } from './intake-code.ts';

/** What is known of a line: it was there; it is new, and noted; it is to be looked for in the table; its second is to be read from it. */
export const KNOWN = 0;
export const NEW = 1;
export const LOOK = 2;
export const READ = 3;
/** Beside `LOOK` and `READ`, why `take` stopped: the line is like no other, or has texts that are left to TypeScript. */
export const OTHER = 4;

/** The next row of a second is not known. */
export const NOT_KNOWN = -1;

/** Times are ms since the epoch, seconds since the epoch, hashes of 48 bits; places in its memory numbers of bytes. */
export interface IntakeCode {
  readonly memory: { readonly buffer: ArrayBuffer };
  linesMax(): number;
  columnAt(column: number): number;
  reserveFacts(templates: number): void;
  putFacts(template: number, shape: number, contentA: number, contentB: number, flags: number): void;
  forgetFacts(): void;
  lookAhead(from: number, count: number): number;
  take(from: number, count: number, textBytes: number): number;
  takenLines(): number;
  takenTexts(): number;
  takenTextBytes(): number;
  beginTexts(bytes: number, templates: number): number;
  madeAt(): number;
  addParts(forwarded: number, said: number, kept: number, isEmpty: number): number;
  partsAt(number: number): number;
  shareParts(template: number, number: number): void;
  forgetTexts(): void;
  stoppedFor(): number;
  note(start: number, hash: number): number;
  hold(start: number, hash: number): number;
  holdAll(second: number): void;
  nextRow(second: number): number;
  askedSecond(): number;
  setNextRow(second: number, row: number): void;
  setWholeAfter(second: number): void;
  beginRows(count: number): void;
  rowColumnAt(column: number): number;
  giveRows(from: number, count: number): number;
  givenPairs(): number;
  givenSingles(): number;
  movedLines(): number;
  lines(): number;
  spans(): number;
  listSpans(): number;
  dropSpans(until: number): void;
  clear(): void;
  hashOf(
    contentA: number,
    contentB: number,
    start: number,
    duration: number,
    received: number,
    sent: number,
    upstreamLocalPort: number,
    downstreamRemotePort: number,
  ): number;
}

/** The lines in hand: what came, and what is worked out of it. */
interface Columns {
  readonly template: Int32Array;
  readonly textEnd: Int32Array;
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly received: Float64Array;
  readonly sent: Float64Array;
  readonly upstreamLocalPort: Int32Array;
  readonly downstreamRemotePort: Int32Array;
  readonly serviceTime: Int32Array;
  readonly hash: Float64Array;
  /** 0: the line has no template. */
  readonly shape: Int32Array;
  readonly flags: Int32Array;
  readonly isServer: Uint8Array;
  /** The following hold where a line in hand has a text. They are as in `LineBatch`. */
  readonly extraBegin: Int32Array;
  readonly extraLength: Int32Array;
  readonly request: Int32Array;
  readonly ownHash: Uint8Array;
}

export class IntakeMemory {
  readonly code = startModule<IntakeCode>(INTAKE_CODE);
  #columns: Columns | null = null;

  /** Until the memory grows, which any call of the code may make it do. */
  get columns(): Columns {
    const held = this.#columns;
    if (held !== null && held.start.buffer === this.code.memory.buffer) return held;
    this.#columns = columnsOf(this.code);
    return this.#columns;
  }
}

function columnsOf(code: IntakeCode): Columns {
  const max = code.linesMax();
  const { buffer } = code.memory;
  const ints = (column: number) => new Int32Array(buffer, code.columnAt(column), max);
  const doubles = (column: number) => new Float64Array(buffer, code.columnAt(column), max);
  return {
    template: ints(0),
    // One more in front: where the texts of the line before end.
    textEnd: new Int32Array(buffer, code.columnAt(1) - Int32Array.BYTES_PER_ELEMENT, max + 1),
    start: doubles(2),
    duration: doubles(3),
    received: doubles(4),
    sent: doubles(5),
    upstreamLocalPort: ints(6),
    downstreamRemotePort: ints(7),
    serviceTime: ints(8),
    hash: doubles(9),
    shape: ints(10),
    flags: ints(11),
    isServer: new Uint8Array(buffer, code.columnAt(12), max),
    extraBegin: ints(13),
    extraLength: ints(14),
    request: ints(15),
    ownHash: new Uint8Array(buffer, code.columnAt(16), max),
  };
}
