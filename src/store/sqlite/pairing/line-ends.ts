/** What is done with the ends of many lines of a batch at once: in WebAssembly, whose memory their columns are copied to. */
import type { SureLimits } from '../../../domain/ports.ts';
import type { LineBatch } from '../line-batch.ts';
import { copyNumbers } from '../number-columns.ts';
import { ANCHOR, CLIENT, FLAGS, SERVER, type ShapeCodes } from '../shape-codes.ts';
import type { AddressLists } from './address-lists.ts';
import type { LooseEnds } from './loose-ends.ts';
import { IN_THE_WAY, NO_CODE, type StagedLines, stagedLines, type WindowCode } from './window-memory.ts';

const NONE = -1;
/** Numbers of a shape in the window's own codes: `wasm/window/layout.ts`. */
const CODE_INTS = 4;
const CODE_BITS = 18;
const FLAG_BITS = 12;

/** Lines of a batch whose ends are placed together. */
export type PlacedLines = Pick<
  LineBatch,
  | 'shape'
  | 'start'
  | 'duration'
  | 'received'
  | 'sent'
  | 'hash'
  | 'upstreamLocalPort'
  | 'downstreamRemotePort'
  | 'slot'
  | 'hop'
>;

/** What is asked of those who know the lines. */
export interface PlaceDeps {
  /** Has the shapes of the lines: `placeOf` answers where. */
  readonly codes: ShapeCodes;
  readonly placeOf: (shape: number) => number;
  /** Gives a line its slots that is more than one plain end. */
  readonly placeOther: (index: number) => void;
}

/** Where it is noted by what ends are found that lie in rows. */
export interface RowLists {
  readonly keys: Pick<AddressLists, 'addAll'>;
  readonly halves: Pick<AddressLists, 'addAll'>;
  /** Takes ends that may be loose, and whose half keys hold other things than those of plain ones. */
  readonly addOther: (slot: number) => void;
}

export class LineEnds {
  readonly #code: WindowCode;
  readonly #staged: StagedLines;
  readonly #codes: Int32Array;
  readonly #loose: LooseEnds;

  constructor(code: WindowCode, loose: LooseEnds) {
    this.#code = code;
    this.#staged = stagedLines(code);
    this.#codes = new Int32Array(code.memory.buffer, code.codesAt(), 2 ** CODE_BITS * CODE_INTS);
    this.#loose = loose;
  }

  /** Lines that are worked at by one call. */
  get max(): number {
    return this.#staged.slot.length;
  }

  /** Puts the ends of the lines [from, to) of a batch into the window, and chains them. */
  place(batch: PlacedLines, from: number, to: number, deps: PlaceDeps): void {
    for (let at = from; at < to; at += this.max)
      this.#placeSome(batch, at, Math.min(to, at + this.max), deps);
  }

  #placeSome(batch: PlacedLines, from: number, to: number, deps: PlaceDeps): void {
    const lines = this.#staged;
    const count = to - from;
    copyNumbers(lines, 0, batch, from, to);
    lines.hash.set(batch.hash.subarray(from, to));
    lines.shape.set(batch.shape.subarray(from, to));
    for (let at = this.#code.place(0, count, from); at < count; at = this.#code.place(at, count, from)) {
      const why = this.#code.stoppedFor();
      if (why === NO_CODE) this.#takeCode(lines.shape[at] as number, deps);
      else if (why === IN_THE_WAY) clearWay(this.#code.slotInTheWay(), this.#loose);
      else {
        deps.placeOther(from + at);
        lines.slot[at] = batch.slot[from + at] as number;
        lines.hop[at] = batch.hop[from + at] as number;
        at++;
      }
    }
    batch.slot.set(lines.slot.subarray(0, count), from);
    batch.hop.set(lines.hop.subarray(0, count), from);
  }

  #takeCode(shape: number, { codes, placeOf }: PlaceDeps): void {
    const from = placeOf(shape);
    const { data } = codes;
    const at = (shape & (2 ** CODE_BITS - 1)) * CODE_INTS;
    this.#codes[at] = (data[from + FLAGS] as number) | (((shape >>> CODE_BITS) + 1) << FLAG_BITS);
    this.#codes[at + 1] = data[from + SERVER] as number;
    this.#codes[at + 2] = data[from + CLIENT] as number;
    this.#codes[at + 3] = data[from + ANCHOR] as number;
  }

  /** The limits that `settle` goes by; `reachMs`: as far as two lives may be apart and still be settled together. */
  setLimits(reachMs: number, { clockMs, noBytesMs, unknownBytesMs, otherBytesMs }: SureLimits): void {
    this.#code.setLimits(reachMs, clockMs, noBytesMs, unknownBytesMs, otherBytesMs);
  }

  /** Takes over where the ends of the lines [from, to) of a batch are; no more than `max`. */
  take({ slot, hop }: Pick<LineBatch, 'slot' | 'hop'>, from: number, to: number): void {
    this.#staged.slot.set(slot.subarray(from, to));
    this.#staged.hop.set(hop.subarray(from, to));
  }

  /**
   * Settles the ends of the `count` lines that were taken over, from the end `at` on, where that takes numbers alone: the own end of
   * each line and its hop. Answers the first one that it cannot settle: twice the line, and one more for its hop; without any, twice
   * `count`. Ends of the lines of the batch before `first` that it paired go into `looked`, if they are among the loose ones.
   */
  settle(at: number, count: number, first: number, looked: number[]): number {
    const next = this.#code.settle(at, count, first);
    this.#readListed(this.#code.listedCount(), looked);
    return next;
  }

  /** Ties two ends that nothing else touches, if numbers alone say that they are one: `TIED`, or `SURE` where one lies in a row. */
  tie(slot: number, other: number): number {
    return this.#code.tie(slot, other);
  }

  /** Puts the ends of the `count` lines that were taken over into `changed`, if they became loose or are so no longer. */
  listChanged(count: number, changed: number[]): void {
    this.#readListed(this.#code.listChanged(count), changed);
  }

  /**
   * Takes those of the ends that are loose by now among the loose ones, and the others out. Answers those for which that changed
   * something and which may have others near to them, or are tied to one. `hashOf`: of an end that is more than a plain one.
   */
  changeLoose(slots: readonly number[], hashOf: (slot: number) => number): readonly number[] {
    const changed: number[] = [];
    for (const count of this.#list(slots)) this.#readListed(this.#code.changeLoose(count), changed);
    for (const [at, slot] of changed.entries()) {
      if (slot >= 0) continue;
      changed[at] = -2 - slot;
      this.#loose.add(-2 - slot, hashOf(-2 - slot));
    }
    const near: number[] = [];
    for (const count of this.#list(changed)) this.#readListed(this.#code.listNear(count), near);
    return near;
  }

  /** Puts slots into the list, as many as go in at once. */
  *#list(slots: readonly number[]): Iterable<number> {
    const { listed } = this.#staged;
    for (let from = 0; from < slots.length; from += listed.length) {
      const some = slots.slice(from, from + listed.length);
      listed.set(some);
      yield some.length;
    }
  }

  #readListed(count: number, into: number[]): void {
    const { listed } = this.#staged;
    for (let i = 0; i < count; i++) into.push(listed[i] as number);
  }

  /**
   * Says of the first `length` lines of a batch which of its lines they are tied to, or NONE: `mates`; how those stand that are ends: their
   * `standing`; and what is known of the other ends of all of them: their `ends`. Answers the lines that a later one stands for.
   */
  findFates(
    batch: Pick<LineBatch, 'slot' | 'standing' | 'ends' | 'length'>,
    mates: Int32Array,
  ): readonly number[] {
    const { slot, mate, standing, ends, listed } = this.#staged;
    const superseded: number[] = [];
    for (let from = 0; from < batch.length; from += this.max) {
      const to = Math.min(batch.length, from + this.max);
      slot.set(batch.slot.subarray(from, to));
      standing.set(batch.standing.subarray(from, to));
      const found = this.#code.findFates(to - from);
      mates.set(mate.subarray(0, to - from), from);
      batch.standing.set(standing.subarray(0, to - from), from);
      batch.ends.set(ends.subarray(0, to - from), from);
      for (let i = 0; i < found; i++) superseded.push(from + (listed[i] as number));
    }
    return superseded;
  }

  /**
   * Notes in which rows the first `length` lines of a batch lie, all of whose lines have one: `rows`. What their ends are found by
   * again goes into the lists of `into`.
   */
  noteRows(batch: Pick<LineBatch, 'slot' | 'hop' | 'length'>, rows: Float64Array, into: RowLists): void {
    for (let from = 0; from < batch.length; from += this.max) {
      const to = Math.min(batch.length, from + this.max);
      this.take(batch, from, to);
      this.#staged.row.set(rows.subarray(from, to));
      this.#code.noteRows(to - from);
      this.#addNoted(into, batch, from);
    }
  }

  #addNoted(
    { keys, halves, addOther }: RowLists,
    batch: Pick<LineBatch, 'slot' | 'hop'>,
    from: number,
  ): void {
    const { keyHash, keyRow, halfHash, halfRow, listed } = this.#staged;
    const code = this.#code;
    const noted = code.keysNoted();
    if (noted > 0)
      keys.addAll(keyHash.subarray(0, noted), keyRow.subarray(0, noted), code.firstStart(), code.lastEnd());
    const half = code.halvesNoted();
    if (half > 0)
      halves.addAll(halfHash.subarray(0, half), halfRow.subarray(0, half), code.firstHalf(), code.lastHalf());
    for (let i = 0, others = code.othersNoted(); i < others; i++) {
      const at = listed[i] as number;
      const column = (at & 1) === 0 ? batch.slot : batch.hop;
      addOther(column[from + (at >> 1)] as number);
    }
  }
}

/** Takes a loose end out that stands where another one has to. `answer`: of `takeSlot`, when it has no slot. */
export function clearWay(answer: number, loose: LooseEnds): void {
  if (answer === NONE) throw new Error('BUG: a batch has more ends than the pairing window can hold');
  loose.remove(-2 - answer);
}
