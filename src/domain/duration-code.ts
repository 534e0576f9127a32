/**
 * Durations as one byte: all that quantiles need. Exact below 16 ms, then eight steps for each doubling, so that the middle
 * of a step is off by at most one sixteenth (6.25 %).
 */

/** Codes are below it. */
export const DURATION_CODES = 256;
/** Code of a line without a duration. */
export const NO_DURATION = 0;
/** Longer durations, of more than 24 days, count as this one; ms. */
export const CODED_DURATION_MAX = 2 ** 31 - 1;

const EXACT = 16;
const EXACT_BITS = 4;
const STEP_BITS = 3;
const STEPS = 2 ** STEP_BITS;

/** Code of a duration in ms; a negative one is none. Longer durations have higher codes. */
export function durationCode(duration: number): number {
  if (duration < 0) return NO_DURATION;
  if (duration < EXACT) return 1 + duration;
  const ms = Math.min(duration, CODED_DURATION_MAX);
  const octave = 31 - Math.clz32(ms);
  const step = (ms >>> (octave - STEP_BITS)) & (STEPS - 1);
  return 1 + EXACT + (octave - EXACT_BITS) * STEPS + step;
}

/** Ms in the middle of what has this code; null for {@link NO_DURATION}. */
export function durationOfCode(code: number): number | null {
  if (code === NO_DURATION) return null;
  const place = code - 1;
  if (place < EXACT) return place;
  const octave = EXACT_BITS + Math.floor((place - EXACT) / STEPS);
  const width = 2 ** (octave - STEP_BITS);
  const low = 2 ** octave + ((place - EXACT) % STEPS) * width;
  return low + (width - 1) / 2;
}
