/** Lines looked at together, before any of them is taken: most are made of stretches that were met together before. */
import { CLOSING, gistOf, hashGist, withGist } from './bytes';
import { cut, cuts, setCuts } from './cut';
import { objectLayouts } from './layouts';
import {
  AHEAD,
  AHEAD_BYTES,
  AHEAD_COUNT,
  AHEAD_CUTS,
  AHEAD_HASH,
  AHEAD_LAYOUT,
  AHEAD_WORDS,
  HEADS,
  LAYOUTS,
  LAYOUT_BYTES,
  OBJECT_HEADS,
  PROBES_MAX,
  STRETCHES,
  STRETCHES_MAX,
} from './places';
import { askForRows, rowOf, slotAt } from './rows';
import { isOfStretch } from './stretches';
import { dropLines, hasLines, lineEnd, nextLine, splitLines, splitMembers, takeAgain, word, words } from './words';

/** Looks at lines from one on, up to so many and at least at one if it is for this lane. Answers how many these are. */
export function lookAhead(from: usize, to: usize, most: i32): i32 {
  if (!hasLines()) splitLines(from, to);
  let lines = 0;
  while (lines < most && hasLines()) {
    const count = nextLine(to);
    if (count === 0) {
      // It is met again when those before it are taken.
      dropLines();
      break;
    }
    const at = AHEAD + AHEAD_BYTES * <usize>lines;
    lines++;
    store<u32>(at, <u32>words, AHEAD_WORDS);
    store<i32>(at, count, AHEAD_COUNT);
    setCuts(at + AHEAD_CUTS);
    const layout = layoutOf(count);
    store<u32>(at, <u32>layout, AHEAD_LAYOUT);
    store<u32>(at, layout === 0 ? 0 : hashLine(layout), AHEAD_HASH);
  }
  askForRows(lines);
  return lines;
}

/** The first layout that the line in hand can be cut by, which it is then; 0: there is none. */
function layoutOf(count: i32): usize {
  const layout = firstThatCuts(<usize>load<u32>(HEADS + 4 * <usize>count));
  return layout !== 0 ? layout : firstThatCuts(objectHead(word(0)));
}

function firstThatCuts(head: usize): usize {
  for (let layout = head; layout !== 0; layout = <usize>load<u32>(layout)) if (cut(layout)) return layout;
  return 0;
}

/**
 * The first layout for the line in hand as one that ends with an object, whose members are its words then; 0: there is none. `from`:
 * where the line begins.
 */
export function objectHead(from: usize): usize {
  if (objectLayouts === 0 || load<u8>(<usize>lineEnd - 1) !== CLOSING) return 0;
  const members = splitMembers(from, <usize>lineEnd);
  return members === 0 ? 0 : <usize>load<u32>(OBJECT_HEADS + 4 * <usize>members);
}

// @ts-ignore: decorator
@inline
function numberOf(layout: usize): i32 {
  return <i32>((layout - LAYOUTS) / LAYOUT_BYTES);
}

function hashLine(layout: usize): u32 {
  const end = cuts + 8 * <usize>load<i32>(layout, STRETCHES);
  let gist = i64x2.splat(0);
  for (let at = cuts; at < end; at += 8) gist = withGist(gist, gistOf(<usize>load<u32>(at), <usize>load<u32>(at, 4)));
  return hashGist(gist, numberOf(layout));
}

/** Takes a line in hand again that was looked at. Answers how many words it has. */
export function lineAhead(line: i32): i32 {
  const at = AHEAD + AHEAD_BYTES * <usize>line;
  const count = load<i32>(at, AHEAD_COUNT);
  takeAgain(<usize>load<u32>(at, AHEAD_WORDS), count);
  setCuts(at + AHEAD_CUTS);
  return count;
}

/** The layout that it was cut by, or 0. */
export function layoutAhead(line: i32): usize {
  return <usize>load<u32>(AHEAD + AHEAD_BYTES * <usize>line, AHEAD_LAYOUT);
}

/** The row of its stretches and its layout; 0: they were not met together. It is in hand. */
export function rowAhead(line: i32): usize {
  const hash = load<u32>(AHEAD + AHEAD_BYTES * <usize>line, AHEAD_HASH);
  const layout = layoutAhead(line);
  for (let probes = 0; probes < PROBES_MAX; probes++) {
    const slot = slotAt(hash, probes);
    if (load<i32>(slot) === 0) return 0;
    if (load<u32>(slot, 4) === hash && isRowOf(rowOf(slot), layout)) return rowOf(slot);
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function isRowOf(row: usize, layout: usize): bool {
  if (load<i32>(row, 4 * <usize>STRETCHES_MAX) !== numberOf(layout)) return false;
  const end = cuts + 8 * <usize>load<i32>(layout, STRETCHES);
  for (let at = cuts, stretch = row; at < end; at += 8, stretch += 4)
    if (!isOfStretch(load<i32>(stretch), <usize>load<u32>(at), <usize>load<u32>(at, 4))) return false;
  return true;
}
