/** What the lines of others say about the log of a pod: which of its lines they call for, and which are not there. */
import type { Direction } from '../domain/direction.ts';
import type { Flow } from '../domain/ports.ts';
import type { Facts, Leg } from './legs.ts';
import type { LineModel } from './model.ts';
import { findPartner } from './partner.ts';
import type { Writer } from './pods.ts';

/** A log is taken to reach this far beyond its first and last line, ms: pods are quiet at times. */
const STREAM_EDGE_MS = 10 * 60_000;
/** The same where others show that it does not: only clocks and delays of writing are left. */
const STREAM_END_MS = 60_000;
/** Share of the partners called for that must be missing, and how many of them at least, for a log to be filtered. */
const FILTERED_SHARE = 0.8;
const FILTERED_LINES_MIN = 10;
/** So many lines of others must show a hole in a log before it is said to be one: single lines get lost. */
export const HOLE_LINES_MIN = 3;

/** Direction of the lines that a pod should have written. */
export type Side = 'outbound' | 'inbound';

/** A flow of another pod whose other end belongs into a log, and how many of its lines have no partner. */
export interface Call {
  readonly leg: Leg;
  readonly side: Side;
  readonly missing: number;
  /** False when the address went to another pod meanwhile: then the last lines may call for that one's log. */
  readonly steady: boolean;
}

/** One log, as the lines of others show it. */
export interface Stream {
  readonly writer: Writer;
  /** A line is written when its connection ends: ends that this log reaches, ms since the epoch. */
  readonly from: number;
  readonly until: number;
  /** Earliest end of its lines, or a little earlier. */
  readonly begin: number;
  /** Lines that it has, by direction. */
  readonly lines: Readonly<Record<Direction, number>>;
  readonly calls: readonly Call[];
  readonly filtered: ReadonlySet<Side>;
  /** The only direction it has lines of, although others call for the other one. */
  readonly oneSided: Side | null;
}

/** Lines of a flow that have no partner and are not ambiguous either. */
export function unpaired({ connections, paired, ambiguous }: Flow): number {
  return Math.max(0, connections - paired - ambiguous);
}

/** Direction of the line that the pod at the other end writes. A gateway has one line for both of its ends. */
export function sideOf(facts: Facts, partner: Writer): Side {
  return facts.direction === 'inbound' || partner.gateway ? 'outbound' : 'inbound';
}

/** Learnt once for each state of a model. */
const STREAMS = new WeakMap<object, ReadonlyMap<string, Stream>>();

/** All logs by the key of their writer. */
export function streamsOf(model: LineModel): ReadonlyMap<string, Stream> {
  const known = STREAMS.get(model.state);
  if (known !== undefined) return known;
  const streams = learnStreams(model);
  STREAMS.set(model.state, streams);
  return streams;
}

interface Growing {
  readonly writer: Writer;
  readonly lines: Record<Direction, number>;
  readonly calls: Call[];
  begin: number;
}

function learnStreams({ known }: LineModel): Map<string, Stream> {
  const growing = new Map<string, Growing>();
  for (const [key, writer] of known.pods.writers) {
    const lines = { outbound: 0, inbound: 0, unknown: 0 };
    growing.set(key, { writer, lines, calls: [], begin: writer.end });
  }
  for (const leg of known.legs) {
    const { facts, flow } = leg;
    const own = growing.get(facts.writer);
    if (own !== undefined) {
      own.lines[facts.direction] += flow.connections;
      own.begin = Math.min(own.begin, flow.first + flow.duration_min);
    }
    const { claim } = findPartner(facts, flow.first, known);
    if (claim === null || claim.writer.key === facts.writer) continue;
    const { writer } = claim;
    // Nearly always the same claim holds for the last line as well, which needs no second look.
    const steady = flow.last <= claim.last || findPartner(facts, flow.last, known).claim?.writer === writer;
    growing
      .get(writer.key)
      ?.calls.push({ leg, side: sideOf(facts, writer), missing: unpaired(flow), steady });
  }
  const filtered = findFiltered(growing.values());
  const none: ReadonlySet<Side> = new Set();
  return new Map(
    [...growing].map(([key, one]) => [key, toStream(one, filtered.get(groupOf(one.writer)) ?? none)]),
  );
}

function toStream(growing: Growing, filtered: ReadonlySet<Side>): Stream {
  const { writer, lines, calls, begin } = growing;
  const late = countMissing(callsBefore(calls, begin)) >= HOLE_LINES_MIN;
  const silent = countMissing(callsAfter(calls, writer.end)) >= HOLE_LINES_MIN;
  return {
    writer,
    lines,
    calls,
    begin,
    from: begin - (late ? STREAM_END_MS : STREAM_EDGE_MS),
    until: writer.end + (silent ? STREAM_END_MS : STREAM_EDGE_MS),
    filtered,
    oneSided: findOneSided(growing),
  };
}

/** Calls of which some lines ended long before a log begins. */
export function callsBefore(calls: readonly Call[], begin: number): readonly Call[] {
  return calls.filter(({ leg: { flow } }) => flow.first + flow.duration_max < begin - STREAM_EDGE_MS);
}

/** Calls of which some connections began long after a log ended. */
export function callsAfter(calls: readonly Call[], end: number): readonly Call[] {
  return calls.filter(({ leg: { flow }, steady }) => steady && flow.last > end + STREAM_EDGE_MS);
}

/** Lines without a partner. */
export function countMissing(calls: readonly Call[]): number {
  return calls.reduce((sum, call) => sum + call.missing, 0);
}

/** True when others speak of a time that the log reaches throughout, and of this pod alone. */
function isWithin({ leg: { flow }, steady }: Call, { begin, writer }: Growing): boolean {
  return steady && flow.first >= begin - STREAM_EDGE_MS && flow.last <= writer.end + STREAM_EDGE_MS;
}

/** A log is filtered for all pods of a workload, whose counts together say more than those of one. */
function groupOf({ key, source }: Writer): string {
  return source.workload === null ? key : JSON.stringify([source.namespace, source.workload]);
}

interface Share {
  called: number;
  missing: number;
  written: number;
}

function findFiltered(streams: Iterable<Growing>): Map<string, Set<Side>> {
  const shares = new Map<string, Record<Side, Share>>();
  for (const stream of streams) addShares(shares, stream);
  const filtered = new Map<string, Set<Side>>();
  for (const [group, share] of shares) {
    const sides = (['outbound', 'inbound'] as const).filter((side) => isFiltered(share[side]));
    if (sides.length > 0) filtered.set(group, new Set(sides));
  }
  return filtered;
}

function addShares(shares: Map<string, Record<Side, Share>>, stream: Growing): void {
  const { writer, lines, calls } = stream;
  const share = shares.get(groupOf(writer)) ?? { outbound: emptyShare(), inbound: emptyShare() };
  shares.set(groupOf(writer), share);
  for (const side of ['outbound', 'inbound'] as const) share[side].written += lines[side] + lines.unknown;
  for (const call of calls) {
    // What others say of times that the log does not reach says nothing about a filter.
    if (!isWithin(call, stream)) continue;
    share[call.side].called += call.leg.flow.connections;
    share[call.side].missing += call.missing;
  }
}

function emptyShare(): Share {
  return { called: 0, missing: 0, written: 0 };
}

/** A log that has as many lines as are missing is not filtered: there the addresses of the two ends differ. */
function isFiltered({ called, missing, written }: Share): boolean {
  return missing >= FILTERED_LINES_MIN && missing > FILTERED_SHARE * called && written < missing;
}

function findOneSided(stream: Growing): Side | null {
  const { writer, lines, calls } = stream;
  // A gateway writes lines of one direction by nature, and lines of unknown direction may be of either.
  if (writer.gateway || lines.unknown > 0) return null;
  const only = lines.inbound === 0 ? 'outbound' : lines.outbound === 0 ? 'inbound' : null;
  if (only === null) return null;
  let called = 0;
  for (const call of calls) {
    if (call.side !== only && isWithin(call, stream)) called += call.leg.flow.connections;
  }
  return called >= HOLE_LINES_MIN ? only : null;
}
