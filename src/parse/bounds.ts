/** What can be said of a stretch of a line without reading its value. */
import type { RejectReason } from '../domain/entry.ts';
import type { Segment } from './format-string.ts';
import type { Step } from './steps.ts';

const SPACE = 0x20;
const QUOTE = 0x22;

/** What does not begin with a digit, or ends right away, was never meant to be a time. */
export function badTime(line: string, at: number): RejectReason {
  if (at >= line.length) return 'truncated';
  return LIKE_TIME.test(line.slice(at, at + TIME_LENGTH_MIN)) ? 'bad_time' : 'unknown_format';
}

/** Characters of the shortest times that are met. The list `[1, 2]` was none. */
const TIME_LENGTH_MIN = 8;
const LIKE_TIME = /^\d[^\],]*$/;

/** True when the literal of the step stands at `at`; behind the last step without literal, the line must end. */
export function standsAt(line: string, step: Step, at: number): boolean {
  if (step.length === 0) return at === line.length;
  if (line.charCodeAt(at) !== step.code0) return false;
  if (step.length === 1) return true;
  if (line.charCodeAt(at + 1) !== step.code1) return false;
  if (step.length === 2) return true;
  return line.charCodeAt(at + 2) === step.code2 && (step.length === 3 || line.startsWith(step.literal, at));
}

/** True when no character between `at` and `end` is one that such a value cannot hold. */
export function fitsClass(line: string, step: Step, at: number, end: number): boolean {
  if (step.valueClass === 'free' || step.valueClass === 'time') return true;
  const mayQuote = step.valueClass === 'path';
  const maySpace = step.valueClass === 'phrase';
  for (let i = at; i < end; i++) {
    const code = line.charCodeAt(i);
    if ((code <= SPACE && !maySpace) || (code === QUOTE && !mayQuote)) return false;
  }
  return true;
}

/** True when a value holds what could as well be its own border. */
export function isAmbiguous(
  line: string,
  value: { readonly at: number; readonly end: number; readonly before: string; readonly behind: string },
): boolean {
  const text = line.slice(value.at, value.end);
  if (text.includes('" "')) return true;
  const behind = value.behind.includes('"') && (text + value.behind).indexOf(value.behind) < text.length;
  return behind || (value.before.includes('"') && (value.before + text).lastIndexOf(value.before) > 0);
}

/** Makes values between quotes end at the next quote. */
export function withoutQuotes(segments: readonly Segment[], head: string): Segment[] {
  return segments.map((segment, i) => {
    const before = i === 0 ? head : (segments[i - 1]?.literal ?? '');
    const isQuoted = segment.valueClass === 'free' && before.endsWith('"') && segment.literal.startsWith('"');
    return isQuoted ? { ...segment, valueClass: 'phrase' } : segment;
  });
}
