/**
 * The inner loop of the express lane, in WebAssembly (`wasm/scanner/`): splits lines into words, cuts them into stretches, knows
 * stretches and their combinations, and reads numbers. It has memory of its own, into which lines are copied.
 */

import type { LineColumns } from '../domain/line-columns.ts';
import { startModule } from '../domain/web-assembly.ts';
import { type Layout, STRETCHES_MAX } from './express-layout.ts';
import { SLOT_KINDS, type Slot } from './express-object.ts';
import { SCANNER_CODE } from './scanner-code.ts';

/** Lines with more bytes are not for the scanner. */
export const LINE_BYTES_MAX = 2_048;
/** No stretch, no row, no layout. */
export const NONE = -1;
const NEWLINE = 0x0a;
const NUMBERS = 7;
/** The stretches of a line, and its layout. */
export const KEY_LENGTH = STRETCHES_MAX + 1;
/** In the place of the layout: the row says who wrote the lines that begin and end so. */
const WRITER_ROW = -2;
/** Bytes that are copied at once: fewer while lines are met that have to be read the long way. */
const PIECE_BYTES_MIN = 4_096;
/** Bytes behind a line that may be looked at. */
const BEHIND_BYTES = 32;

/** Places in the scanner's memory are numbers of bytes. */
interface Code {
  readonly memory: { readonly buffer: ArrayBuffer };
  reset(hashMask: number): void;
  resetRows(): void;
  bytesAt(): number;
  bytesMax(): number;
  linesMax(): number;
  columnsAt(): number;
  keysAt(): number;
  keyBytes(): number;
  textsAt(): number;
  textLength(): number;
  lineAt(): number;
  cutsAt(): number;
  wordsAt(): number;
  numbersAt(): number;
  lastEnd(): number;
  stretchesKnown(): number;
  stretchesLength(): number;
  findStretch(from: number, to: number): number;
  addStretch(from: number, to: number): number;
  setWriter(stretch: number, writer: number): void;
  metAt(count: number): number;
  findRow(at: number): number;
  addRow(at: number, value: number): number;
  addLayout(
    words: number,
    clock: number,
    counts: number,
    upstream: number,
    downstream: number,
    path: number,
    id: number,
    isWrapped: number,
    stretches: number,
  ): number;
  addObjectLayout(words: number): number;
  addSlot(layout: number, word: number, head: number, tail: number, kind: number): void;
  dropLayout(words: number): void;
  layoutMet(layout: number): number;
  split(from: number, to: number): number;
  splitMembers(from: number, to: number): number;
  cutBy(layout: number): number;
  numbersBy(layout: number): number;
  scanned(): number;
  scan(from: number, to: number, capacity: number): number;
}

/** Whose lines were read the long way in a stream. */
export interface Met {
  /** By number of the writer: 1 for those. */
  writers: Uint8Array;
  /** Another number after each change. */
  version: number;
}

export class Scanner {
  /** The stretches of the line in hand, NONE behind them, and then its layout. */
  readonly line = new Int32Array(KEY_LENGTH);
  readonly #code = startModule<Code>(SCANNER_CODE);
  readonly #hashMask: number;
  readonly #at: {
    readonly bytes: number;
    readonly line: number;
    readonly words: number;
    readonly cuts: number;
    readonly numbers: number;
    readonly keys: number;
    readonly texts: number;
    readonly columns: number;
  };
  readonly #bytesMax: number;
  readonly #linesMax: number;
  readonly #keyInts: number;
  #pieceBytes = PIECE_BYTES_MIN;
  #u8 = new Uint8Array(0);
  #i32 = new Int32Array(0);
  #f64 = new Float64Array(0);
  /** What it was told of last, to see whether that is another stream, or more of it. */
  #met: Met | null = null;
  /** Of the longest list that was met. */
  #metLength = 0;
  #metVersion = 0;

  /** `hashMask`: the bits of hashes that count. */
  constructor(hashMask = -1) {
    const code = this.#code;
    this.#hashMask = hashMask;
    this.#at = {
      bytes: code.bytesAt(),
      line: code.lineAt() / 4,
      words: code.wordsAt() / 4,
      cuts: code.cutsAt() / 4,
      numbers: code.numbersAt() / 8,
      keys: code.keysAt() / 4,
      texts: code.textsAt(),
      columns: code.columnsAt(),
    };
    this.#bytesMax = code.bytesMax();
    this.#linesMax = code.linesMax();
    this.#keyInts = code.keyBytes() / 4;
    this.reset();
  }

  /** Forgets all. */
  reset(): void {
    this.#code.reset(this.#hashMask);
    this.#met = null;
    // Its memory of them begins anew, and small.
    this.#metLength = 0;
  }

  /** Forgets the combinations, and who wrote wrapped lines. */
  dropRows(): void {
    this.#code.resetRows();
  }

  /** Stretches that are known, and the bytes of all of them. */
  get stretches(): number {
    return this.#code.stretchesKnown();
  }

  get stretchBytes(): number {
    return this.#code.stretchesLength();
  }

  // One line, that is to be learned from.

  /** Takes a line into its memory, of at most `LINE_BYTES_MAX` bytes, and answers its number of words; 0: not for the lane. */
  load(bytes: Uint8Array, from: number, to: number): number {
    const end = this.#copyIn(bytes, from, to);
    const words = this.#code.split(this.#at.bytes, end);
    return this.#code.lastEnd() === end ? words : 0;
  }

  /** Splits the line again, into the members of an object, and answers their number; 0: not for the lane. */
  loadMembers(): number {
    return this.#code.splitMembers(this.#at.bytes, this.#code.lastEnd());
  }

  /** Cuts the line by a layout; false: it is not of this layout. */
  cut(layout: number): boolean {
    return this.#code.cutBy(layout) !== 0;
  }

  /** Where a stretch of the line that was cut begins (2 * number) or ends (2 * number + 1), in bytes from that of the line. */
  cutAt(place: number): number {
    this.#look();
    return (this.#i32[this.#at.cuts + place] as number) - this.#at.bytes;
  }

  /** Where a word of the line begins. */
  wordAt(word: number): number {
    this.#look();
    return (this.#i32[this.#at.words + word] as number) - this.#at.bytes;
  }

  /** Start, received, sent, duration, the two ports, and of a request the service time; null: one is written in no plain way. */
  numbers(layout: number): Float64Array | null {
    if (this.#code.numbersBy(layout) === 0) return null;
    this.#look();
    return this.#f64.subarray(this.#at.numbers, this.#at.numbers + NUMBERS);
  }

  /** Number of a stretch of the line that was loaded, or NONE. */
  findStretch(from: number, to: number): number {
    return this.#code.findStretch(this.#at.bytes + from, this.#at.bytes + to);
  }

  /** Adds a stretch of it that is not known, and answers its number; NONE: it is not taken. */
  addStretch(from: number, to: number): number {
    return this.#code.addStretch(this.#at.bytes + from, this.#at.bytes + to);
  }

  /** Adds a layout; NONE: it is not taken. */
  addLayout(words: number, layout: Layout, stretches: number): number {
    if (layout.slots !== null) return this.#addObjectLayout(words, layout.slots);
    const { clock, counts, upstreamLocal, downstreamRemote, request, isWrapped } = layout;
    const { path, id } = request ?? { path: NONE, id: NONE };
    const wrapped = isWrapped ? 1 : 0;
    return this.#code.addLayout(
      ...([words, clock, counts, upstreamLocal, downstreamRemote, path, id, wrapped, stretches] as const),
    );
  }

  #addObjectLayout(words: number, slots: readonly Slot[]): number {
    if (slots.length >= STRETCHES_MAX) return NONE;
    const number = this.#code.addObjectLayout(words);
    if (number === NONE) return NONE;
    for (const { word, head, tail, kind } of slots)
      this.#code.addSlot(number, word, head, tail, SLOT_KINDS.indexOf(kind));
    return number;
  }

  /** Takes back the layout that was added last. */
  dropLayout(words: number): void {
    this.#code.dropLayout(words);
  }

  /** How many lines were read by a layout. */
  met(layout: number): number {
    return this.#code.layoutMet(layout);
  }

  /** Value of `line`, or NONE. */
  findLine(): number {
    this.#putLine();
    return this.#code.findRow(this.#at.line * 4);
  }

  /** Gives `line` a value; false: it is not taken. */
  addLine(value: number): boolean {
    this.#putLine();
    return this.#code.addRow(this.#at.line * 4, value) !== 0;
  }

  /** Says who writes lines that begin with a stretch. */
  setWriter(stretch: number, writer: number): void {
    this.#code.setWriter(stretch, writer);
  }

  /** The same for those that begin and end with two; false: it is not taken. */
  setWrappedWriter(first: number, last: number, writer: number): boolean {
    const held = this.line.slice();
    this.line.fill(NONE);
    this.line[0] = first;
    this.line[1] = last;
    this.line[STRETCHES_MAX] = WRITER_ROW;
    const isTaken = this.addLine(writer);
    this.line.set(held);
    return isTaken;
  }

  // Many lines.

  /**
   * Adds lines in [from, to) to `columns` while they are made of known stretches, and answers where the first one begins that is not.
   * `combine` answers the template of `line`, whose stretches were not met together before; NONE: it has none. Lines of writers that are not met are left out.
   */
  read(
    bytes: Buffer,
    from: number,
    to: number,
    columns: LineColumns,
    met: Met,
    combine: () => number,
  ): number {
    if (this.#met !== met || this.#metVersion !== met.version) this.#takeMet(met);
    let at = from;
    while (at < to && columns.length < columns.capacity) {
      const end = this.#pieceEnd(bytes, at, to);
      if (end <= at) return at;
      const capacity = Math.min(this.#linesMax, columns.capacity - columns.length);
      const found = this.#code.scan(this.#at.bytes, this.#copyIn(bytes, at, end), capacity);
      const lines = this.#combineAll(found, combine);
      this.#copyTo(columns, lines);
      const next = lines < found ? this.#beginOf(lines) : this.#code.scanned();
      at += next - this.#at.bytes;
      if (at === end) this.#pieceBytes = Math.min(2 * this.#pieceBytes, this.#bytesMax);
      else if (lines < capacity) {
        this.#pieceBytes = Math.max(this.#pieceBytes >> 1, PIECE_BYTES_MIN);
        return at;
      }
    }
    return at;
  }

  #takeMet(met: Met): void {
    const at = this.#code.metAt(met.writers.length);
    this.#look();
    const { length } = met.writers;
    this.#u8.set(met.writers, at);
    // What a stream before met beyond these is nothing that this one met.
    if (length < this.#metLength) this.#u8.fill(0, at + length, at + this.#metLength);
    this.#metLength = Math.max(this.#metLength, length);
    this.#met = met;
    this.#metVersion = met.version;
  }

  /** Copies bytes into its memory, and answers where they end there. Nothing of what was there before stands behind them. */
  #copyIn(bytes: Uint8Array, from: number, to: number): number {
    this.#look();
    const end = this.#at.bytes + to - from;
    this.#u8.set(bytes.subarray(from, to), this.#at.bytes);
    this.#u8.fill(0, end, end + BEHIND_BYTES);
    return end;
  }

  /** The end of the last whole line that is copied together with that at `from`; `from`: it is too long. */
  #pieceEnd(bytes: Buffer, from: number, to: number): number {
    if (to - from <= this.#pieceBytes) return to;
    return bytes.lastIndexOf(NEWLINE, from + this.#pieceBytes - 1) + 1;
  }

  /** Finds the templates of lines whose stretches were not met together; answers how many lines there are before one without. */
  #combineAll(lines: number, combine: () => number): number {
    this.#look();
    const first = this.#columnAt(4) / 4;
    for (let i = 0; i < lines; i++) {
      if (this.#i32[first + i] !== NONE) continue;
      const key = this.#at.keys + i * this.#keyInts;
      for (let at = 0; at < KEY_LENGTH; at++) this.line[at] = this.#i32[key + at] as number;
      // One before it may have brought it.
      const known = this.findLine();
      const template = known === NONE ? combine() : known;
      if (template === NONE) return i;
      this.#look();
      this.#i32[first + i] = template;
    }
    return lines;
  }

  #beginOf(line: number): number {
    this.#look();
    return this.#i32[this.#at.keys + line * this.#keyInts + KEY_LENGTH] as number;
  }

  /** Where a column begins: four of doubles, and those of numbers of 32 bits. */
  #columnAt(column: number): number {
    const wide = Math.min(column, 4);
    return this.#at.columns + this.#linesMax * (8 * wide + 4 * (column - wide));
  }

  #copyTo(columns: LineColumns, lines: number): void {
    if (lines === 0) return;
    const at = columns.length;
    this.#look();
    const wide = (column: number): Float64Array => {
      const from = this.#columnAt(column) / 8;
      return this.#f64.subarray(from, from + lines);
    };
    const narrow = (column: number): Int32Array => {
      const from = this.#columnAt(column) / 4;
      return this.#i32.subarray(from, from + lines);
    };
    columns.start.set(wide(0), at);
    columns.duration.set(wide(1), at);
    columns.received.set(wide(2), at);
    columns.sent.set(wide(3), at);
    columns.template.set(narrow(4), at);
    columns.upstreamLocalPort.set(narrow(5), at);
    columns.downstreamRemotePort.set(narrow(6), at);
    columns.serviceTime.set(narrow(7), at);
    const ends = narrow(8);
    const { textEnd, textLength } = columns;
    for (let i = 0; i < lines; i++) textEnd[at + i] = textLength + (ends[i] as number);
    const taken = ends[lines - 1] as number;
    if (taken > 0) {
      columns.widenTexts(textLength + taken);
      columns.texts.set(this.#u8.subarray(this.#at.texts, this.#at.texts + taken), textLength);
      columns.textLength += taken;
    }
    columns.length += lines;
  }

  #putLine(): void {
    this.#look();
    for (let at = 0; at < KEY_LENGTH; at++) this.#i32[this.#at.line + at] = this.line[at] as number;
  }

  /** Looks at its memory, which is another one after it grew. */
  #look(): void {
    const { buffer } = this.#code.memory;
    if (this.#u8.buffer === buffer) return;
    this.#u8 = new Uint8Array(buffer);
    this.#i32 = new Int32Array(buffer);
    this.#f64 = new Float64Array(buffer);
  }
}
