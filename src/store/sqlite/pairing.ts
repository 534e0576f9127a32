/** Finds, for the ends that a batch brings, everything whose pairing they may change, and aligns it anew. */
import type { AlignEnds, ConnectionEnd } from '../../domain/ports.ts';
import type { Dictionary } from './dictionary.ts';
import type { LineBatch } from './line-batch.ts';
import { type EndKey, NONE, type PairingWindow } from './pairing-window.ts';

/** As far as two lives may be apart and still be aligned together; not less than what `AlignEnds` tolerates. */
const REACH_MS = 5_000;

export interface PairingDeps {
  readonly window: PairingWindow;
  readonly dictionary: Dictionary;
  readonly align: AlignEnds;
  /** Brings stored ends of this key that overlap [from, to] into the window. */
  readonly loadStored: (key: EndKey, from: number, to: number) => void;
  /** Takes a stored row out of the table; its lines become part of the batch. True when it held a pair. */
  readonly detach: (row: number) => boolean;
}

/**
 * Sets `mate` and `ambiguous` of the slots of a batch and of whatever they touch.
 * Shape of the result: how many stored pairs were taken apart for it; their lines are now in the batch.
 */
export function pairBatch(batch: LineBatch, given: PairingDeps): number {
  const { window } = given;
  let untied = 0;
  const detach = (row: number) => {
    const wasPair = given.detach(row);
    if (wasPair) untied++;
    return wasPair;
  };
  const deps = { ...given, detach };
  const settled = new Set<number>();
  // The batch grows while rows are taken out of the table; those lines are settled already.
  const length = batch.length;
  for (let index = 0; index < length; index++) {
    const slot = batch.slot[index] ?? NONE;
    if (slot === NONE || isAlone(slot, window) || settled.has(slot)) continue;
    const group = gather(slot, deps);
    if (group.length === 1) continue;
    // Two ends are met again at the second of them, where their mate tells that they are settled.
    if (group.length > 2) for (const member of group) settled.add(member);
    else if (window.mate[slot] === group[1]) continue;
    alignGroup(group, deps);
  }
  return untied;
}

/** True when no other end can touch this one: none of its key is in the window, and none can be in the table alone. */
function isAlone(slot: number, window: PairingWindow): boolean {
  const first = window.firstLike(slot);
  return (
    first === slot &&
    window.following(slot) === NONE &&
    (window.start[slot] ?? 0) - REACH_MS > window.completeAfter
  );
}

/** All ends of one key that hang together in time with `slot`, directly or through others; `slot` is the first. */
function gather(slot: number, { window, loadStored }: PairingDeps): number[] {
  const group = [slot];
  let from = (window.start[slot] ?? 0) - REACH_MS;
  let to = (window.end[slot] ?? 0) + REACH_MS;
  let loadedFrom = Number.POSITIVE_INFINITY;
  let loadedTo = Number.NEGATIVE_INFINITY;
  for (let grown = true; grown; ) {
    grown = false;
    if (from <= window.completeAfter && (from < loadedFrom || to > loadedTo)) {
      loadStored(window.keyOf(slot), from, to);
      loadedFrom = from;
      loadedTo = to;
    }
    for (let at = window.firstLike(slot); at !== NONE; at = window.following(at)) {
      const start = window.start[at] ?? 0;
      const end = window.end[at] ?? 0;
      if (start > to || end < from || group.includes(at)) continue;
      group.push(at);
      if (start - REACH_MS < from || end + REACH_MS > to) {
        from = Math.min(from, start - REACH_MS);
        to = Math.max(to, end + REACH_MS);
        grown = true;
      }
    }
  }
  return group;
}

function alignGroup(group: readonly number[], deps: PairingDeps): void {
  const { window } = deps;
  const clients = group.filter((slot) => window.isClient[slot] === 1);
  const servers = group.filter((slot) => window.isClient[slot] === 0);
  const end = (slot: number) => endOf(slot, deps);
  const [first = NONE, second = NONE] = group;
  if (
    group.length === 2 &&
    clients.length === 1 &&
    window.mate[first] === NONE &&
    window.mate[second] === NONE
  ) {
    linkTwo(first, second, deps);
    return;
  }
  const alignment = deps.align(clients.map(end), servers.map(end));
  const mates = new Map<number, number>();
  for (const link of alignment.links) {
    const client = clients[link.outbound] ?? NONE;
    const server = servers[link.inbound] ?? NONE;
    mates.set(client, server);
    mates.set(server, client);
  }
  const ambiguous = new Set([
    ...alignment.ambiguousOutbound.map((i) => clients[i]),
    ...alignment.ambiguousInbound.map((i) => servers[i]),
  ]);
  for (const slot of group) {
    const mate = mates.get(slot) ?? NONE;
    const unclear = ambiguous.has(slot) ? 1 : 0;
    if (window.mate[slot] === mate && window.ambiguous[slot] === unclear) continue;
    const row = window.row[slot] ?? NONE;
    if (row !== NONE) deps.detach(row);
    window.mate[slot] = mate;
    window.ambiguous[slot] = unclear;
  }
}

/** The common case: one end of each side, neither of them in a pair. */
function linkTwo(first: number, second: number, deps: PairingDeps): void {
  const { window } = deps;
  const [client, server] = window.isClient[first] === 1 ? [first, second] : [second, first];
  if (deps.align([endOf(client, deps)], [endOf(server, deps)]).links.length === 0) return;
  for (const slot of [first, second]) {
    const row = window.row[slot] ?? NONE;
    if (row !== NONE) deps.detach(row);
  }
  window.mate[first] = second;
  window.mate[second] = first;
}

function endOf(slot: number, { window, dictionary }: PairingDeps): ConnectionEnd {
  return {
    start: window.start[slot] ?? 0,
    end: window.end[slot] ?? 0,
    bytes_received: known(window.received[slot]),
    bytes_sent: known(window.sent[slot]),
    upstream_cluster: dictionary.textOf(window.cluster[slot] || null),
    requested_server_name: dictionary.textOf(window.sni[slot] || null),
    tie: window.hash[slot] ?? 0,
  };
}

function known(count: number | undefined): number | null {
  return count === undefined || count === NONE ? null : count;
}
