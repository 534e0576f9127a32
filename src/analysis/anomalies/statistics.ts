/** Robust statistics of counts: medians, deviations that outliers do not move, chances of extremes, many tests at once. */
import { logGamma } from '../log-gamma.ts';

/** Makes the median absolute deviation of a normal distribution its standard deviation. */
const NORMAL = 1.4826;
/** Terms of a tail that are summed; past it the rest is too small to count. */
const TERMS_MAX = 100_000;

/** 0 without values. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** Standard deviation as the median absolute deviation tells it. */
export function spread(values: readonly number[], center: number): number {
  return NORMAL * median(values.map((value) => Math.abs(value - center)));
}

/**
 * Chance of a count at least (`rise`) or at most (`drop`) as large as `value`, for a mean and a variance: Poisson, or negative
 * binomial where the variance is larger than the mean.
 */
export function chanceOfCount(
  value: number,
  { mean, variance }: { readonly mean: number; readonly variance: number },
  side: 'rise' | 'drop',
): number {
  const whole = Math.round(value);
  if (side === 'rise') return whole <= 0 ? 1 : sumFrom(whole, mean, variance);
  return sumDown(whole, mean, variance);
}

/** Chance of a normal value this many standard deviations or more from its mean, on one side. */
export function chanceOfDeviation(z: number): number {
  const x = Math.abs(z);
  // Mills' ratio as a continued fraction from 3 on, a series below it: both are good to ten digits.
  if (x >= 3) {
    let ratio = x;
    for (let k = 60; k >= 1; k--) ratio = x + k / ratio;
    return Math.exp(-0.5 * x * x) / (Math.sqrt(2 * Math.PI) * ratio);
  }
  let term = x;
  let sum = x;
  for (let k = 1; k < 100; k++) {
    term *= -(x * x) / (2 * k);
    sum += term / (2 * k + 1);
  }
  return 0.5 - sum / Math.sqrt(2 * Math.PI);
}

/** How many deviations of a normal value are as unlikely as a chance, on one side: the opposite of {@link chanceOfDeviation}. */
export function deviationsOf(chance: number): number {
  const [least, most] = [0, 40];
  let [low, high] = [least, most];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (chanceOfDeviation(middle) > chance) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Benjamini and Hochberg: which of many tests hold when at most the share `q` of those that are told may be false.
 * Shape: chances in any order; answers one for each, in that order.
 */
export function holdTogether(chances: readonly number[], q: number): boolean[] {
  const sorted = Float64Array.from(chances).sort();
  let limit = -1;
  for (let i = sorted.length - 1; i >= 0 && limit < 0; i--) {
    const chance = sorted[i] ?? 1;
    if (chance <= (q * (i + 1)) / sorted.length) limit = chance;
  }
  return chances.map((chance) => chance <= limit);
}

function sumFrom(from: number, mean: number, variance: number): number {
  let term = Math.exp(logChance(from, mean, variance));
  let sum = 0;
  for (let k = from; k < from + TERMS_MAX; k++) {
    sum += term;
    term *= nextFactor(k, mean, variance);
    if (k > mean && term < sum * 1e-12) break;
  }
  return Math.min(1, sum);
}

function sumDown(from: number, mean: number, variance: number): number {
  let term = Math.exp(logChance(from, mean, variance));
  let sum = 0;
  for (let k = from; k >= 0 && from - k < TERMS_MAX; k--) {
    sum += term;
    term /= k === 0 ? 1 : nextFactor(k - 1, mean, variance);
    if (k < mean && term < sum * 1e-12) break;
  }
  return Math.min(1, sum);
}

/** Chance of k + 1 over that of k. */
function nextFactor(k: number, mean: number, variance: number): number {
  if (!isWide(mean, variance)) return mean / (k + 1);
  const { size, share } = shapeOf(mean, variance);
  return ((k + size) / (k + 1)) * share;
}

function logChance(k: number, mean: number, variance: number): number {
  if (!isWide(mean, variance)) return k * Math.log(mean) - mean - logGamma(k + 1);
  const { size, share } = shapeOf(mean, variance);
  return (
    logGamma(k + size) - logGamma(size) - logGamma(k + 1) + size * Math.log1p(-share) + k * Math.log(share)
  );
}

/** A variance hardly above the mean is Poisson's: the other formula loses its digits there. */
function isWide(mean: number, variance: number): boolean {
  return variance > mean * 1.000_1;
}

function shapeOf(mean: number, variance: number): { readonly size: number; readonly share: number } {
  return { size: (mean * mean) / (variance - mean), share: 1 - mean / variance };
}
