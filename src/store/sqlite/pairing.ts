/** Finds, for the ends that a batch brings, everything whose pairing they may change, and aligns it anew. */
import type { AlignEnds, ConnectionEnd } from '../../domain/ports.ts';
import type { Dictionary } from './dictionary.ts';
import { type EndKey, NONE, type PairingWindow } from './pairing-window.ts';

/** As far as two lives may be apart and still be aligned together; not less than what `AlignEnds` tolerates. */
const REACH_MS = 5_000;

export interface PairingDeps {
  readonly window: PairingWindow;
  readonly dictionary: Dictionary;
  readonly align: AlignEnds;
  /** Brings stored ends of this key that overlap [from, to] into the window. */
  readonly loadStored: (key: EndKey, from: number, to: number) => void;
  /** Takes a stored row out of the table; its lines become part of the batch. */
  readonly detach: (row: number) => void;
}

/** Sets `mate` and `ambiguous` of the slots given and of whatever they touch. */
export function pairSlots(slots: readonly number[], deps: PairingDeps): void {
  const settled = new Set<number>();
  for (const slot of slots) {
    if (settled.has(slot)) continue;
    const group = gather(slot, deps);
    if (group.length === 1) continue;
    for (const member of group) settled.add(member);
    alignGroup(group, deps);
  }
}

/** All ends of one key that hang together in time with `slot`, directly or through others. */
function gather(slot: number, { window, loadStored }: PairingDeps): number[] {
  const key = window.keyOf(slot);
  const group = [slot];
  let from = (window.start[slot] ?? 0) - REACH_MS;
  let to = (window.end[slot] ?? 0) + REACH_MS;
  let loadedFrom = Number.POSITIVE_INFINITY;
  let loadedTo = Number.NEGATIVE_INFINITY;
  for (let grown = true; grown; ) {
    grown = false;
    if (from <= window.completeAfter && (from < loadedFrom || to > loadedTo)) {
      loadStored(key, from, to);
      loadedFrom = from;
      loadedTo = to;
    }
    for (let at = window.first(key); at !== NONE; at = window.following(key, at)) {
      const start = window.start[at] ?? 0;
      const end = window.end[at] ?? 0;
      if (start > to || end < from || group.includes(at)) continue;
      group.push(at);
      from = Math.min(from, start - REACH_MS);
      to = Math.max(to, end + REACH_MS);
      grown = true;
    }
  }
  return group;
}

function alignGroup(group: readonly number[], deps: PairingDeps): void {
  const { window } = deps;
  const clients = group.filter((slot) => window.isClient[slot] === 1);
  const servers = group.filter((slot) => window.isClient[slot] === 0);
  const end = (slot: number) => endOf(slot, deps);
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
