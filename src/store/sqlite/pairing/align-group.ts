/** Decides which ends of one client's address belong together, and ties them. */
import type { PairingRules } from '../../../domain/ports.ts';
import type { PairKind } from '../../../domain/resources.ts';
import { AMBIGUOUS, PLAIN, SUPERSEDED } from '../line-record.ts';
import { AS_CLIENT, AS_HOP, FLAGS, INTS, LINKED, MATE, OF_HTTP, SERVER, STANDING } from './end-records.ts';
import { type EndDeps, endOf } from './ends.ts';
import type { Links } from './links.ts';
import { NONE, type PairingWindow } from './pairing-window.ts';

/** Kinds of link that an alignment by client address decides: linked[slot] up to this. */
const ALIGNED_LINKS = 2;
/** In groups up to this size each end is compared with each other one, to see whether one is told of twice. */
const COMPARED_ENDS = 12;
const NO_ENDS: ReadonlySet<number> = new Set();

export interface AlignDeps extends EndDeps {
  readonly rules: PairingRules;
  readonly links: Links;
  /** Takes a stored row out of the table; its lines become part of the batch. True when it held a pair. */
  readonly detach: (row: number) => boolean;
}

/** What is decided of a group. */
interface Decision {
  /** Both ends of connections by full key, each to the other. */
  readonly mates: Map<number, number>;
  readonly ambiguous: Set<number>;
  /** Ends of connections that a later line tells more of. */
  readonly superseded: ReadonlySet<number>;
  readonly ties: Array<{
    readonly client: number;
    readonly server: number;
    readonly kind: PairKind;
    readonly score: number;
  }>;
  /** Ends that several others fit by the client's address alone. */
  readonly open: Set<number>;
}

/** Settles all ends of a group: those that share a client's address and hang together in time. */
export function alignGroup(group: readonly number[], deps: AlignDeps): void {
  const { window, links } = deps;
  const [first = NONE, second = NONE] = group;
  if (group.length === 2 && isSimple(first, second, window)) {
    linkTwo(first, second, deps);
    return;
  }
  const superseded = findSuperseded(group, window);
  const final = superseded.size === 0 ? group : group.filter((slot) => !superseded.has(slot));
  const decision: Decision = {
    mates: new Map(),
    ambiguous: new Set(),
    superseded,
    ties: [],
    open: new Set(),
  };
  const parts = byServer(final, window);
  for (const members of parts) alignFull(members, decision, deps);
  if (parts.length > 1) alignClients(final, decision, deps);
  const tied = new Set(decision.ties.flatMap((tie) => [tie.client, tie.server]));
  for (const slot of group) {
    if (!window.is(slot, AS_HOP)) settleRow(slot, decision, deps);
    if (tied.has(slot)) continue;
    if (decision.open.has(slot)) links.leaveOpen(slot, 'dnat');
    else if (window.linked(slot) !== 0 && (window.linked(slot) <= ALIGNED_LINKS || !links.isLoose(slot)))
      links.clear(slot);
  }
  for (const tie of decision.ties) links.tie(tie.client, tie.server, tie.kind, tie.score);
}

/** The common case: one end of each side, both addresses equal, neither of them tied to another. */
function isSimple(a: number, b: number, { ints }: PairingWindow): boolean {
  const [i, k] = [a * INTS, b * INTS];
  const [flags, others] = [ints[i + FLAGS] as number, ints[k + FLAGS] as number];
  return (
    ((flags ^ others) & AS_CLIENT) !== 0 &&
    ((flags | others) & (AS_HOP | LINKED | STANDING)) === 0 &&
    ints[i + SERVER] === ints[k + SERVER] &&
    ints[i + MATE] === NONE &&
    ints[k + MATE] === NONE
  );
}

/**
 * Lines that a proxy wrote while the connection was open: of one end, with one start. The longest tells the most; HTTP
 * requests that begin together are many.
 */
function findSuperseded(group: readonly number[], window: PairingWindow): ReadonlySet<number> {
  if (group.length <= COMPARED_ENDS && !hasRepeated(group, window)) return NO_ENDS;
  const superseded = new Set<number>();
  const last = new Map<string, number>();
  for (const slot of group) {
    if (window.is(slot, OF_HTTP)) continue;
    const key = `${window.is(slot, AS_CLIENT)} ${window.is(slot, AS_HOP)} ${window.server(slot)} ${window.start(slot)}`;
    const other = last.get(key);
    if (other === undefined) {
      last.set(key, slot);
      continue;
    }
    const [first, second] = isLater(slot, other, window) ? [other, slot] : [slot, other];
    superseded.add(first);
    last.set(key, second);
  }
  return superseded;
}

/** True when two lines of a group tell of one end, with one start. */
function hasRepeated(group: readonly number[], window: PairingWindow): boolean {
  for (let one = 1; one < group.length; one++)
    for (let other = 0; other < one; other++)
      if (areOneEnd(group[one] as number, group[other] as number, window)) return true;
  return false;
}

function areOneEnd(a: number, b: number, window: PairingWindow): boolean {
  return (
    window.start(a) === window.start(b) &&
    window.server(a) === window.server(b) &&
    window.is(a, AS_CLIENT) === window.is(b, AS_CLIENT) &&
    window.is(a, AS_HOP) === window.is(b, AS_HOP)
  );
}

function isLater(a: number, b: number, window: PairingWindow): boolean {
  const longer = window.end(a) - window.end(b);
  return longer > 0 || (longer === 0 && window.hash(a) > window.hash(b));
}

function byServer(group: readonly number[], window: PairingWindow): ReadonlyArray<readonly number[]> {
  const server = window.server(group[0] ?? NONE);
  if (group.every((slot) => window.server(slot) === server)) return [group];
  const parts = new Map<number, number[]>();
  for (const slot of group) {
    const server = window.server(slot);
    const part = parts.get(server);
    if (part === undefined) parts.set(server, [slot]);
    else part.push(slot);
  }
  return [...parts.values()];
}

/** Ends that agree in both addresses. */
function alignFull(members: readonly number[], decision: Decision, deps: AlignDeps): void {
  const { window } = deps;
  const clients = members.filter((slot) => window.is(slot, AS_CLIENT));
  const servers = members.filter((slot) => !window.is(slot, AS_CLIENT));
  if (clients.length === 0 || servers.length === 0) return;
  const end = (slot: number) => endOf(slot, deps);
  const alignment = deps.rules.align(clients.map(end), servers.map(end));
  for (const link of alignment.links) {
    const client = clients[link.outbound] ?? NONE;
    const server = servers[link.inbound] ?? NONE;
    if (window.is(server, AS_HOP)) {
      decision.ties.push({ client, server, kind: 'full', score: link.score });
    } else {
      decision.mates.set(client, server);
      decision.mates.set(server, client);
    }
  }
  for (const i of alignment.ambiguousOutbound) decision.ambiguous.add(clients[i] ?? NONE);
  for (const i of alignment.ambiguousInbound) decision.ambiguous.add(servers[i] ?? NONE);
}

/** What is left and agrees in the client's address: the network led the connection to another server than was dialled. */
function alignClients(group: readonly number[], decision: Decision, deps: AlignDeps): void {
  const { window } = deps;
  const tied = new Set(decision.ties.flatMap((tie) => [tie.client, tie.server]));
  const left = group.filter(
    (slot) => !decision.mates.has(slot) && !decision.ambiguous.has(slot) && !tied.has(slot),
  );
  const candidates: Array<{ client: number; server: number; score: number }> = [];
  for (const client of left) {
    if (!window.is(client, AS_CLIENT)) continue;
    for (const server of left) {
      if (window.is(server, AS_CLIENT) || window.server(client) === window.server(server)) continue;
      const score = deps.rules.half('dnat', endOf(client, deps), endOf(server, deps));
      if (score !== null) candidates.push({ client, server, score });
    }
  }
  for (const one of candidates) {
    const isUnique = candidates.every(
      (other) => other === one || (other.client !== one.client && other.server !== one.server),
    );
    if (isUnique) decision.ties.push({ ...one, kind: 'dnat' });
    else {
      decision.open.add(one.client);
      decision.open.add(one.server);
    }
  }
}

/** Ties an end to its mate within one row, or unties it. */
function settleRow(slot: number, decision: Decision, { window, detach }: AlignDeps): void {
  const mate = decision.mates.get(slot) ?? NONE;
  const standing = decision.superseded.has(slot)
    ? SUPERSEDED
    : decision.ambiguous.has(slot)
      ? AMBIGUOUS
      : PLAIN;
  if (window.mate(slot) === mate && window.standing(slot) === standing) return;
  const row = window.row(slot);
  if (row !== NONE) detach(row);
  window.setMate(slot, mate);
  window.setStanding(slot, standing);
}

function linkTwo(first: number, second: number, deps: AlignDeps): void {
  const [client, server] = deps.window.is(first, AS_CLIENT) ? [first, second] : [second, first];
  if (deps.rules.align([endOf(client, deps)], [endOf(server, deps)]).links.length === 0) return;
  tieInRow(first, second, deps);
}

/** Ties two ends, and takes out the rows that they lie in. */
export function tieInRow(first: number, second: number, { window, detach }: AlignDeps): void {
  const a = window.row(first);
  const b = window.row(second);
  if (a !== NONE) detach(a);
  if (b !== NONE) detach(b);
  window.setMate(first, second);
  window.setMate(second, first);
}
