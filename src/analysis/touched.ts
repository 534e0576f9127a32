/** What has to be looked at again: the legs that changed, and those that rest on knowledge which changed. */
import type { LivingLeg } from './leg-table.ts';

/** Times from `from` up to and with `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** At all times. */
export const ALWAYS: readonly Range[] = [{ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }];

interface Bucket {
  readonly legs: LivingLeg[];
  /** Bounds of the legs' start times; never too narrow. */
  min: number;
  max: number;
}

/** Finds legs by what knowledge about them is kept by. */
export class LegIndex {
  readonly #byIp = new Map<string, Bucket>();
  readonly #byPortCluster = new Map<string, LivingLeg[]>();
  readonly #byGroup = new Map<string, LivingLeg[]>();

  add(leg: LivingLeg): void {
    const { local, upstream, remoteIp, portCluster, group } = leg.facts;
    const localIp = local?.ip ?? null;
    const upstreamIp = upstream?.ip ?? null;
    if (localIp !== null) this.#addIp(localIp, leg);
    if (upstreamIp !== null && upstreamIp !== localIp) this.#addIp(upstreamIp, leg);
    if (remoteIp !== null && remoteIp !== localIp && remoteIp !== upstreamIp) this.#addIp(remoteIp, leg);
    if (portCluster === '') return;
    push(this.#byPortCluster, portCluster, leg);
    push(this.#byGroup, group, leg);
  }

  /** Notes that a leg reaches further than before. */
  widen(leg: LivingLeg): void {
    const { local, upstream, remoteIp } = leg.facts;
    for (const ip of [local?.ip, upstream?.ip, remoteIp]) {
      const bucket = ip == null ? undefined : this.#byIp.get(ip);
      if (bucket === undefined) continue;
      bucket.min = Math.min(bucket.min, leg.flow.first);
      bucket.max = Math.max(bucket.max, leg.flow.last);
    }
  }

  /** Legs with this address at one of their ends. */
  atIp(ip: string): readonly LivingLeg[] {
    return this.#byIp.get(ip)?.legs ?? [];
  }

  /** Those with connections that began within the ranges. */
  atIpWithin(ip: string, ranges: readonly Range[]): LivingLeg[] {
    const bucket = this.#byIp.get(ip);
    if (bucket === undefined) return [];
    const near = ranges.filter(({ from, to }) => from <= bucket.max && to >= bucket.min);
    if (near.length === 0) return [];
    return bucket.legs.filter(({ flow }) =>
      near.some(({ from, to }) => from <= flow.last && flow.first <= to),
    );
  }

  ofPortCluster(key: string): readonly LivingLeg[] {
    return this.#byPortCluster.get(key) ?? [];
  }

  ofGroup(key: string): readonly LivingLeg[] {
    return this.#byGroup.get(key) ?? [];
  }

  #addIp(ip: string, leg: LivingLeg): void {
    const { first, last } = leg.flow;
    const bucket = this.#byIp.get(ip);
    if (bucket === undefined) {
      this.#byIp.set(ip, { legs: [leg], min: first, max: last });
      return;
    }
    bucket.legs.push(leg);
    if (first < bucket.min) bucket.min = first;
    if (last > bucket.max) bucket.max = last;
  }
}

/**
 * The legs to look at again in one update. It grows from step to step: each step looks at all that is in it by then.
 * Without an index every leg is in it from the beginning.
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
