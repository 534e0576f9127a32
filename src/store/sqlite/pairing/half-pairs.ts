/**
 * Ties the ends that no client's address brings together: behind a network that changes the client's address, in a
 * tunnel, or across a gateway between networks. What both ends have in common is the server's address and the bytes, or
 * the cluster's name, and the moment of their end; two are tied when neither of them fits any other. The requests of an
 * HTTP connection that have no id are told apart in the same way, with both addresses in their key.
 */
import type { PairingRules } from '../../../domain/ports.ts';
import type { PairKind } from '../../../domain/resources.ts';
import type { Half } from '../shape-coder.ts';
import { AS_CLIENT, AS_HOP, OF_HTTP, UNORDERED } from './end-records.ts';
import { type EndDeps, endOf } from './ends.ts';
import type { Links } from './links.ts';
import {
  HALF_REACH_MS,
  type HalfKey,
  halfKeyHash,
  halfKeyHashes,
  REQUEST_REACH_MS,
  reachOf,
} from './loose-ends.ts';
import { NONE } from './pairing-window.ts';

export interface HalfPairingDeps extends EndDeps {
  readonly rules: PairingRules;
  readonly links: Links;
  /** Brings stored ends that may have this hash, and ended in [from, to], into the window. */
  readonly loadLoose: (hash: number, from: number, to: number) => void;
}

/** Whatever has one of the hashes of a request ended within this time of it; ms. */
const REQUEST_STRETCH_MS = 40_000;

type HalfPairKind = Exclude<PairKind, 'dnat'>;

/** Settles the ends of `touched` that became loose or are so no longer, and all that depends on them. */
export function settleLoose(touched: readonly number[], deps: HalfPairingDeps): void {
  const { window } = deps;
  const changed = window.lines.changeLoose(touched, (slot) =>
    halfKeyHash(halfKey(slot, deps), window.end(slot)),
  );
  for (const slot of affectedBy(changed, deps)) decide(slot, deps);
}

/** The ends whose other end may be another one, now that some became loose or are so no longer. */
function affectedBy(changed: readonly number[], deps: HalfPairingDeps): Set<number> {
  const { window, links } = deps;
  const affected = new Set<number>();
  const seen = new Set<number>();
  for (const slot of changed) {
    if (isRequest(slot, deps)) {
      // There may be many: each stretch of time is gone through once, however many of its requests changed.
      const key = halfKey(slot, deps);
      const end = window.end(slot);
      for (const hash of halfKeyHashes(key, end, 2 * REQUEST_REACH_MS)) {
        if (seen.has(hash)) continue;
        seen.add(hash);
        const [from, to] = [end - REQUEST_STRETCH_MS, end + REQUEST_STRETCH_MS];
        if (from <= window.completeAfter) deps.loadLoose(hash, from, to);
        window.loose.each(hash, (other) => affected.add(other));
      }
      continue;
    }
    const near = neighbours(slot, deps);
    if (links.isLoose(slot) && (near.length > 0 || window.linked(slot) !== 0)) affected.add(slot);
    for (const one of near) {
      affected.add(one);
      for (const other of neighbours(one, deps)) affected.add(other);
    }
  }
  return affected;
}

function decide(slot: number, deps: HalfPairingDeps): void {
  const { window, links } = deps;
  const near = neighbours(slot, deps);
  const [one = NONE] = near;
  if (one === NONE) {
    links.clear(slot);
    return;
  }
  const [client, server] = window.is(slot, AS_CLIENT) ? [slot, one] : [one, slot];
  // Requests of HTTP/2 overlap: without an id none of them is certain.
  const isOpen = near.length > 1 || window.is(slot, UNORDERED) || window.is(one, UNORDERED);
  const back = neighbours(one, deps);
  // It has others nearer to it than this one.
  if (!isOpen && !back.includes(slot)) {
    links.clear(slot);
    return;
  }
  if (isOpen || back.length > 1) {
    const kinds = window.is(slot, AS_CLIENT) ? [kindOf(slot, deps)] : near.map((o) => kindOf(o, deps));
    links.leaveOpen(slot, [...kinds].sort()[0] ?? 'snat');
    return;
  }
  const kind = kindOf(client, deps);
  const score = scoreOf(client, server, kind, deps);
  if (score !== null) links.tie(client, server, kind, score);
}

/** The loose ends that may be the other end of this one: for a request those near to it or, without any, those around it. */
function neighbours(slot: number, deps: HalfPairingDeps): number[] {
  const { window } = deps;
  const key = halfKey(slot, deps);
  const end = window.end(slot);
  const reach = reachOf(key);
  const hashes = halfKeyHashes(key, end);
  if (end - reach <= window.completeAfter) {
    for (const hash of hashes) deps.loadLoose(hash, end - reach, end + reach);
  }
  const within = (farthest: number): number[] => {
    const found: number[] = [];
    for (const hash of hashes) {
      window.loose.each(hash, (other) => {
        if (window.is(other, AS_CLIENT) === window.is(slot, AS_CLIENT)) return;
        if (Math.abs(window.end(other) - end) > farthest) return;
        const [client, server] = window.is(slot, AS_CLIENT) ? [slot, other] : [other, slot];
        if (scoreOf(client, server, kindOf(client, deps), deps) !== null) found.push(other);
      });
    }
    return found;
  };
  const near = within(HALF_REACH_MS);
  return near.length > 0 || reach === HALF_REACH_MS ? near : within(reach);
}

function scoreOf(client: number, server: number, kind: HalfPairKind, deps: HalfPairingDeps): number | null {
  const { window } = deps;
  const [a, b] = [halfKey(client, deps), halfKey(server, deps)];
  if (a.anchor !== b.anchor || a.request !== b.request) return null;
  if (a.received !== b.received || a.sent !== b.sent) return null;
  // With the client's own host on both sides its ports would agree too.
  if (kind === 'snat' && window.client(client) === window.client(server)) return null;
  if ((kind === 'full') !== isRequest(server, deps)) return null;
  const [out, into] = [endOf(client, deps), endOf(server, deps)];
  if (kind === 'full') return deps.rules.align([out], [into]).links[0]?.score ?? null;
  return deps.rules.half(kind, out, into);
}

function halfOf(slot: number, { window, shapes }: Pick<HalfPairingDeps, 'window' | 'shapes'>): Half {
  const place = shapes.place(window.shape(slot));
  return window.is(slot, AS_HOP) ? shapes.codes.hopHalf(place) : shapes.codes.half(place);
}

/** True for a request without an id: both addresses are in its key, and its connection carries others. */
function isRequest(slot: number, deps: Pick<HalfPairingDeps, 'window' | 'shapes'>): boolean {
  const { window } = deps;
  return window.is(slot, OF_HTTP) && window.client(slot) === 0 && halfOf(slot, deps) !== 'tunnel';
}

function kindOf(client: number, deps: HalfPairingDeps): HalfPairKind {
  if (isRequest(client, deps)) return 'full';
  const half = halfOf(client, deps);
  return half === 'name' ? 'sni' : half === 'tunnel' ? 'tunnel' : 'snat';
}

/** Shape: a gateway that passes TLS on counts other bytes than its client, so that they are no part of the key. */
export function halfKey(slot: number, deps: Pick<HalfPairingDeps, 'window' | 'shapes'>): HalfKey {
  const { window } = deps;
  const isByName = halfOf(slot, deps) === 'name' && !isRequest(slot, deps);
  return {
    isRequest: isRequest(slot, deps),
    anchor: window.anchor(slot),
    request: window.request(slot),
    received: isByName ? NONE : window.received(slot),
    sent: isByName ? NONE : window.sent(slot),
  };
}
