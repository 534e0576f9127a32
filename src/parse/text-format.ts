/** Matches lines against a compiled format string: from the left and, where a value may hold anything, from the right. */
import type { AccessLogEntry, RejectReason } from '../domain/entry.ts';
import { badTime, fitsClass, isAmbiguous, standsAt, withoutQuotes } from './bounds.ts';
import { Draft } from './draft.ts';
import type { FormatString } from './format-string.ts';
import { type FreeRange, freeRange, isElastic } from './free-values.ts';
import { compileLinePatterns, type LinePattern } from './line-pattern.ts';
import { type Step, toSteps } from './steps.ts';

const DASH = 0x2d;
const SPACE = 0x20;
const QUOTE = 0x22;
const NO_QUOTE = Number.MAX_SAFE_INTEGER;

/** Where and why a line did not fit. */
export interface Misfit {
  readonly reason: RejectReason;
  /** Index in the line given. */
  readonly at: number;
  /** What should have stood there, for people. */
  readonly expected: string;
}

/** A misfit as it is noted while matching. */
interface Miss {
  /** Index of the step, -1 for the head of the format, the number of steps for the end of the line. */
  readonly step: number;
  readonly at: number;
  readonly reason: RejectReason;
  /** True when the text behind the value was not the expected one. */
  readonly inLiteral: boolean;
}

const NO_MISS: Miss = { step: -1, at: 0, reason: 'unknown_format', inLiteral: true };

/**
 * One format, ready to match. Time is linear in the line: no value is tried at more than one end.
 * `entry` and `exact` are about the line matched last, `misfit` about the one refused last.
 */
export class TextFormat {
  readonly #head: string;
  readonly #steps: readonly Step[];
  readonly #free: FreeRange;
  readonly #elastic: boolean;
  readonly #draft: Draft;
  readonly #patterns: readonly LinePattern[];
  /** The draft of the line matched last. */
  #matched: Draft;
  #miss: Miss = NO_MISS;
  #quote = -1;

  /**
   * Shape: with quotes `round values` only, a line is refused that has one within a value; else only where such a line
   * can be split in more than one way. Without `patterns` every line is read value by value, with the same result.
   */
  constructor(
    format: FormatString,
    options: { readonly quotes: 'within values' | 'round values'; readonly patterns?: false },
  ) {
    const lenient = options.quotes === 'within values';
    const segments = lenient ? format.segments : withoutQuotes(format.segments, format.head);
    this.#head = format.head;
    this.#steps = toSteps(segments);
    this.#free = freeRange(segments, format.head);
    this.#elastic = isElastic(segments, this.#free, format.head);
    const attributes = segments
      .filter((segment) => segment.field === null)
      .map((segment) => segment.attribute);
    this.#draft = new Draft(attributes);
    this.#matched = this.#draft;
    const usual = options.patterns !== false && (this.#free.first < 0 || this.#elastic);
    this.#patterns = usual ? compileLinePatterns(format.head, this.#steps, attributes) : [];
  }

  /** True when the text of `line` from `from` to its end is a line of this format. */
  match(line: string, from: number): boolean {
    for (const pattern of this.#patterns) {
      if (!pattern.match(line, from)) continue;
      this.#matched = pattern.draft;
      return true;
    }
    this.#matched = this.#draft;
    return this.#matchValues(line, from);
  }

  /** Matches any line, value by value. */
  #matchValues(line: string, from: number): boolean {
    this.#draft.exact = this.#draft.complete;
    if (!line.startsWith(this.#head, from)) return this.#missLiteral(line, -1, from, this.#head) > 0;
    const start = from + this.#head.length;
    const count = this.#steps.length;
    if (this.#free.first < 0) return this.#forward(line, start, count) >= 0;
    if (!this.#elastic) return this.#matchFromBothEnds(line, start);
    if (this.#forward(line, start, count) >= 0) return true;
    return this.#matchQuotes(line, start);
  }

  /** The entry of the line matched last. */
  entry(): AccessLogEntry {
    return this.#matched.entry();
  }

  /** True when the line matched last is rendered again exactly from its entry. */
  get exact(): boolean {
    return this.#matched.exact;
  }

  /** Where and why the line refused last did not fit. */
  misfit(): Misfit {
    const { step, at, reason, inLiteral } = this.#miss;
    const segment = this.#steps[step];
    if (!inLiteral && segment !== undefined) {
      return { reason, at, expected: `${segment.label}, ${segment.valueClass}` };
    }
    const literal = step < 0 ? this.#head : (segment?.literal ?? '');
    return { reason, at, expected: literal === '' ? 'the end of the line' : JSON.stringify(literal) };
  }

  /** Reads the steps before `past`; returns the index behind them, or -1. */
  #forward(line: string, from: number, past: number): number {
    let at = from;
    this.#quote = -1;
    for (let i = 0; i < past; i++) {
      const step = this.#steps[i] as Step; // `past` is at most the number of steps.
      if (line.charCodeAt(at) === DASH && standsAt(line, step, at + 1)) {
        if (step.time !== null) return this.#missValue(i, at, 'no_start_time');
        this.#draft.takeAbsent(step);
        at += 1 + step.length;
        continue;
      }
      const end = this.#findEnd(line, step, i, at);
      if (end < 0) return -1;
      const refused = this.#draft.take(step, line, at, end);
      if (refused !== null) return this.#missValue(i, at, refused);
      at = end + step.length;
    }
    return past < this.#steps.length || at === line.length ? at : this.#missLiteral(line, past, at, '');
  }

  /** Finds where the value that begins at `at` ends, with its literal behind it; -1 when that does not fit. */
  #findEnd(line: string, step: Step, index: number, at: number): number {
    switch (step.valueClass) {
      case 'time':
        return this.#findTimeEnd(line, step, index, at);
      case 'number':
        return this.#findNumberEnd(line, step, index, at);
      case 'phrase':
      case 'free':
        return this.#findPhraseEnd(line, step, index, at);
      default:
        return this.#findWordEnd(line, step, index, at);
    }
  }

  #findTimeEnd(line: string, step: Step, index: number, at: number): number {
    if (step.time === null || !step.time.read(line, at)) return this.#missValue(index, at, badTime(line, at));
    const end = step.time.end;
    return standsAt(line, step, end) ? end : this.#missLiteral(line, index, end, step.literal);
  }

  #findNumberEnd(line: string, step: Step, index: number, at: number): number {
    let end = at;
    while (line.charCodeAt(end) >= 0x30 && line.charCodeAt(end) <= 0x39) end++;
    if (standsAt(line, step, end)) return end;
    const other = end === at && end < line.length;
    return other
      ? this.#missValue(index, at, 'bad_number')
      : this.#missLiteral(line, index, end, step.literal);
  }

  #findPhraseEnd(line: string, step: Step, index: number, at: number): number {
    if (step.length === 0) return line.length;
    const end = line.indexOf(step.literal, at);
    if (end < 0) return this.#missLiteral(line, index, line.length, step.literal);
    const quote = this.#nextQuote(line, at);
    return quote >= end ? end : this.#missLiteral(line, index, quote, step.literal);
  }

  #findWordEnd(line: string, step: Step, index: number, at: number): number {
    const found = step.length === 0 ? line.length : line.indexOf(step.literal, at);
    const end = found < 0 ? line.length : found;
    if (step.code0 !== SPACE) {
      const space = line.indexOf(' ', at);
      if (space >= 0 && space < end) return this.#missWord(line, step, index, at, space);
    }
    if (step.valueClass !== 'path') {
      const quote = this.#nextQuote(line, at);
      if (quote < end) return this.#missLiteral(line, index, quote, step.literal);
    }
    return found < 0 ? this.#missLiteral(line, index, end, step.literal) : end;
  }

  #missWord(line: string, step: Step, index: number, at: number, end: number): -1 {
    // An address between quotes that goes on behind a space is none.
    const broken = step.valueClass === 'address' && step.code0 === QUOTE;
    return broken
      ? this.#missValue(index, at, 'bad_address')
      : this.#missLiteral(line, index, end, step.literal);
  }

  /** Index of the first quote from `at` on; past every index when there is none. Values are met from left to right. */
  #nextQuote(line: string, at: number): number {
    if (this.#quote < at) {
      const found = line.indexOf('"', at);
      this.#quote = found < 0 ? NO_QUOTE : found;
    }
    return this.#quote;
  }

  /** Matches a line that may have quotes within its one free value. */
  #matchQuotes(line: string, start: number): boolean {
    const plain = this.#miss;
    // What comes before the free value is the same from both ends, so nothing else can be found.
    if (plain.step < this.#free.first) return false;
    this.#draft.exact = this.#draft.complete;
    if (this.#matchFromBothEnds(line, start)) return true;
    // Unless the value has quotes, what was found from the left says more.
    if (this.#miss.reason !== 'ambiguous_quotes') this.#miss = plain;
    return false;
  }

  /** Bounds the free values by what is certain on their left and on their right. */
  #matchFromBothEnds(line: string, start: number): boolean {
    const left = this.#forward(line, start, this.#free.first);
    if (left < 0) return false;
    const right = this.#backward(line, left);
    return right >= 0 && this.#takeFree(line, left, right);
  }

  /** Reads the steps behind the free ones from the right; returns where the last free value ends, or -1. */
  #backward(line: string, left: number): number {
    let end = line.length;
    for (let i = this.#steps.length - 1; i >= this.#free.last; i--) {
      const step = this.#steps[i] as Step; // `i` is an index of the steps.
      const valueEnd = end - step.length;
      if (valueEnd < left || !line.startsWith(step.literal, valueEnd)) {
        return this.#missLiteral(line, i, Math.max(left, valueEnd), step.literal);
      }
      if (i === this.#free.last) return valueEnd;
      const at = this.#valueStart(line, i, valueEnd);
      if (at <= left) return this.#missLiteral(line, i - 1, left, this.#steps[i - 1]?.literal ?? this.#head);
      if (!this.#takeBounded(line, step, i, at, valueEnd)) return -1;
      end = at;
    }
    return -1;
  }

  /** Where the value of step `index` begins, given its end: behind the last such literal before it. -1: nowhere. */
  #valueStart(line: string, index: number, end: number): number {
    const before = this.#steps[index - 1]?.literal ?? this.#head;
    const found = line.lastIndexOf(before, end - before.length);
    return found < 0 ? -1 : found + before.length;
  }

  /** Keeps a value whose both ends are known. */
  #takeBounded(line: string, step: Step, index: number, at: number, end: number): boolean {
    if (end - at === 1 && line.charCodeAt(at) === DASH) {
      if (step.time !== null) return this.#missValue(index, at, 'no_start_time') > 0;
      this.#draft.takeAbsent(step);
      return true;
    }
    if (step.time !== null && (!step.time.read(line, at) || step.time.end !== end)) {
      return this.#missValue(index, at, 'bad_time') > 0;
    }
    if (!fitsClass(line, step, at, end)) return this.#missValue(index, at, 'unknown_format') > 0;
    const refused = this.#draft.take(step, line, at, end);
    return refused === null || this.#missValue(index, at, refused) > 0;
  }

  /** Splits the free range: each literal at its first place from the left must be the one at its last from the right. */
  #takeFree(line: string, left: number, right: number): boolean {
    const { first, last } = this.#free;
    const starts = new Array<number>(last - first + 1).fill(left);
    for (let i = first; i < last; i++) {
      const step = this.#steps[i] as Step; // `i` is within the free range.
      const end = line.indexOf(step.literal, starts[i - first]);
      if (end < 0 || end + step.length > right) return this.#missLiteral(line, i, right, step.literal) > 0;
      starts[i - first + 1] = end + step.length;
    }
    let end = right;
    for (let i = last; i >= first; i--) {
      const at = i === first ? left : this.#valueStart(line, i, end);
      if (at !== starts[i - first]) return this.#missValue(i, at, 'ambiguous_quotes') > 0;
      if (!this.#takeOneFree(line, i, at, end)) return false;
      end = at - (this.#steps[i - 1]?.length ?? 0);
    }
    return true;
  }

  #takeOneFree(line: string, index: number, at: number, end: number): boolean {
    const step = this.#steps[index] as Step; // `index` is within the free range.
    if (step.valueClass !== 'free') return this.#takeBounded(line, step, index, at, end);
    const before = this.#steps[index - 1]?.literal ?? this.#head;
    if (end < at || isAmbiguous(line, { at, end, before, behind: step.literal })) {
      return this.#missValue(index, at, 'ambiguous_quotes') > 0;
    }
    return this.#takeBounded(line, step, index, at, end);
  }

  #missValue(step: number, at: number, reason: RejectReason): -1 {
    this.#miss = { step, at, reason, inLiteral: false };
    return -1;
  }

  /** Notes the first character that differs from the literal expected at `at`. */
  #missLiteral(line: string, step: number, at: number, literal: string): -1 {
    let differs = at;
    while (differs - at < literal.length && line.charCodeAt(differs) === literal.charCodeAt(differs - at))
      differs++;
    const reason = step >= 0 && differs >= line.length ? 'truncated' : 'unknown_format';
    this.#miss = { step, at: differs, reason, inLiteral: true };
    return -1;
  }
}
