/** The line in hand, cut into stretches by a layout. */
import { BACKSLASH, COLON, DASH, LETTER_N, OPENING, QUOTE } from './bytes';
import {
  CLOCK,
  COUNTS,
  CUTS,
  DOWNSTREAM,
  FIRST_SLOT,
  ID,
  IS_REQUEST,
  IS_WRAPPED,
  KIND_BRACE,
  KIND_DOWNSTREAM,
  KIND_SPLIT,
  KIND_UPSTREAM,
  LAYOUTS,
  LAYOUT_BYTES,
  LAYOUT_SLOT_BYTES,
  PATH,
  SLOTS,
  SLOT_HEAD,
  SLOT_KIND,
  SLOT_TAIL,
  SLOT_WORD,
  UPSTREAM,
} from './places';
import { lineEnd, word } from './words';

/** In `[2020-07-23T14:26:27.081Z]`, and the space behind it. */
const CLOCK_BYTES: i32 = 27;

/** Where the cuts of the line in hand are. */
export let cuts: usize = CUTS;
export function setCuts(at: usize): void {
  cuts = at;
}

// @ts-ignore: decorator
@inline
function putCut(at: i32, place: usize): void {
  store<i32>(cuts + 4 * <usize>at, <i32>place);
}

// @ts-ignore: decorator
@inline
export function cutAt(at: i32): usize {
  return <usize>load<i32>(cuts + 4 * <usize>at);
}

export function cutBy(number: i32): bool {
  cuts = CUTS;
  return cut(LAYOUTS + LAYOUT_BYTES * <usize>number);
}

/** Notes where each stretch of the line that was split begins and ends; false: the line is not of this layout. */
export function cut(layout: usize): bool {
  if (load<i32>(layout, SLOTS) > 0) return cutObject(layout);
  const clockWord = load<i32>(layout, CLOCK);
  const clock = <i32>word(clockWord + 1) - CLOCK_BYTES;
  if (clock < <i32>word(clockWord)) return false;
  const isRequest = load<i32>(layout, IS_REQUEST) !== 0;
  const isWrapped = load<i32>(layout, IS_WRAPPED) !== 0;
  const counts = load<i32>(layout, COUNTS);
  putCut(0, word(0));
  putCut(1, <usize>clock);
  putCut(2, <usize>(clock + CLOCK_BYTES - 1));
  let at = 3;
  if (isRequest) {
    const path = load<i32>(layout, PATH);
    putCut(at++, word(path));
    putCut(at++, word(path + 1) - 1);
  }
  putCut(at++, word(counts));
  if (!isRequest) putCut(at++, word(counts + 3) - 1);
  else {
    const idWord = load<i32>(layout, ID);
    const id = word(idWord);
    const idEnd = word(idWord + 1) - 1;
    const quote: usize = isWrapped ? 2 : 1;
    if (idEnd - id <= 2 * quote || load<u8>(id + quote - 1) !== QUOTE || load<u8>(idEnd - 1) !== QUOTE) return false;
    if (isWrapped && (load<u8>(id) !== BACKSLASH || load<u8>(idEnd - 2) !== BACKSLASH)) return false;
    putCut(at++, word(counts + 4) - 1);
    putCut(at++, id + quote);
    putCut(at++, idEnd - quote);
  }
  const upstreamWord = load<i32>(layout, UPSTREAM);
  const downstreamWord = load<i32>(layout, DOWNSTREAM);
  const upstream = word(upstreamWord);
  const upstreamEnd = word(upstreamWord + 1) - 1;
  const downstream = word(downstreamWord);
  const downstreamEnd = word(downstreamWord + 1) - 1;
  putCut(at, upstream);
  putCut(at + 1, upstream);
  putCut(at + 2, portBegin(upstream, upstreamEnd));
  putCut(at + 3, upstreamEnd);
  putCut(at + 4, downstream);
  putCut(at + 5, downstream);
  putCut(at + 6, portBegin(downstream, downstreamEnd));
  putCut(at + 7, downstreamEnd);
  if (!isWrapped) {
    putCut(at + 8, <usize>lineEnd);
    return true;
  }
  const end = messageEnd(downstreamEnd, <usize>lineEnd);
  putCut(at + 8, <usize>end);
  putCut(at + 9, <usize>end);
  putCut(at + 10, <usize>lineEnd);
  return end >= 0;
}

/** The same for an object that was split into members. */
function cutObject(layout: usize): bool {
  const slots = load<i32>(layout, SLOTS);
  let last = word(0);
  putCut(0, last);
  for (let i = 0; i < slots; i++) {
    const slot = layout + FIRST_SLOT + LAYOUT_SLOT_BYTES * <usize>i;
    const kind = load<i32>(slot, SLOT_KIND);
    const at = load<i32>(slot, SLOT_WORD);
    let from = word(at) + <usize>load<i32>(slot, SLOT_HEAD);
    let to = word(at + 1) - 1 - <usize>load<i32>(slot, SLOT_TAIL);
    if (kind === KIND_BRACE) {
      from = word(0);
      while (load<u8>(from) !== OPENING) if (++from >= <usize>lineEnd) return false;
      to = ++from;
    } else if (kind === KIND_SPLIT) to = from;
    if (from < last || from > to) return false;
    if (kind === KIND_UPSTREAM || kind === KIND_DOWNSTREAM) from = portBegin(from, to);
    putCut(2 * i + 1, from);
    putCut(2 * i + 2, to);
    last = to;
  }
  putCut(2 * slots + 1, <usize>lineEnd);
  return true;
}

/**
 * Where the string of a message ends: at the first quote without a backslash, or at the newline before it. Below 0: a backslash
 * stands before anything else.
 */
function messageEnd(from: usize, to: usize): i32 {
  for (let at = from; at < to; at++) {
    const byte = load<u8>(at);
    if (byte === QUOTE) return <i32>at;
    if (byte !== BACKSLASH) continue;
    if (load<u8>(at, 1) === LETTER_N && load<u8>(at, 2) === QUOTE) return <i32>at;
    if (load<u8>(++at) !== QUOTE) return -1;
  }
  return -1;
}

/** Where the digits of a port begin in the word [start, end); its end when it has none (`-`). */
function portBegin(start: usize, end: usize): usize {
  if (end - start === 1 && load<u8>(start) === DASH) return end;
  let at = end - 1;
  while (at > start && load<u8>(at) !== COLON) at--;
  return load<u8>(at) === COLON ? at + 1 : end;
}
