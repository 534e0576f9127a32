/** Decides which values of a format could hold their own separator, so that they are bounded from both sides. */
import type { Segment } from './format-string.ts';

/** Where the values are that may hold anything; -1 and -1 when there are none. */
export interface FreeRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Finds the range of segments that must be bounded from both ends of a line.
 * A phrase (which may hold spaces) is only safe next to a literal with a quote; else it counts as free, and so does one
 * that is read from the right without a quote before it.
 */
export function freeRange(segments: readonly Segment[], head: string): FreeRange {
  const first = segments.findIndex((segment) => isFreeFromLeft(segment));
  if (first < 0) return { first, last: -1 };
  let last = first;
  for (const [i, segment] of segments.entries()) {
    const before = i === 0 ? head : (segments[i - 1]?.literal ?? '');
    if (i > first && (isFreeFromLeft(segment) || (segment.valueClass === 'phrase' && !before.includes('"'))))
      last = i;
  }
  return { first, last };
}

/** True when the one free value stands between quotes: then it reads like any phrase unless it holds a quote. */
export function isElastic(segments: readonly Segment[], range: FreeRange, head: string): boolean {
  if (range.first < 0 || range.first !== range.last) return false;
  const before = range.first === 0 ? head : (segments[range.first - 1]?.literal ?? '');
  return before.endsWith('"') && (segments[range.first]?.literal.startsWith('"') ?? false);
}

function isFreeFromLeft(segment: Segment): boolean {
  if (segment.valueClass === 'free') return true;
  return segment.valueClass === 'phrase' && !segment.literal.includes('"');
}
