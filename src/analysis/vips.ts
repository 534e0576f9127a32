/** The addresses of services. */

import { MARK } from './leg-numbers.ts';
import type { Facts } from './legs.ts';
import type { LivingLeg, LivingShape } from './living-shape.ts';
import { Networks } from './networks.ts';
import type { Pods } from './pods.ts';
import { isNamed, type Spreads } from './spreads.ts';
import { ALWAYS, type Touched } from './touched.ts';

/** An address that one cluster serves, which may be a service's. */
interface Candidate {
  readonly ip: string;
  /** Hosts behind it, with how many legs show each. */
  readonly upstreams: Map<string, number>;
  /** Legs that show a pod behind it. */
  pods: number;
  isVip: boolean;
}

export interface VipsKnown {
  readonly pods: Pods;
  readonly podNetworks: Networks;
  readonly spreads: Spreads;
}

/**
 * A service's address is one destination with several hosts behind it, or with a pod behind it that has another
 * address. A catch-all is many destinations with one cluster behind them, so its clusters prove nothing here.
 */
export class VipBook {
  readonly #candidates = new Map<string, Candidate>();
  /** By how many candidates. */
  readonly #vips = new Map<string, number>();
  readonly #changed = new Set<Candidate>();
  readonly networks = new Networks();

  has(ip: string): boolean {
    return this.#vips.has(ip);
  }

  note(leg: LivingLeg, known: VipsKnown): void {
    const { facts } = leg;
    const isCandidate = isEligible(facts, known);
    if (isCandidate || leg.has(MARK.candidate)) this.#mark(leg, isCandidate, isPodOf(facts, known));
  }

  /** All legs of a shape, which tell the same, for the first time. */
  noteShape(shape: LivingShape, known: VipsKnown): void {
    const { facts, length } = shape;
    const { local, upstream, portCluster } = facts;
    if (local === null || upstream === null || !isEligible(facts, known)) return;
    const isPod = isPodOf(facts, known);
    shape.markAll(isPod ? MARK.candidate | MARK.candidatePod : MARK.candidate);
    const candidate = this.#candidateOf(local.ip, portCluster);
    candidate.upstreams.set(upstream.ip, (candidate.upstreams.get(upstream.ip) ?? 0) + length);
    if (isPod) candidate.pods += length;
    this.#changed.add(candidate);
  }

  #mark(leg: LivingLeg, isCandidate: boolean, isPodThere: boolean): void {
    const { local, upstream, portCluster } = leg.facts;
    if (local === null || upstream === null) return;
    const isPod = isCandidate && isPodThere;
    const candidate = this.#candidateOf(local.ip, portCluster);
    if (leg.mark(MARK.candidate, isCandidate)) {
      const legs = (candidate.upstreams.get(upstream.ip) ?? 0) + (isCandidate ? 1 : -1);
      if (legs > 0) candidate.upstreams.set(upstream.ip, legs);
      else candidate.upstreams.delete(upstream.ip);
      this.#changed.add(candidate);
    }
    if (leg.mark(MARK.candidatePod, isPod)) {
      candidate.pods += isPod ? 1 : -1;
      this.#changed.add(candidate);
    }
  }

  /** Judges anew the candidates that changed. */
  settle(touched: Touched): void {
    for (const candidate of this.#changed) {
      const isVip = candidate.pods > 0 || candidate.upstreams.size > 1;
      if (isVip === candidate.isVip) continue;
      candidate.isVip = isVip;
      const before = this.#vips.get(candidate.ip) ?? 0;
      const after = before + (isVip ? 1 : -1);
      if (after > 0) this.#vips.set(candidate.ip, after);
      else this.#vips.delete(candidate.ip);
      if (before > 0 === after > 0) continue;
      touched.ip(candidate.ip, ALWAYS);
      if (this.networks.count(candidate.ip, after > 0)) touched.upset();
    }
    this.#changed.clear();
  }

  #candidateOf(ip: string, portCluster: string): Candidate {
    const key = `${ip} ${portCluster}`;
    const known = this.#candidates.get(key);
    if (known !== undefined) return known;
    const candidate = { ip, upstreams: new Map<string, number>(), pods: 0, isVip: false };
    this.#candidates.set(key, candidate);
    return candidate;
  }
}

function isEligible(facts: Facts, { pods, spreads }: VipsKnown): boolean {
  const { local, upstream } = facts;
  if (!facts.client || local === null || upstream === null || !isNamed(facts)) return false;
  if (pods.ips.has(local.ip) || upstream.ip === local.ip) return false;
  if (pods.writers.get(facts.writer)?.gateway === true) return false;
  return facts.service.port === local.port && !spreads.isProven(facts) && !spreads.isWide(facts);
}

function isPodOf({ local, upstream }: Facts, known: VipsKnown): boolean {
  return local !== null && upstream !== null && isPodBehind(local.ip, upstream.ip, known);
}

function isPodBehind(ip: string, upstreamIp: string, { pods, podNetworks }: VipsKnown): boolean {
  if (pods.ips.has(upstreamIp)) return true;
  return podNetworks.holds(upstreamIp) && !podNetworks.holds(ip);
}
