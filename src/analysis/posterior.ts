import { logGamma } from './log-gamma.ts';

/** Failures out of connections. */
export interface Trials {
  readonly connections: number;
  readonly failures: number;
}

/** Largest number of terms that are summed; past it a normal approximation is as good. */
const TERMS_MAX = 5_000;

/**
 * Probability that the failure rate behind `after` is higher than the one behind `before`.
 * Both rates have a uniform prior, so that 0 of 1 against 1 of 1 gives 5/6 and not certainty.
 */
export function chanceOfRise(before: Trials, after: Trials): number {
  const a0 = before.failures + 1;
  const b0 = before.connections - before.failures + 1;
  const a1 = after.failures + 1;
  const b1 = after.connections - after.failures + 1;
  if (a1 > TERMS_MAX) return normalChance(a0, b0, a1, b1);
  const base = logBeta(a0, b0);
  let sum = 0;
  for (let i = 0; i < a1; i++) {
    sum += Math.exp(logBeta(a0 + i, b0 + b1) - Math.log(b1 + i) - logBeta(1 + i, b1) - base);
  }
  return Math.min(1, Math.max(0, sum));
}

/**
 * Bounds between which the rise of the failure rate (after minus before) lies with 90 % probability, each -1 to 1.
 * Same priors as `chanceOfRise`; exact to about half a percentage point.
 */
export function riseInterval(before: Trials, after: Trials): readonly [low: number, high: number] {
  const quantiles = [before, after].map(({ connections, failures }) =>
    betaQuantiles(failures + 1, connections - failures + 1),
  );
  const [p0 = [], p1 = []] = quantiles;
  const differences = Float64Array.from(p1.flatMap((b) => p0.map((a) => b - a))).sort();
  const at = (share: number): number => differences[Math.floor(share * (differences.length - 1))] ?? 0;
  return [at(0.05), at(0.95)];
}

/** Equally probable values of a rate: differences of two such sets are samples of the difference of the rates. */
const QUANTILES = 200;
/** Steps of the integral of a density that is spread over the whole interval. */
const STEPS = 2_000;

/** The middle values of `QUANTILES` equal shares of Beta(a, b), by summing its density where it is not nothing. */
function betaQuantiles(a: number, b: number): number[] {
  const mean = a / (a + b);
  const reach = 12 * Math.sqrt((a * b) / ((a + b) ** 2 * (a + b + 1)));
  const [from, to] = [Math.max(0, mean - reach), Math.min(1, mean + reach)];
  const step = (to - from) / STEPS;
  const base = logBeta(a, b);
  const values: number[] = [];
  let sum = 0;
  for (let i = 0; i < STEPS && values.length < QUANTILES; i++) {
    const x = from + (i + 0.5) * step;
    sum += Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - base) * step;
    while (values.length < QUANTILES && sum >= (values.length + 0.5) / QUANTILES) values.push(x);
  }
  while (values.length < QUANTILES) values.push(to);
  return values;
}

function normalChance(a0: number, b0: number, a1: number, b1: number): number {
  const variance = (a: number, b: number) => (a * b) / ((a + b) ** 2 * (a + b + 1));
  const z = (a1 / (a1 + b1) - a0 / (a0 + b0)) / Math.sqrt(variance(a0, b0) + variance(a1, b1));
  return 1 / (1 + Math.exp(-1.702 * z));
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}
