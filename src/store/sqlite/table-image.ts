/**
 * A small SQLite file with one table, made in memory by writing its pages: SQLite copies rows from such a file several times
 * quicker than it takes them one by one from parameters. Format: https://www.sqlite.org/fileformat2.html
 */
import { invariant } from '../../domain/errors.ts';

export const IMAGE_PAGE_BYTES = 65_536;
/** Among the values of a row: the column is NULL. */
export const NULL = Number.NEGATIVE_INFINITY;

const ROOT_PAGE = 2;
const FIRST_LEAF_AT = ROOT_PAGE * IMAGE_PAGE_BYTES;
const LEAF = 0x0d;
const INTERIOR = 0x05;
const LEAF_HEADER_BYTES = 8;
const INTERIOR_HEADER_BYTES = 12;
/** Rows on one page. */
const PAGE_ROWS_MAX = 2_048;
const ROWS_AT = LEAF_HEADER_BYTES + 2 * PAGE_ROWS_MAX;
/** More leaves than this do not find place under one root. */
const LEAVES_MAX = 4_000;
/** Places in the header of the file. */
const CHANGE_COUNTER_AT = 24;
const SIZE_IN_PAGES_AT = 28;
const VALID_FOR_AT = 92;
/** Of so many columns one byte tells how long the list of their types is. */
const COLUMNS_MAX = 100;
const TWO_28 = 2 ** 28;
const TWO_32 = 2 ** 32;
const TWO_47 = 2 ** 47;

export class TableImage {
  bytes = new Uint8Array(4 * IMAGE_PAGE_BYTES);
  #view = new DataView(this.bytes.buffer);
  #changes: number;
  /** Last row of each page that is full. */
  #lastRows: number[] = [];
  #lastRow = 0;
  #rowsOnPage = 0;
  /** True when all pages are. */
  #isComplete = false;
  /** Place of the page that is being filled, and of its next row. */
  #page = 0;
  #at = 0;

  /** `firstPage` is that of a file with nothing but an empty table, whose key is its first column. */
  constructor(firstPage: Uint8Array) {
    invariant(firstPage.length === IMAGE_PAGE_BYTES, `a first page of ${firstPage.length} bytes`);
    this.bytes.set(firstPage);
    this.#changes = this.#view.getUint32(CHANGE_COUNTER_AT);
    this.#beginPage();
  }

  /** Drops what was added since the last file. */
  clear(): void {
    this.#lastRows = [];
    this.#isComplete = false;
    this.#beginPage();
  }

  /**
   * Adds a row, whose key is `keys[place]`: the first `count` values behind its key; further columns have their defaults. Keys
   * ascend. The key comes in its array, because a large number by itself is made an object to be handed over.
   */
  add(keys: Float64Array, place: number, values: Float64Array, count: number): void {
    if (count > COLUMNS_MAX) throw new Error(`BUG: a row of ${count} columns`);
    const bytesMax = 13 + 9 * count;
    if (this.#rowsOnPage === PAGE_ROWS_MAX || this.#at + bytesMax > this.#page + IMAGE_PAGE_BYTES) {
      this.#lastRows.push(this.#lastRow);
      this.#endPage();
      this.#beginPage();
    }
    const key = keys[place] as number;
    this.#lastRow = key;
    const bytes = this.bytes;
    const start = this.#at;
    const high = Math.floor(key / TWO_28);
    const types = putVarint(bytes, start + 1, high, key - high * TWO_28);
    // The key itself is told by the row's number, and NULL among the columns.
    bytes[types] = count + 2;
    bytes[types + 1] = 0;
    let body = types + 2 + count;
    for (let i = 0; i < count; i++) {
      const value = values[i] ?? 0;
      const small = value | 0;
      if (small !== value) {
        if (value === NULL) bytes[types + 2 + i] = 0;
        else {
          bytes[types + 2 + i] = Math.abs(value) < TWO_47 ? 5 : 6;
          body = putLarge(bytes, body, value);
        }
      } else if (small === 0) bytes[types + 2 + i] = 8;
      else if (small === 1) bytes[types + 2 + i] = 9;
      else {
        const width =
          (small << 24) >> 24 === small
            ? 1
            : (small << 16) >> 16 === small
              ? 2
              : (small << 8) >> 8 === small
                ? 3
                : 4;
        bytes[types + 2 + i] = width;
        for (let shift = 8 * (width - 1); shift >= 0; shift -= 8) bytes[body++] = small >> shift;
      }
    }
    const length = body - types;
    if (length < 0x80) bytes[start] = length;
    else {
      // Two bytes tell the length: all behind it moves by one.
      bytes.copyWithin(start + 2, start + 1, body++);
      bytes[start] = 0x80 | (length >> 7);
      bytes[start + 1] = length & 0x7f;
    }
    this.#view.setUint16(this.#page + LEAF_HEADER_BYTES + 2 * this.#rowsOnPage++, start - this.#page);
    this.#at = body;
  }

  /** Adds leaves that are complete to an image that is empty; `lastRows`: the last row of each. Nothing else is added to it. */
  addPages(pages: Uint8Array, lastRows: Float64Array): void {
    while (FIRST_LEAF_AT + pages.length > this.bytes.length) this.#widen();
    this.bytes.set(pages, FIRST_LEAF_AT);
    this.#lastRows = [...lastRows.subarray(0, -1)];
    this.#isComplete = true;
  }

  /** Completes the file and answers it, to be used at once. What is added next begins a new one. */
  finish(): Uint8Array {
    if (!this.#isComplete) this.#endPage();
    const leaves = this.#lastRows.length + 1;
    // Page 2 was kept free for the root; a single page of rows is the root itself.
    if (leaves === 1) this.bytes.copyWithin(IMAGE_PAGE_BYTES, 2 * IMAGE_PAGE_BYTES, 3 * IMAGE_PAGE_BYTES);
    else this.#writeRoot();
    const pages = leaves === 1 ? ROOT_PAGE : ROOT_PAGE + leaves;
    this.#changes = (this.#changes + 1) % TWO_32;
    this.#view.setUint32(CHANGE_COUNTER_AT, this.#changes);
    this.#view.setUint32(VALID_FOR_AT, this.#changes);
    this.#view.setUint32(SIZE_IN_PAGES_AT, pages);
    const file = this.bytes.subarray(0, pages * IMAGE_PAGE_BYTES);
    this.clear();
    return file;
  }

  #beginPage(): void {
    this.#page = IMAGE_PAGE_BYTES * (ROOT_PAGE + this.#lastRows.length);
    if (this.#page + IMAGE_PAGE_BYTES > this.bytes.length) this.#widen();
    this.#at = this.#page + ROWS_AT;
    this.#rowsOnPage = 0;
  }

  #endPage(): void {
    const left = this.#page + IMAGE_PAGE_BYTES - this.#at;
    this.#writeHeader(this.#page, LEAF, this.#rowsOnPage, ROWS_AT);
    if (left < 4) this.bytes[this.#page + 7] = left;
    else {
      // What is left at the end of the page is on its list of free blocks.
      this.#view.setUint16(this.#page + 1, this.#at - this.#page);
      this.#view.setUint16(this.#at, 0);
      this.#view.setUint16(this.#at + 2, left);
    }
  }

  #writeRoot(): void {
    const root = IMAGE_PAGE_BYTES;
    const entries = this.#lastRows.length;
    invariant(entries < LEAVES_MAX, `an image of ${entries} pages`);
    const first = INTERIOR_HEADER_BYTES + 2 * entries;
    // From the end of the page backwards, as the lengths of the keys are known one by one.
    let at = root + IMAGE_PAGE_BYTES;
    const cell = new Uint8Array(16);
    this.#lastRows.forEach((key, i) => {
      const high = Math.floor(key / TWO_28);
      const length = putVarint(cell, 4, high, key - high * TWO_28);
      new DataView(cell.buffer).setUint32(0, ROOT_PAGE + 1 + i);
      at -= length;
      this.bytes.set(cell.subarray(0, length), at);
      this.#view.setUint16(root + INTERIOR_HEADER_BYTES + 2 * i, at - root);
    });
    invariant(at - root >= first, 'a root without place');
    this.#writeHeader(root, INTERIOR, entries, at - root);
    this.#view.setUint32(root + 8, ROOT_PAGE + 1 + entries);
  }

  #writeHeader(page: number, kind: number, cells: number, content: number): void {
    this.bytes[page] = kind;
    this.#view.setUint16(page + 1, 0);
    this.#view.setUint16(page + 3, cells);
    this.#view.setUint16(page + 5, content % IMAGE_PAGE_BYTES);
    this.bytes[page + 7] = 0;
  }

  #widen(): void {
    const wider = new Uint8Array(2 * this.bytes.length);
    wider.set(this.bytes);
    this.bytes = wider;
    this.#view = new DataView(wider.buffer);
  }
}

/** Writes a number that is not negative, `high` times 2^28 and `low`, seven bits a byte, and answers the place behind it. */
function putVarint(bytes: Uint8Array, at: number, high: number, low: number): number {
  let end = at;
  for (let shift = 21; shift >= 0; shift -= 7) {
    if (end > at || high >> shift !== 0) bytes[end++] = 0x80 | (high >> shift);
  }
  for (let shift = 21; shift > 0; shift -= 7) {
    if (end > at || low >> shift !== 0) bytes[end++] = 0x80 | (low >> shift);
  }
  bytes[end++] = low & 0x7f;
  return end;
}

/** Writes an integer beyond 32 bits in six bytes or, where it needs them, in eight; answers the place behind it. */
function putLarge(bytes: Uint8Array, at: number, value: number): number {
  const high = Math.floor(value / TWO_32);
  const low = value - high * TWO_32;
  let end = at;
  for (let shift = Math.abs(value) < TWO_47 ? 8 : 24; shift >= 0; shift -= 8) bytes[end++] = high >> shift;
  for (let shift = 24; shift >= 0; shift -= 8) bytes[end++] = low / 2 ** shift;
  return end;
}
