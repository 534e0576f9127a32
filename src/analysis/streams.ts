/** What the lines of others say about the log of a pod: which of its lines they call for, and which are not there. */
import type { Direction } from '../domain/direction.ts';
import type { Flow } from '../domain/ports.ts';
import type { Hours } from './hours.ts';
import type { Facts, Leg } from './legs.ts';
import type { Writer } from './pods.ts';

/** A log is taken to reach this far beyond its first and last line, ms: pods are quiet at times. */
export const STREAM_EDGE_MS = 10 * 60_000;
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

export type TellCall = (flow: Flow, missing: number, steady: boolean) => void;

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
  /** Tells the flows of others that call for it in some hours, in no order; each holds until the next. See `Call`. */
  eachCall(hours: Hours, tell: TellCall): void;
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

/** All logs, as the lines that were read show them. */
export interface Streams {
  /** Null: no line of this writer was read. */
  of(writer: string): Stream | null;
  /** By the key of their writer. */
  all(): ReadonlyMap<string, Stream>;
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
