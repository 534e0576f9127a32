/** Lines split into words: many lines at once, and each taken from there. */
import { CARRIAGE_RETURN, COMMA, NEWLINE, SPACE } from './bytes';
import { ENDS, LINE_BYTES_MAX, MEMBERS, NOTED_TOGETHER, SPLIT_BYTES, WORDS, WORDS_MAX } from './places';

/** Where each word of the line in hand begins is noted from here on, and behind the last of them where a next one would. */
export let words: usize = WORDS;
export let lineEnd: i32 = 0;
export function lastEnd(): i32 {
  return lineEnd;
}

/** Where the words of the next line are noted; where the ends of lines are that are not taken yet, and of all that were split. */
let nextWords: usize = WORDS;
let nextEnd: usize = ENDS;
let endsEnd: usize = ENDS;

/** Splits some lines in [from, to), to be taken one after the other. What stands at `to` is below a space. */
export function splitLines(from: usize, to: usize): void {
  nextWords = WORDS;
  nextEnd = ENDS;
  endsEnd = noteLines(from, to);
}

/** Forgets the lines that were split. */
export function dropLines(): void {
  nextEnd = endsEnd;
}

export function hasLines(): bool {
  return nextEnd < endsEnd;
}

/** Takes the next line that was split, in [.., to). Answers its number of words; 0: not for this lane. */
export function nextLine(to: usize): i32 {
  words = nextWords;
  nextWords = <usize>load<u32>(nextEnd);
  nextEnd += 4;
  const place = <usize>load<u32>(nextWords) - 1;
  const count = <i32>((nextWords - words) >> 2);
  if (place - word(0) > <usize>LINE_BYTES_MAX || count > WORDS_MAX) return 0;
  lineEnd = <i32>place;
  return place >= to || load<u8>(place) === NEWLINE || endReturn(place, to) ? count : 0;
}

/** The same for a line alone. */
export function split(from: usize, to: usize): i32 {
  splitLines(from, to);
  return hasLines() ? nextLine(to) : 0;
}

/** Takes a line again that was taken, by where its words are and how many. */
export function takeAgain(at: usize, count: i32): void {
  words = at;
  lineEnd = <i32>word(count) - 1;
}

/** True when a line ends at this place with a carriage return. */
function endReturn(place: usize, to: usize): bool {
  if (load<u8>(place) !== CARRIAGE_RETURN) return false;
  if (place + 1 === to) return true;
  if (load<u8>(place, 1) !== NEWLINE) return false;
  // The next line begins behind the newline. Where that was not split any more, neither was the line.
  if (nextEnd < endsEnd) {
    nextWords = <usize>load<u32>(nextEnd);
    nextEnd += 4;
  }
  return true;
}

/** Notes the words of lines in [from, to), and in ENDS where the notes are behind the words of each; answers where these end. */
function noteLines(from: usize, to: usize): usize {
  let noted = WORDS;
  let ends = ENDS;
  store<i32>(noted, <i32>from);
  noted += 4;
  const limit = min(to, from + SPLIT_BYTES - 1);
  for (let at = from; at <= limit; at += 64) {
    let marks = marksAt(at, SPACE);
    let controls = marksAt(at, SPACE - 1);
    if (to - at < 64) {
      const valid: u64 = ((<u64>2) << <u64>(to - at)) - 1;
      marks &= valid;
      controls &= valid;
    }
    const count = <usize>popcnt(marks);
    noteWords(noted, at + 1, marks);
    // Most often none or one ends there.
    for (;;) {
      store<u32>(ends, <u32>(noted + 4 * <usize>popcnt(marks & ((controls & (~controls + 1)) - 1))));
      ends += 4 * <usize>(controls !== 0);
      controls &= controls - 1;
      if (controls === 0) break;
    }
    noted += 4 * count;
  }
  return ends;
}

/** Of the 64 bytes at a place: a bit for each that is no more than another one. */
// @ts-ignore: decorator
@inline
function marksAt(at: usize, most: u32): u64 {
  const last = i8x16.splat(<i8>most);
  return (
    <u64>i8x16.bitmask(i8x16.le_u(v128.load(at), last)) |
    (<u64>i8x16.bitmask(i8x16.le_u(v128.load(at, 16), last)) << 16) |
    (<u64>i8x16.bitmask(i8x16.le_u(v128.load(at, 32), last)) << 32) |
    (<u64>i8x16.bitmask(i8x16.le_u(v128.load(at, 48), last)) << 48)
  );
}

/** Notes a word for each mark, and beyond the last up to the eighth, which mean nothing: how many there are cannot be foreseen. */
// @ts-ignore: decorator
@inline
function noteWords(into: usize, at: usize, marks: u64): void {
  let left = marks;
  for (let next = into; ; next += 4 * NOTED_TOGETHER) {
    left = noteWord(next, at, left);
    left = noteWord(next + 4, at, left);
    left = noteWord(next + 8, at, left);
    left = noteWord(next + 12, at, left);
    left = noteWord(next + 16, at, left);
    left = noteWord(next + 20, at, left);
    left = noteWord(next + 24, at, left);
    left = noteWord(next + 28, at, left);
    if (left === 0) return;
  }
}

/** Notes the first mark, and answers the others. */
// @ts-ignore: decorator
@inline
function noteWord(into: usize, at: usize, marks: u64): u64 {
  store<i32>(into, <i32>(at + <usize>ctz(marks)));
  return marks & (marks - 1);
}

/** Splits an object in [from, to), whose words are what stands between its commas, wherever these are. Answers as `nextLine`. */
export function splitMembers(from: usize, to: usize): i32 {
  if (to - from > <usize>LINE_BYTES_MAX) return 0;
  const comma = i8x16.splat(<i8>COMMA);
  words = MEMBERS;
  store<i32>(MEMBERS, <i32>from);
  let count = 1;
  for (let at = from; at < to; at += 32) {
    let marks =
      <u32>i8x16.bitmask(i8x16.eq(v128.load(at), comma)) |
      (<u32>i8x16.bitmask(i8x16.eq(v128.load(at, 16), comma)) << 16);
    while (marks !== 0) {
      const place = at + <usize>ctz(marks);
      if (place >= to) break;
      if (count === WORDS_MAX) return 0;
      store<i32>(MEMBERS + 4 * <usize>(count++), <i32>place + 1);
      marks &= marks - 1;
    }
  }
  lineEnd = <i32>to;
  store<i32>(MEMBERS + 4 * <usize>count, <i32>to + 1);
  return count;
}

// @ts-ignore: decorator
@inline
export function word(number: i32): usize {
  return <usize>load<i32>(words + 4 * <usize>number);
}
