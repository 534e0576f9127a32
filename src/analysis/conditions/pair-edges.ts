/** Pairs between two places, and how far the clocks of these are apart. */

import { parseAddress } from '../../domain/address.ts';
import { endTime, type Identity } from '../../domain/entry.ts';
import type { TimedLine, TimedPair } from '../../domain/ports.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { workloadOf } from '../../domain/workload.ts';
import { compareLegs, compareText, type Leg } from '../legs.ts';

/** Pairs of two places that make their difference sure, and difference that counts as none, ms. */
export const EDGE_PAIRS_MIN = 3;
export const SKEW_MS = 250;
/** One end that goes on for so long was not told that the other is gone, ms. */
const APART_MS = 60_000;
/** A server's clock is not off where starts and ends disagree by more than a wait for first bytes explains, ms. */
const WAIT_MS = 1_500;

/** Where one of the lines of a pair is. */
export interface PairedLine {
  readonly shapeId: number;
  /** Start time, ms since the epoch. */
  readonly start: number;
}

/** What the times of both ends of one connection say. Differences are the server's time minus the client's, ms. */
export interface EndTimes {
  readonly client: string;
  readonly server: string;
  /** Workload and port of the server. */
  readonly service: string;
  readonly starts: number;
  readonly ends: number;
  readonly outbound: PairedLine;
  readonly inbound: PairedLine;
}

/** A pair whose server's end came so much later than its client's, ms. */
export interface Apart {
  readonly pair: EndTimes;
  readonly apart: number;
}

/** Pairs between two places. */
export interface Edge {
  readonly client: string;
  readonly server: string;
  /** Read for whoever asks. */
  readonly pairs: () => readonly EndTimes[];
  /** Those of which one end goes on for long after the other, whatever the clocks say; ms by which. */
  readonly apart: readonly Apart[];
  /** Median difference of the ends. */
  readonly difference: number;
  /** True when enough pairs agree on it, and their starts too. */
  readonly isSure: boolean;
}

/** What a pair says; null where a line has no duration. */
export function endTimesOf({ outbound, inbound }: Pick<TimedPair, 'outbound' | 'inbound'>): EndTimes | null {
  const [out, into] = [outbound.entry, inbound.entry];
  const [clientEnd, serverEnd] = [endTime(out), endTime(into)];
  if (clientEnd === null || serverEnd === null) return null;
  const { pod } = inbound.identity;
  const port = into.downstream_local_address?.split(':').at(-1) ?? '';
  return {
    client: placeOf(outbound, out.downstream_remote_address),
    server: placeOf(inbound, into.downstream_local_address),
    service: `${pod === null ? '' : workloadOf(pod)} ${port}`,
    starts: into.start_time - out.start_time,
    ends: serverEnd - clientEnd,
    outbound: { shapeId: outbound.shapeId, start: out.start_time },
    inbound: { shapeId: inbound.shapeId, start: into.start_time },
  };
}

/** Groups pairs by the places of their ends. */
export function listEdges(pairs: readonly EndTimes[]): Edge[] {
  const groups = new Map<string, EndTimes[]>();
  for (const pair of pairs) {
    const key = edgeKey(pair);
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [pair]);
    else list.push(pair);
  }
  return [...groups]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, own]) => toEdge(own))
    .filter((edge) => edge !== null);
}

/** The same for pairs between the same places. */
export function edgeKey({ client, server }: Pick<EndTimes, 'client' | 'server'>): string {
  return JSON.stringify([client, server]);
}

/** Pairs between the same two places; null without any. */
export function toEdge(pairs: readonly EndTimes[]): Edge | null {
  const [first] = pairs;
  if (first === undefined) return null;
  const difference = median(pairs.map((pair) => pair.ends));
  const starts = median(pairs.map((pair) => pair.starts));
  const agreeing = pairs.filter((pair) => Math.abs(pair.ends - difference) < SKEW_MS);
  const isSure =
    agreeing.length >= EDGE_PAIRS_MIN &&
    2 * agreeing.length > pairs.length &&
    starts - difference > -SKEW_MS &&
    starts - difference < WAIT_MS;
  return {
    client: first.client,
    server: first.server,
    pairs: () => pairs,
    // Where most pairs disagree there is no measure of the clocks.
    apart: pairs
      .map((pair) => ({ pair, apart: pair.ends - (isSure ? difference : 0) }))
      .filter(({ apart }) => Math.abs(apart) >= APART_MS),
    difference,
    isSure,
  };
}

/** Places of those who are named, each once: very many pairs are kept. */
const NAMED = new WeakMap<Identity, string>();

/** Where a clock is: a node where the envelope tells it, else a pod, else the pod's own address. */
function placeOf({ identity }: TimedLine, address: string | null): string {
  if (identity.node !== null || identity.pod !== null) {
    const known =
      NAMED.get(identity) ?? (identity.node !== null ? `node ${identity.node}` : `pod ${identity.pod}`);
    NAMED.set(identity, known);
    return known;
  }
  return `address ${address === null ? '' : (parseAddress(address)?.ip ?? address)}`;
}

/** Finds the legs of a shape, one an hour. */
export type LegsOf = (shapeId: number) => readonly Leg[];

/** The clients' legs of pairs: in the hours of their lines. */
export function clientLegsOf(pairs: readonly EndTimes[], legsOf: LegsOf): Leg[] {
  return legsOfLines(
    pairs.map((pair) => pair.outbound),
    legsOf,
  );
}

/** The servers' legs of pairs: in the hours of their lines. */
export function serverLegsOf(pairs: readonly EndTimes[], legsOf: LegsOf): Leg[] {
  return legsOfLines(
    pairs.map((pair) => pair.inbound),
    legsOf,
  );
}

function legsOfLines(lines: readonly PairedLine[], legsOf: LegsOf): Leg[] {
  const found = new Map<string, Leg>();
  for (const { shapeId, start } of lines) {
    const hour = Math.floor(start / HOUR_MS);
    const leg = legsOf(shapeId).find(({ flow }) => flow.hour === hour);
    if (leg !== undefined) found.set(`${shapeId} ${hour}`, leg);
  }
  return [...found.values()].sort(compareLegs);
}

/** The middle one of the values, the lower of two; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
