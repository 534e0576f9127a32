/** Random numbers that depend on a seed alone: the same seed gives the same numbers on every machine. */

/**
 * A stream of random numbers, 32 bits a step.
 * Source: sfc32, the small fast counting generator of the PractRand test suite, seeded by mixing the seed with the label.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `label` keeps streams apart that share a seed, so that drawing more from one does not change another. */
  constructor(seed: number, label: string) {
    this.#a = hash32(label, seed >>> 0);
    this.#b = hash32(label, (seed / 0x1_0000_0000) >>> 0);
    this.#c = hash32(label, this.#a ^ this.#b);
    for (let i = 0; i < 12; i++) this.next();
  }

  /** Uniform in [0, 1). */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  }

  /** Uniform integer in [0, limit). */
  int(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the items; at least one must be there. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.int(items.length)];
    if (item === undefined) throw new Error('BUG: nothing to pick from');
    return item;
  }

  /** Normal with mean 0 and deviation 1. */
  normal(): number {
    return Math.log(this.logNormal(1, 1));
  }

  /** Count with this mean; from 50 on, a rounded normal number is as good. */
  poisson(mean: number): number {
    if (mean >= 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    let count = 0;
    for (let left = this.exponential(1); left < mean; left += this.exponential(1)) count++;
    return count;
  }

  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  /** Log-normal with this median; `sigma` is the deviation of the logarithm. */
  logNormal(median: number, sigma: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * this.next()));
  }

  /** The same items in random order. */
  shuffle<T>(items: readonly T[]): T[] {
    const keyed = items.map((item) => ({ item, key: this.next() }));
    return keyed.sort((a, b) => a.key - b.key).map((entry) => entry.item);
  }
}

/** Draws an index with a probability in proportion to its weight. */
export class WeightedIndex {
  readonly #bounds: Float64Array;

  constructor(weights: readonly number[]) {
    this.#bounds = new Float64Array(weights.length);
    let sum = 0;
    for (const [index, weight] of weights.entries()) {
      sum += weight;
      this.#bounds[index] = sum;
    }
  }

  draw(random: Random): number {
    const target = random.next() * (this.#bounds.at(-1) ?? 0);
    let low = 0;
    let high = this.#bounds.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#bounds[middle] ?? 0) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Weights of a Zipf distribution: the first of `count` things is the busiest. */
export function zipfWeights(count: number, exponent: number): number[] {
  return Array.from({ length: count }, (_, rank) => 1 / (rank + 1) ** exponent);
}

/** Spreads a text and a number over 32 bits. */
export function hash32(text: string, salt: number): number {
  let hash = 0x811c9dc5 ^ salt;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}
