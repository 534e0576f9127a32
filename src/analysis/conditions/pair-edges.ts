/** Pairs between two places, and how far the clocks of these are apart. */
import { parseAddress } from '../../domain/address.ts';
import { endTime } from '../../domain/entry.ts';
import type { StoredLine, StoredPair } from '../../domain/ports.ts';
import { compareLegs, compareText, type Leg } from '../legs.ts';

/** Pairs of two places that make their difference sure, and difference that counts as none, ms. */
export const EDGE_PAIRS_MIN = 3;
export const SKEW_MS = 250;
/** A server's clock is not off where starts and ends disagree by more than a wait for first bytes explains, ms. */
const WAIT_MS = 1_500;

/** Pairs between two places. Differences are the server's time minus the client's, ms. */
export interface Edge {
  readonly client: string;
  readonly server: string;
  readonly pairs: readonly StoredPair[];
  /** Median difference of the ends. */
  readonly difference: number;
  /** True when enough pairs agree on it, and their starts too. */
  readonly isSure: boolean;
}

/** Groups pairs by the places of their ends; pairs without both ends are left out. */
export function listEdges(pairs: readonly StoredPair[]): Edge[] {
  const groups = new Map<string, StoredPair[]>();
  for (const pair of pairs) {
    if (endDifference(pair) === null) continue;
    const key = JSON.stringify([clientOf(pair), serverOf(pair)]);
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [pair]);
    else list.push(pair);
  }
  return [...groups]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, own]) => toEdge(own))
    .filter((edge) => edge !== null);
}

function toEdge(pairs: readonly StoredPair[]): Edge | null {
  const [first] = pairs;
  if (first === undefined) return null;
  const difference = median(pairs.map((pair) => endDifference(pair) ?? 0));
  const starts = median(
    pairs.map(({ outbound, inbound }) => inbound.entry.start_time - outbound.entry.start_time),
  );
  const agreeing = pairs.filter((pair) => Math.abs((endDifference(pair) ?? 0) - difference) < SKEW_MS);
  return {
    client: clientOf(first),
    server: serverOf(first),
    pairs,
    difference,
    isSure:
      agreeing.length >= EDGE_PAIRS_MIN &&
      2 * agreeing.length > pairs.length &&
      starts - difference > -SKEW_MS &&
      starts - difference < WAIT_MS,
  };
}

/** Where a clock is: a node where the envelope tells it, else a pod, else the pod's own address. */
function placeOf({ identity }: StoredLine, address: string | null): string {
  if (identity.node !== null) return `node ${identity.node}`;
  if (identity.pod !== null) return `pod ${identity.pod}`;
  return `address ${address === null ? '' : (parseAddress(address)?.ip ?? address)}`;
}

function clientOf({ outbound }: StoredPair): string {
  return placeOf(outbound, outbound.entry.downstream_remote_address);
}

function serverOf({ inbound }: StoredPair): string {
  return placeOf(inbound, inbound.entry.downstream_local_address);
}

/** The server's end minus the client's, ms; null when a line has no duration. */
export function endDifference({ outbound, inbound }: StoredPair): number | null {
  const [client, server] = [endTime(outbound.entry), endTime(inbound.entry)];
  return client === null || server === null ? null : server - client;
}

/** The clients' legs of pairs: in the hours of their lines. */
export function legsOf(pairs: readonly StoredPair[], legs: readonly Leg[]): Leg[] {
  return legsOfLines(
    pairs.map((pair) => pair.outbound),
    legs,
  );
}

/** The servers' legs of pairs: in the hours of their lines. */
export function serverLegsOf(pairs: readonly StoredPair[], legs: readonly Leg[]): Leg[] {
  return legsOfLines(
    pairs.map((pair) => pair.inbound),
    legs,
  );
}

function legsOfLines(lines: readonly StoredLine[], legs: readonly Leg[]): Leg[] {
  const wanted = new Set(
    lines.map((line) => `${line.shapeId} ${Math.floor(line.entry.start_time / 3_600_000)}`),
  );
  return legs.filter(({ flow }) => wanted.has(`${flow.shape.id} ${flow.hour}`)).sort(compareLegs);
}

/** The middle one of the values, the lower of two; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
