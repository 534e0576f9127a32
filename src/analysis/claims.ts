/** Which pod had which address when. */
import { isIpv4 } from '../domain/address.ts';
import { ClaimSite } from './claim-site.ts';
import { MARK } from './leg-numbers.ts';
import type { Facts } from './legs.ts';
import type { LivingLeg, LivingShape } from './living-shape.ts';
import { Networks } from './networks.ts';
import { type Claim, EVIDENCE_MS, MOVING_MS, START_MS, type Writer } from './pods.ts';
import { ALWAYS, type Range, type Touched } from './touched.ts';
import { isClient } from './writers.ts';

/** Learns claims. An address that several pods show at once (a node's, shared by its host network) is nobody's. */
export class ClaimBook {
  readonly #sites = new Map<string, ClaimSite>();
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
    const ip = ownIp(leg.facts, writer);
    if (ip === null) return;
    const isNew = leg.mark(MARK.claim, true);
    this.#siteOf(ip).note(leg, writer, isNew);
  }

  /** All legs of a shape, for the first time. */
  noteShape(shape: LivingShape, writer: Writer): void {
    const ip = ownIp(shape.facts, writer);
    if (ip === null || shape.leg(0).has(MARK.claim)) return;
    shape.markAll(MARK.claim);
    this.#siteOf(ip).noteShape(shape, writer);
  }

  /** True when the same pod, or none, has an address from one time to another. */
  isSteady(ip: string, from: number, to: number): boolean {
    const claims = this.at(ip);
    const [only] = claims;
    if (only === undefined) return true;
    if (claims.length === 1) {
      const [start, end] = [only.first - EVIDENCE_MS, only.last + EVIDENCE_MS];
      return to < start || from > end || (from >= start && to <= end);
    }
    const near = claims.filter(({ first, last }) => first - MOVING_MS <= to && from <= last + MOVING_MS);
    const [holder] = near;
    return near.length === 1 && holder !== undefined && holder.first <= from && to <= holder.last;
  }

  #siteOf(ip: string): ClaimSite {
    this.#grown.add(ip);
    const known = this.#sites.get(ip);
    if (known !== undefined) return known;
    const site = new ClaimSite(ip);
    this.#sites.set(ip, site);
    return site;
  }

  /** Settles what was noted; `writerOf` gives the writer of a shape. */
  settle(touched: Touched, writerOf: (shape: LivingShape) => Writer): void {
    for (const ip of this.#grown) {
      const site = this.#sites.get(ip);
      if (site === undefined) continue;
      const before = site.settled;
      site.settle(writerOf);
      if (touched.isLiving) {
        touched.ip(ip, changedRanges(before, site.settled));
        this.#touchElsewhere(ip, before, touched);
      }
      if (site.settled.length > 0 === before.length > 0) continue;
      if (site.settled.length > 0) this.#ips.add(ip);
      else this.#ips.delete(ip);
      if (this.networks.count(ip, site.settled.length > 0)) touched.upset();
    }
    this.#grown.clear();
  }

  /**
   * Where a pod was seen at one address, its other addresses were not its own at that time: whoever was called there is looked
   * for again, and at this one where the others were the pod's at that time.
   */
  #touchElsewhere(ip: string, before: readonly Claim[], touched: Touched): void {
    for (const { writer, ranges } of shownAnew(before, this.at(ip))) {
      for (const other of writer.ips) {
        if (other === ip || isIpv4(other) !== isIpv4(ip)) continue;
        touched.ip(other, ranges);
        const isThere = (claim: Claim): boolean =>
          claim.writer === writer && ranges.some(({ from, to }) => claim.first <= to && claim.last >= from);
        if (this.at(other).some(isThere)) touched.ip(ip, ranges);
      }
    }
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
function ownIp(facts: Facts, writer: Writer): string | null {
  if (facts.said === 'inbound') return facts.local?.ip ?? null;
  // The peer of an HTTP line may come from a forwarded header, which proves nothing.
  if (facts.shape.http) return null;
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

/** Times at which pods are shown at an address, or not any more, since before. Pods with one address are left out. */
function shownAnew(
  before: readonly Claim[],
  after: readonly Claim[],
): Array<{ readonly writer: Writer; readonly ranges: readonly Range[] }> {
  if (before === after) return [];
  const isWider =
    before.length === after.length && before.every(({ writer }, i) => writer === after[i]?.writer);
  const shown = isWider
    ? before.map(({ writer, first, last }, i) => {
        const now = after[i];
        const ranges = [
          { from: now?.first ?? first, to: first },
          { from: last, to: now?.last ?? last },
        ];
        return { writer, ranges: ranges.filter(({ from, to }) => from < to) };
      })
    : [...before, ...after].map(({ writer, first, last }) => ({
        writer,
        ranges: [{ from: first, to: last }],
      }));
  return shown.filter(({ writer, ranges }) => writer.ips.size > 1 && ranges.length > 0);
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
