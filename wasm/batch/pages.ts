/** Leaves of a table, filled one after the other: see `table-image.ts`. */
import { take } from '../memory';

const PAGE_BYTES: usize = 65_536;
const LEAF: u8 = 0x0d;
const LEAF_HEADER_BYTES: usize = 8;
const PAGE_ROWS_MAX: i32 = 2_048;
const ROWS_AT: usize = LEAF_HEADER_BYTES + 2 * <usize>PAGE_ROWS_MAX;

let pages: usize = 0;
let pageCapacity: i32 = 0;
let pageCount: i32 = 0;
/** The last row of each page. */
let lastRows: usize = 0;
/** Where the page that is being filled begins, its next row, and how many it has. */
let page: usize = 0;
export let pageEnd: usize = 0;
let pageRows: i32 = 0;

export function pagesAt(): usize {
  return pages;
}
export function lastRowsAt(): usize {
  return lastRows;
}

export function beginPages(): void {
  pageCount = 0;
}

/** Begins a page where the next row may not find room on this one. */
export function makeRoom(bytes: usize): void {
  if (pageCount === 0 || pageRows === PAGE_ROWS_MAX || pageEnd + bytes > page + PAGE_BYTES) beginPage();
}

/** Notes the row that was written last. */
export function noteLast(row: f64): void {
  store<f64>(lastRows + 8 * <usize>(pageCount - 1), row);
}

/** Takes in a row that was written behind those of the page. */
export function endRow(start: usize, end: usize): void {
  putTwo(page + LEAF_HEADER_BYTES + 2 * <usize>pageRows, <i32>(start - page));
  pageRows++;
  pageEnd = end;
}

/** Completes the last page, and answers how many there are. */
export function endPages(): i32 {
  if (pageCount > 0) endPage();
  return pageCount;
}

function beginPage(): void {
  if (pageCount > 0) endPage();
  if (pageCount === pageCapacity) {
    const wide = max(32, 2 * pageCapacity);
    const wider = take(PAGE_BYTES * <usize>wide);
    memory.copy(wider, pages, PAGE_BYTES * <usize>pageCount);
    const last = take(8 * <usize>wide);
    memory.copy(last, lastRows, 8 * <usize>pageCount);
    pages = wider;
    lastRows = last;
    pageCapacity = wide;
  }
  page = pages + PAGE_BYTES * <usize>(pageCount++);
  pageEnd = page + ROWS_AT;
  pageRows = 0;
}

function endPage(): void {
  const left = page + PAGE_BYTES - pageEnd;
  store<u8>(page, LEAF);
  putTwo(page + 1, 0);
  putTwo(page + 3, pageRows);
  putTwo(page + 5, <i32>ROWS_AT);
  store<u8>(page, 0, 7);
  if (left < 4) store<u8>(page, <u8>left, 7);
  else {
    // What is left at the end of the page is on its list of free blocks.
    putTwo(page + 1, <i32>(pageEnd - page));
    putTwo(pageEnd, 0);
    putTwo(pageEnd + 2, <i32>left);
  }
}

/** Two bytes, the higher one first. */
// @ts-ignore: decorator
@inline
function putTwo(at: usize, value: i32): void {
  store<u16>(at, <u16>(((value & 0xff) << 8) | ((value >> 8) & 0xff)));
}
