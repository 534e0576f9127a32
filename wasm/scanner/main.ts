/**
 * The express lane's inner loop: reads lines that are made of known stretches straight from their bytes, many at a call. Written in
 * AssemblyScript, which looks like TypeScript and is compiled to WebAssembly (`npm run wasm`); `src/parse/scanner.ts` is its other
 * side, and says what each of these functions is for.
 */
import { startAt } from '../memory';
import { layoutAhead, lineAhead, lookAhead, objectHead, rowAhead } from './ahead';
import { CARRIAGE_RETURN, resetPrimes, setHashMask } from './bytes';
import { cut, cutAt } from './cut';
import { resetLayouts } from './layouts';
import { met, metCapacity, resetMet } from './met';
import {
  AHEAD_MAX,
  DOWNSTREAM_PORTS,
  DURATIONS,
  FREE,
  HEADS,
  IS_REQUEST,
  IS_WRAPPED,
  KEY,
  KEYS,
  KEY_BEGIN,
  KEY_BYTES,
  LAYOUTS,
  LAYOUT_BYTES,
  LINE,
  MET,
  NONE,
  NUMBERS,
  RECEIVED,
  SENT,
  SERVICE_TIMES,
  SLOTS,
  STARTS,
  STRETCHES,
  STRETCHES_MAX,
  TEMPLATES,
  TEXTS,
  TEXT_ENDS,
  UPSTREAM_PORTS,
} from './places';
import { dropTable, findRow, valueOf } from './rows';
import { findSoon, resetStretches, writers } from './stretches';
import { dropTexts, readNumbers, takeSlotTexts, takeTexts, textEnd } from './values';
import { dropLines, lineEnd } from './words';
export {
  bytesAt,
  bytesMax,
  keyBytes,
  linesMax,
  columnsAt,
  keysAt,
  textsAt,
  lineAt,
  cutsAt,
  wordsAt,
  numbersAt,
} from './places';
export { stretchesKnown, stretchesLength, findStretch, addStretch, setWriter } from './stretches';
export { metAt } from './met';
export { resetRows, findRow, addRow } from './rows';
export { addLayout, addObjectLayout, addSlot, dropLayout, layoutMet } from './layouts';
export { lastEnd, split, splitMembers } from './words';
export { cutBy } from './cut';
export { numbersBy, textLength } from './values';

/** Forgets all. `mask`: of the bits of a hash that count, for tests of what happens when hashes meet. */
export function reset(mask: u32): void {
  setHashMask(mask);
  resetPrimes();
  startAt(FREE);
  resetLayouts();
  resetStretches();
  resetMet();
  dropTable();
}

/** Where the first line begins that `scan` did not take. */
let scanEnd: usize = 0;
export function scanned(): usize {
  return scanEnd;
}

/**
 * Reads lines in [from, to), each with its newline behind it or `to`, while all of their stretches are known. Answers how many, up to
 * `capacity`. The template of a line whose stretches were not met together is NONE.
 */
export function scan(from: usize, to: usize, capacity: i32): i32 {
  let lines = 0;
  dropTexts();
  dropLines();
  scanEnd = from;
  while (scanEnd < to && lines < capacity) {
    const ahead = lookAhead(scanEnd, to, min(AHEAD_MAX, capacity - lines));
    if (ahead === 0) break;
    for (let i = 0; i < ahead; i++) {
      if (!takeAhead(i, lines)) return lines;
      store<i32>(KEYS + KEY_BYTES * <usize>lines, <i32>scanEnd, KEY_BEGIN);
      lines++;
      scanEnd = <usize>lineEnd;
      if (scanEnd < to && load<u8>(scanEnd) === CARRIAGE_RETURN) scanEnd++;
      if (scanEnd < to) scanEnd++;
    }
  }
  return lines;
}

/** Takes a line that was looked at. */
function takeAhead(line: i32, index: i32): bool {
  const count = lineAhead(line);
  const layout = layoutAhead(line);
  if (layout === 0) return false;
  const row = rowAhead(line);
  if (row !== 0 && isMet(layout, row) && takeValues(layout, index)) {
    store<i32>(TEMPLATES + 4 * <usize>index, valueOf(row));
    return true;
  }
  return takeLine(<usize>load<u32>(HEADS + 4 * <usize>count), index) || takeLine(objectHead(scanEnd), index);
}

/** Takes the line in hand by the first layout that fits. */
function takeLine(first: usize, index: i32): bool {
  const key = KEYS + KEY_BYTES * <usize>index;
  for (let layout = first; layout !== 0; layout = <usize>load<u32>(layout)) {
    if (!cut(layout) || !findStretches(layout, key)) continue;
    if (!isMet(layout, key)) return false;
    if (!takeValues(layout, index)) continue;
    store<i32>(TEMPLATES + 4 * <usize>index, findRow(key));
    return true;
  }
  return false;
}

/** True when whoever wrote the line is met. */
function isMet(layout: usize, key: usize): bool {
  const writer = writerOf(layout, key);
  return writer >= 0 && writer < metCapacity && load<u8>(met + <usize>writer) === 1;
}

/** Takes the numbers and texts of the line that was cut; false: one is written in no plain way. */
function takeValues(layout: usize, index: i32): bool {
  if (!readNumbers(layout)) return false;
  if (load<i32>(layout, SLOTS) > 0) {
    if (!takeSlotTexts(layout)) return false;
  } else if (load<i32>(layout, IS_REQUEST) !== 0 && !takeTexts(layout)) return false;
  const wide = <usize>(8 * index);
  const narrow = <usize>(4 * index);
  store<f64>(STARTS + wide, <f64>load<i64>(NUMBERS));
  store<f64>(RECEIVED + wide, <f64>load<i64>(NUMBERS, 8));
  store<f64>(SENT + wide, <f64>load<i64>(NUMBERS, 16));
  store<f64>(DURATIONS + wide, <f64>load<i64>(NUMBERS, 24));
  store<i32>(UPSTREAM_PORTS + narrow, load<i32>(NUMBERS, 32));
  store<i32>(DOWNSTREAM_PORTS + narrow, load<i32>(NUMBERS, 40));
  store<i32>(SERVICE_TIMES + narrow, load<i32>(NUMBERS, 48));
  store<i32>(TEXT_ENDS + narrow, <i32>(textEnd - TEXTS));
  store<i32>(layout, load<i32>(layout, MET) + 1, MET);
  return true;
}

/** Looks up the stretches of the line that was cut; false: one is not known. */
function findStretches(layout: usize, key: usize): bool {
  const count = load<i32>(layout, STRETCHES);
  const none = i32x4.splat(NONE);
  v128.store(key, none);
  v128.store(key, none, 16);
  v128.store(key, none, 32);
  v128.store(key, none, 48);
  for (let i = 0; i < count; i++) {
    const number = findSoon(cutAt(2 * i), cutAt(2 * i + 1));
    if (number === NONE) return false;
    store<i32>(key + 4 * <usize>i, number);
  }
  store<i32>(key, <i32>((layout - LAYOUTS) / LAYOUT_BYTES), 4 * <usize>STRETCHES_MAX);
  return true;
}

/** In the place of a layout: the row says who writes lines that begin and end so. */
const WRITER_ROW: i32 = -2;

function writerOf(layout: usize, key: usize): i32 {
  if (load<i32>(layout, IS_WRAPPED) === 0) return load<i32>(writers + 4 * <usize>load<i32>(key));
  const last = load<i32>(key + 4 * <usize>(load<i32>(layout, STRETCHES) - 1));
  memory.fill(LINE, 0xff, 4 * <usize>KEY);
  store<i32>(LINE, load<i32>(key));
  store<i32>(LINE, last, 4);
  store<i32>(LINE, WRITER_ROW, 4 * <usize>STRETCHES_MAX);
  return findRow(LINE);
}
