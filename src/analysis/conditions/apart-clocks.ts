/** Clocks that are so far apart that no pair is found: both ends are there, and their lives do not meet. */
import { formatAddress, parseAddress } from '../../domain/address.ts';
import type { StoredLine } from '../../domain/ports.ts';
import { maxOf, minOf } from '../extremes.ts';
import type { Facts, Leg } from '../legs.ts';
import type { Ownership } from '../ownership.ts';
import { SKEW_TOLERANCE_MS } from '../pairing/score.ts';
import { unpaired } from '../streams.ts';
import { findSkews } from './clock-skew.ts';
import { type Condition, type ConditionPlan, countAll, countConnections, groupLegs } from './condition.ts';
import { EDGE_PAIRS_MIN, type EndTimes, endTimesOf, listEdges, median, SKEW_MS } from './pair-edges.ts';

/** Lines of each side that are compared, newest first, and pairs that are kept of what they show. */
const LINES_MAX = 300;
const PAIRS_KEPT_MAX = 20;
/** Both ends of a connection that went through lasted as long, ms. */
const LENGTH_TOLERANCE_MS = 50;

/** What two pods show: the ends that belong together, which are no pairs of the store. */
interface Apart {
  readonly pairs: readonly EndTimes[];
  /** The servers'. */
  readonly legs: readonly Leg[];
}

/** What one pod called at another, and what arrived there from it. */
const apartClocks: Condition<Apart> = {
  name: 'apart-clocks',
  scopesOf: (leg, { known }) => {
    const ends = endsOf(leg, known);
    return ends === null || ends.client === ends.server ? [] : [`${ends.client}>${ends.server}`];
  },
  find: async (scope, { reader }) => {
    const { suspects } = scope;
    // Where clocks are apart, connections of any length but the longest are without a partner: some lost lines are none of that.
    if (2 * countConnections(suspects) <= countAll(scope)) return [];
    const calls = suspects.filter((leg) => leg.facts.direction !== 'inbound');
    const arrivals = suspects.filter((leg) => leg.facts.direction === 'inbound');
    if (countConnections(calls) < EDGE_PAIRS_MIN || countConnections(arrivals) < EDGE_PAIRS_MIN) return [];
    const read = async (own: readonly Leg[]): Promise<StoredLine[]> => {
      const shapes = new Set(own.map((leg) => leg.flow.shape.id));
      const since = minOf(
        own.map(({ flow }) => flow.first),
        0,
      );
      const until = maxOf(
        own.map(({ flow }) => flow.last),
        0,
      );
      const query = { since, until: until + 1, shapes, order: 'newest' as const, after: null };
      const lines = await reader.lines({ ...query, limit: LINES_MAX });
      return lines.filter((line) => line.peer === null && !line.ambiguous && !line.superseded);
    };
    const pairs = agreeing(match(await read(calls), await read(arrivals)));
    if (pairs.length < EDGE_PAIRS_MIN) return [];
    return [{ pairs: pairs.slice(0, PAIRS_KEPT_MAX), legs: arrivals }];
  },
};

/** With it, what is told of all places together. */
export const APART_PLAN: ConditionPlan<Apart> = {
  condition: apartClocks,
  mayShow: isAlone,
  concerns: wasMade,
  isOpen: () => false,
  tell: (found) => {
    const legs = groupLegs(
      found.flatMap((one) => one.legs),
      ({ flow }) => String(flow.shape.id),
    );
    return findSkews(
      listEdges(found.flatMap(({ pairs }) => pairs)),
      (shape) => legs.get(String(shape)) ?? [],
    );
  },
};

/** True for connections of which most have no partner. */
function isAlone({ facts, flow }: Leg): boolean {
  return wasMade(facts) && 2 * unpaired(flow) > flow.connections;
}

/** True for connections that were made. */
function wasMade({ shape }: Facts): boolean {
  return shape.upstream_connected && !shape.http;
}

/** The pods at both ends, as far as their own lines tell who has the address. */
function endsOf(
  { facts, flow }: Leg,
  known: Ownership,
): { readonly client: string; readonly server: string } | null {
  if (flow.shape.http || flow.shape.format.startsWith('ztunnel')) return null;
  const isArrival = facts.direction === 'inbound';
  const ip = isArrival ? facts.remoteIp : (facts.upstream?.ip ?? null);
  const claim = ip === null ? null : known.pods.claimAt(ip, flow.first);
  if (claim === null) return null;
  const [own, other] = [facts.writer, claim.writer.key];
  return isArrival ? { client: other, server: own } : { client: own, server: other };
}

/** Ends with the same addresses and ports, bytes and length, where there is one of each alone. */
function match(calls: readonly StoredLine[], arrivals: readonly StoredLine[]): EndTimes[] {
  const arrived = new Map<string, StoredLine[]>();
  for (const line of arrivals) {
    const { downstream_remote_address: client, downstream_local_address: server } = line.entry;
    push(arrived, keyOf(client, server), line);
  }
  const called = new Map<string, StoredLine[]>();
  for (const line of calls) {
    push(called, keyOf(line.entry.upstream_local_address, line.entry.upstream_host), line);
  }
  const pairs: EndTimes[] = [];
  for (const [key, [outbound, ...more]] of called) {
    const [inbound, ...others] = arrived.get(key) ?? [];
    if (outbound === undefined || inbound === undefined || more.length + others.length > 0) continue;
    const times = isAlike(outbound, inbound) ? endTimesOf({ outbound, inbound }) : null;
    if (times !== null) pairs.push(times);
  }
  return pairs;
}

function push(lists: Map<string, StoredLine[]>, key: string | null, line: StoredLine): void {
  if (key === null) return;
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [line]);
  else list.push(line);
}

function keyOf(client: string | null, server: string | null): string | null {
  const [a, b] = [client, server].map((text) => (text === null ? null : parseAddress(text)));
  return a == null || b == null ? null : `${formatAddress(a)} ${formatAddress(b)}`;
}

function isAlike({ entry: a }: StoredLine, { entry: b }: StoredLine): boolean {
  return (
    a.bytes_received === b.bytes_received &&
    a.bytes_sent === b.bytes_sent &&
    Math.abs((a.duration ?? 0) - (b.duration ?? 0)) <= LENGTH_TOLERANCE_MS
  );
}

/** Those that show one difference, too large for pairing. */
function agreeing(pairs: readonly EndTimes[]): EndTimes[] {
  const difference = median(pairs.map((pair) => pair.ends));
  if (Math.abs(difference) <= SKEW_TOLERANCE_MS) return [];
  const alike = pairs.filter((pair) => Math.abs(pair.ends - difference) < SKEW_MS);
  return 2 * alike.length > pairs.length ? alike : [];
}
