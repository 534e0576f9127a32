/** Which pod had which address when. */
import type { Source } from '../domain/resources.ts';
import { type LivingLeg, MARK } from './leg-table.ts';
import { compareLegs, compareText, type Facts } from './legs.ts';
import { Networks } from './networks.ts';
import { CLOCK_MS, type Claim, EVIDENCE_MS, MOVING_MS, START_MS, type Writer } from './pods.ts';
import { ALWAYS, type Range, type Touched } from './touched.ts';
import { isClient } from './writers.ts';

/** One address with the legs that show a pod at it. */
interface Site {
  readonly legs: LivingLeg[];
  /** The only writer that shows itself here, with the bounds of its legs and the first of them; null when there are several. */
  sole: { readonly writer: Writer; first: number; last: number; proof: LivingLeg } | null;
  settled: readonly Claim[];
}

/** Learns claims. An address that several pods show at once (a node's, shared by its host network) is nobody's. */
export class ClaimBook {
  readonly #sites = new Map<string, Site>();
  readonly #grown = new Set<string>();
  readonly #ips = new Set<string>();
  readonly networks = new Networks();

  /** Every address that is a pod's for certain. */
  get ips(): ReadonlySet<string> {
    return this.#ips;
  }

  at(ip: string): readonly Claim[] {
    return this.#sites.get(ip)?.settled ?? [];
  }

  note(leg: LivingLeg, writer: Writer): void {
    const ip = ownIp(leg, writer);
    if (ip === null) return;
    const isNew = leg.mark(MARK.claim, true);
    const { flow } = leg;
    this.#grown.add(ip);
    const site = this.#sites.get(ip);
    if (site === undefined) {
      const sole = { writer, first: flow.first, last: flow.last, proof: leg };
      this.#sites.set(ip, { legs: [leg], sole, settled: [] });
      return;
    }
    if (isNew) site.legs.push(leg);
    const { sole } = site;
    if (sole === null) return;
    if (sole.writer !== writer) {
      site.sole = null;
      return;
    }
    if (compareLegs(leg, sole.proof) < 0) sole.proof = leg;
    sole.first = Math.min(sole.first, flow.first);
    sole.last = Math.max(sole.last, flow.last);
  }

  /** Settles what was noted; `writerOf` gives the writer of a leg. */
  settle(touched: Touched, writerOf: (leg: LivingLeg) => Writer): void {
    for (const ip of this.#grown) {
      const site = this.#sites.get(ip);
      if (site === undefined) continue;
      const before = site.settled;
      site.settled = settleSite(ip, site, writerOf);
      if (touched.isLiving) touched.ip(ip, changedRanges(before, site.settled));
      if (site.settled.length > 0 === before.length > 0) continue;
      if (site.settled.length > 0) this.#ips.add(ip);
      else this.#ips.delete(ip);
      if (this.networks.count(ip, site.settled.length > 0)) touched.upset();
    }
    this.#grown.clear();
  }
}

/** Between two pods the nearer claim holds: a client's line may be a little older than the new pod's first one. */
export function findClaim(claims: readonly Claim[], time: number): Claim | null {
  let best: Claim | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const claim of claims) {
    const distance = Math.max(0, claim.first - time, time - claim.last);
    if (distance < least) [best, least] = [claim, distance];
  }
  return least <= EVIDENCE_MS ? best : null;
}

/** True when more than one claim is near. */
export function isMovingAt(claims: readonly Claim[], time: number): boolean {
  if (claims.length < 2) return false;
  const near = claims.filter((claim) => claim.first - MOVING_MS <= time && time <= claim.last + MOVING_MS);
  return near.length > 1;
}

/** Address of the pod itself on its own line; null when the line does not show it. */
function ownIp({ facts, flow }: LivingLeg, writer: Writer): string | null {
  if (facts.said === 'inbound') return facts.local?.ip ?? null;
  // The peer of an HTTP line may come from a forwarded header, which proves nothing.
  if (flow.shape.http) return null;
  if (facts.said === 'unknown') return ownOfUnknown(facts, writer);
  if (!writer.gateway) return facts.remoteIp;
  return facts.local !== null && writer.ips.has(facts.local.ip) ? facts.local.ip : null;
}

function ownOfUnknown(facts: Facts, writer: Writer): string | null {
  if (writer.gateway) return null;
  if (isClient(facts, 'unknown')) return facts.remoteIp;
  const local = facts.local?.ip ?? null;
  return facts.direction === 'inbound' && local !== null && writer.refusedAt.has(local) ? local : null;
}

function settleSite(ip: string, site: Site, writerOf: (leg: LivingLeg) => Writer): readonly Claim[] {
  const { sole, settled } = site;
  if (sole === null) return mergeClaims(site.legs.map((leg) => toClaim(ip, leg, writerOf(leg))));
  const { writer, first, last, proof } = sole;
  const [known] = settled;
  const { shape } = proof.flow;
  if (known?.first === first && known.last === last && known.shape === shape) return settled;
  return [{ ip, writer, first, last, shape }];
}

interface Draft extends Claim {
  readonly leg: LivingLeg;
}

function toClaim(ip: string, leg: LivingLeg, writer: Writer): Draft {
  const { first, last, shape } = leg.flow;
  return { ip, writer, first, last, shape, leg };
}

function mergeClaims(claims: readonly Draft[]): Claim[] {
  const named = claims.filter((claim) => claim.writer.source.pod !== null);
  const sorted = (named.length > 0 ? named : [...claims]).sort(
    (a, b) =>
      a.first - b.first ||
      a.last - b.last ||
      compareText(a.writer.key, b.writer.key) ||
      compareLegs(a.leg, b.leg),
  );
  const merged: Claim[] = [];
  for (const { leg: _, ...claim } of sorted) {
    const before = merged[merged.length - 1];
    if (before === undefined) merged.push(claim);
    else if (isSamePod(before.writer.source, claim.writer.source)) {
      merged[merged.length - 1] = { ...before, last: Math.max(before.last, claim.last) };
    } else if (claim.first < before.last - CLOCK_MS) return [];
    else merged.push(claim);
  }
  return merged;
}

/** Streams of one pod may name its namespace or not, as the envelope of each does. */
function isSamePod(a: Source, b: Source): boolean {
  if (a.pod === null || a.pod !== b.pod) return a.pod === b.pod && a.namespace === b.namespace;
  return a.namespace === b.namespace || a.namespace === null || b.namespace === null;
}

/**
 * Times for which claims answer otherwise than before: mostly none, since a claim that reaches further into the
 * present says nothing new of connections that are known.
 */
export function changedRanges(before: readonly Claim[], after: readonly Claim[]): readonly Range[] {
  const isSameList =
    before.length === after.length &&
    before.every((claim, i) => claim.writer === after[i]?.writer) &&
    before.every((claim, i) => (after[i]?.first ?? 0) <= claim.first && claim.last <= (after[i]?.last ?? 0));
  if (!isSameList) return ALWAYS;
  const ranges: Range[] = [];
  for (const [i, old] of before.entries()) {
    const claim = after[i];
    if (claim === undefined) continue;
    if (claim.last > old.last) {
      const next = after[i + 1];
      const to = next === undefined ? Number.POSITIVE_INFINITY : Math.max(next.first, claim.last + MOVING_MS);
      ranges.push({ from: old.last + (before.length === 1 ? EVIDENCE_MS : 0), to });
    }
    if (claim.first < old.first) {
      const previous = after[i - 1];
      const from =
        previous === undefined ? Number.NEGATIVE_INFINITY : Math.min(previous.last, claim.first - MOVING_MS);
      ranges.push({ from, to: old.first - (before.length === 1 ? EVIDENCE_MS : 0) });
      // The first minute of the pod at this address is another now.
      ranges.push({ from: claim.first, to: old.first + START_MS });
    }
  }
  return ranges;
}
