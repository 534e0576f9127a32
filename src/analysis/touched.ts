/** What has to be looked at again: the legs that changed, and those that rest on knowledge which changed. */
import type { LivingLeg, LivingShape } from './living-shape.ts';

/** Times from `from` up to and with `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** At all times. */
export const ALWAYS: readonly Range[] = [{ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }];

interface Bucket {
  readonly shapes: LivingShape[];
  /** Bounds of their legs' start times; never too narrow. */
  min: number;
  max: number;
}

/** Finds legs by what knowledge about them is kept by. */
export class LegIndex {
  readonly #byIp = new Map<string, Bucket>();
  readonly #byPortCluster = new Map<string, LivingShape[]>();
  readonly #byGroup = new Map<string, LivingShape[]>();

  add(shape: LivingShape): void {
    const { portCluster, group } = shape.raw;
    for (const ip of ipsOf(shape)) this.#addIp(ip, shape);
    if (portCluster === '') return;
    push(this.#byPortCluster, portCluster, shape);
    push(this.#byGroup, group, shape);
  }

  /** Notes that a leg came, or reaches further than before. */
  widen(leg: LivingLeg): void {
    for (const ip of ipsOf(leg.of)) {
      const bucket = this.#byIp.get(ip);
      if (bucket === undefined) continue;
      bucket.min = Math.min(bucket.min, leg.first);
      bucket.max = Math.max(bucket.max, leg.last);
    }
  }

  /** Legs with this address at one of their ends. */
  atIp(ip: string): readonly LivingLeg[] {
    return legsOf(this.#byIp.get(ip)?.shapes);
  }

  /** Those with connections that began within the ranges. */
  atIpWithin(ip: string, ranges: readonly Range[]): LivingLeg[] {
    const bucket = this.#byIp.get(ip);
    if (bucket === undefined) return [];
    const near = ranges.filter(({ from, to }) => from <= bucket.max && to >= bucket.min);
    if (near.length === 0) return [];
    const found: LivingLeg[] = [];
    for (const shape of bucket.shapes) {
      shape.each((leg) => {
        if (near.some(({ from, to }) => from <= leg.last && leg.first <= to))
          found.push(shape.hold(leg.place));
      });
    }
    return found;
  }

  ofPortCluster(key: string): readonly LivingLeg[] {
    return legsOf(this.#byPortCluster.get(key));
  }

  ofGroup(key: string): readonly LivingLeg[] {
    return legsOf(this.#byGroup.get(key));
  }

  #addIp(ip: string, shape: LivingShape): void {
    const { first, last } = shape.span;
    const bucket = this.#byIp.get(ip);
    if (bucket === undefined) {
      this.#byIp.set(ip, { shapes: [shape], min: first, max: last });
      return;
    }
    bucket.shapes.push(shape);
    if (first < bucket.min) bucket.min = first;
    if (last > bucket.max) bucket.max = last;
  }
}

function ipsOf({ raw: { local, upstream, remoteIp } }: LivingShape): ReadonlySet<string> {
  const ips = new Set<string>();
  for (const ip of [local?.ip, upstream?.ip, remoteIp]) if (ip != null) ips.add(ip);
  return ips;
}

function legsOf(shapes: readonly LivingShape[] | undefined): LivingLeg[] {
  return shapes?.flatMap((shape) => shape.holdAll()) ?? [];
}

/**
 * The legs to look at again in one update. It grows from step to step: each step looks at all that is in it by then.
 * Without an index everything is looked at for the first time, shape by shape, and nothing is in it.
 */
export class Touched {
  readonly legs: Set<LivingLeg>;
  /** True when something changed on which everything may rest, or which cannot be taken back piece by piece. */
  isUpset = false;
  readonly #index: LegIndex | null;

  constructor(legs: Iterable<LivingLeg>, index: LegIndex | null) {
    this.legs = new Set(legs);
    this.#index = index;
  }

  /** False while everything is looked at for the first time. */
  get isLiving(): boolean {
    return this.#index !== null;
  }

  ip(ip: string, ranges: readonly Range[]): void {
    if (this.#index === null || ranges.length === 0) return;
    this.#addAll(ranges === ALWAYS ? this.#index.atIp(ip) : this.#index.atIpWithin(ip, ranges));
  }

  portCluster(key: string): void {
    if (this.#index !== null) this.#addAll(this.#index.ofPortCluster(key));
  }

  group(key: string): void {
    if (this.#index !== null) this.#addAll(this.#index.ofGroup(key));
  }

  /** Everything has to be learned anew. No harm while it is learned for the first time. */
  upset(): void {
    if (this.#index !== null) this.isUpset = true;
  }

  /** All legs of a shape. */
  shape(shape: LivingShape): void {
    if (this.#index !== null) this.#addAll(shape.holdAll());
  }

  /** Legs with this address, where they can be found. */
  at(ip: string): readonly LivingLeg[] {
    return this.#index?.atIp(ip) ?? [];
  }

  #addAll(legs: readonly LivingLeg[]): void {
    for (const leg of legs) this.legs.add(leg);
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
