/** Keeps what lines say about the logs of other pods, leg by leg: an update costs what changed, not what is stored. */
import type { Direction } from '../domain/direction.ts';
import { HOUR_MS } from '../domain/time.ts';
import type { LivingLeg } from './leg-table.ts';
import type { Ownership } from './ownership.ts';
import { findPartner } from './partner.ts';
import type { Writer } from './pods.ts';
import {
  type Call,
  callsAfter,
  callsBefore,
  countMissing,
  HOLE_LINES_MIN,
  type Side,
  STREAM_EDGE_MS,
  type Stream,
  type Streams,
  sideOf,
  unpaired,
} from './streams.ts';

/** How far a log reaches where others show its end, ms: only clocks and delays of writing are left. */
const STREAM_END_MS = 60_000;
/** Share of the partners called for that must be missing, and how many of them at least, for a log to be filtered. */
const FILTERED_SHARE = 0.8;
const FILTERED_LINES_MIN = 10;

const SIDES: readonly Side[] = ['outbound', 'inbound'];
const NO_SIDES: ReadonlySet<Side> = new Set();

/** Lines of others that call for a log: all of them, and those without a partner. */
interface Sums {
  called: number;
  missing: number;
}
type BySide = Readonly<Record<Side, Sums>>;

/** What calls for one log within one hour. */
interface HourOfCalls {
  readonly legs: Set<LivingLeg>;
  /** Of the steady ones. */
  readonly sums: BySide;
}

/** One log, as far as legs tell of it. */
class Log {
  readonly writer: Writer;
  readonly lines: Record<Direction, number> = { outbound: 0, inbound: 0, unknown: 0 };
  readonly hours = new Map<number, HourOfCalls>();
  /** Earliest end of its lines, or a little earlier; infinite without any. */
  begin = Number.POSITIVE_INFINITY;

  constructor(writer: Writer) {
    this.writer = writer;
  }

  hourOf(hour: number): HourOfCalls {
    const known = this.hours.get(hour);
    if (known !== undefined) return known;
    const fresh = { legs: new Set<LivingLeg>(), sums: noSums() };
    this.hours.set(hour, fresh);
    return fresh;
  }
}

/** What a leg adds to the log that it is of, and to the one that it calls for: one object, since there are very many. */
interface Part {
  readonly direction: Direction;
  readonly connections: number;
  /** Null: it calls for none. */
  readonly called: Log | null;
  readonly side: Side;
  readonly missing: number;
  readonly steady: boolean;
}

/** Learns the logs. Each leg can be told again, and counts as it was told last. */
export class StreamBook implements Streams {
  readonly #known: Ownership;
  readonly #logs = new Map<string, Log>();
  /** Logs of one workload. */
  readonly #groups = new Map<string, Log[]>();
  /** What was asked for since the last update. */
  readonly #streams = new Map<string, Stream>();
  readonly #filtered = new Map<string, ReadonlySet<Side>>();

  constructor(known: Ownership) {
    this.#known = known;
  }

  /** Takes in legs that changed, or that rest on knowledge which did. */
  take(legs: Iterable<LivingLeg>): void {
    this.#streams.clear();
    this.#filtered.clear();
    for (const leg of legs) this.#note(leg);
  }

  of(writer: string): Stream | null {
    const known = this.#streams.get(writer);
    if (known !== undefined) return known;
    const log = this.#logs.get(writer);
    if (log === undefined) return null;
    const stream = toStream(log, this.#filteredOf(groupOf(log.writer)));
    this.#streams.set(writer, stream);
    return stream;
  }

  all(): ReadonlyMap<string, Stream> {
    for (const writer of this.#logs.keys()) this.of(writer);
    return this.#streams;
  }

  #note(leg: LivingLeg): void {
    const { facts, flow } = leg;
    const log = this.#logOf(facts.writer);
    if (log === null) return;
    const { direction } = facts;
    const { connections } = flow;
    if (leg.logPart !== null) {
      const before = partOf(leg);
      log.lines[before.direction] -= before.connections;
      count(leg, before, -1);
    }
    log.lines[direction] += connections;
    log.begin = Math.min(log.begin, flow.first + flow.duration_min);
    const part = this.#tell(leg);
    count(leg, part, 1);
    leg.logPart = part;
  }

  #tell({ facts, flow }: LivingLeg): Part {
    const { direction } = facts;
    const { connections } = flow;
    const missing = unpaired(flow);
    const { claim } = findPartner(facts, flow.first, this.#known);
    const writer = claim === null || claim.writer.key === facts.writer ? null : claim.writer;
    const called = writer === null ? null : this.#logOf(writer.key);
    if (claim === null || writer === null || called === null)
      return { direction, connections, called: null, side: 'outbound', missing, steady: false };
    // Nearly always the same claim holds for the last line as well, which needs no second look.
    const steady =
      flow.last <= claim.last || findPartner(facts, flow.last, this.#known).claim?.writer === writer;
    return { direction, connections, called, side: sideOf(facts, writer), missing, steady };
  }

  #logOf(key: string): Log | null {
    const known = this.#logs.get(key);
    if (known !== undefined) return known;
    const writer = this.#known.pods.writers.get(key);
    if (writer === undefined) return null;
    const log = new Log(writer);
    this.#logs.set(key, log);
    const group = this.#groups.get(groupOf(writer));
    if (group === undefined) this.#groups.set(groupOf(writer), [log]);
    else group.push(log);
    return log;
  }

  /** A log is filtered for all pods of a workload, whose counts together say more than those of one. */
  #filteredOf(group: string): ReadonlySet<Side> {
    const known = this.#filtered.get(group);
    if (known !== undefined) return known;
    const sums = noSums();
    const written = { outbound: 0, inbound: 0 };
    for (const log of this.#groups.get(group) ?? []) {
      const { within } = around(log);
      for (const side of SIDES) {
        add(sums[side], within[side], 1);
        written[side] += log.lines[side] + log.lines.unknown;
      }
    }
    const sides = SIDES.filter((side) => isFiltered(sums[side], written[side]));
    const filtered = sides.length === 0 ? NO_SIDES : new Set(sides);
    this.#filtered.set(group, filtered);
    return filtered;
  }
}

/** Nobody else puts anything there, and another book begins with legs that were told nothing. */
function partOf(leg: LivingLeg): Part {
  return leg.logPart as Part;
}

function toCall(leg: LivingLeg): Call {
  const { side, missing, steady } = partOf(leg);
  return { leg, side, missing, steady };
}

function count(leg: LivingLeg, part: Part, by: 1 | -1): void {
  if (part.called === null) return;
  const { legs, sums } = part.called.hourOf(leg.flow.hour);
  if (by > 0) legs.add(leg);
  else legs.delete(leg);
  if (part.steady) add(sums[part.side], { called: part.connections, missing: part.missing }, by);
}

function groupOf({ key, source }: Writer): string {
  return source.workload === null ? key : JSON.stringify([source.namespace, source.workload]);
}

function toStream(log: Log, filtered: ReadonlySet<Side>): Stream {
  const { writer, lines, begin } = log;
  const { within, edges } = around(log);
  const late = countMissing(callsBefore(edges, begin)) >= HOLE_LINES_MIN;
  const silent = countMissing(callsAfter(edges, writer.end)) >= HOLE_LINES_MIN;
  return {
    writer,
    lines,
    begin,
    from: begin - (late ? STREAM_END_MS : STREAM_EDGE_MS),
    until: writer.end + (silent ? STREAM_END_MS : STREAM_EDGE_MS),
    filtered,
    oneSided: findOneSided(log, within),
    calls: ({ from, to }) =>
      [...log.hours].flatMap(([hour, { legs }]) => (hour >= from && hour < to ? [...legs].map(toCall) : [])),
  };
}

/** What others say of the time that a log reaches throughout, and of its pod alone; and calls in hours that it may not reach. */
function around({ begin, hours, writer }: Log): { readonly within: BySide; readonly edges: readonly Call[] } {
  const [from, to] = [begin - STREAM_EDGE_MS, writer.end + STREAM_EDGE_MS];
  const within = noSums();
  const edges: Call[] = [];
  for (const [hour, { legs, sums }] of hours) {
    if (hour * HOUR_MS >= from && (hour + 1) * HOUR_MS <= to) {
      for (const side of SIDES) add(within[side], sums[side], 1);
      continue;
    }
    for (const leg of legs) {
      edges.push(toCall(leg));
      const { side, connections, missing, steady } = partOf(leg);
      const { first, last } = leg.flow;
      if (steady && first >= from && last <= to) add(within[side], { called: connections, missing }, 1);
    }
  }
  return { within, edges };
}

function noSums(): BySide {
  return { outbound: { called: 0, missing: 0 }, inbound: { called: 0, missing: 0 } };
}

function add(sums: Sums, { called, missing }: Sums, by: 1 | -1): void {
  sums.called += by * called;
  sums.missing += by * missing;
}

/** A log that has as many lines as are missing is not filtered: there the addresses of the two ends differ. */
function isFiltered({ called, missing }: Sums, written: number): boolean {
  return missing >= FILTERED_LINES_MIN && missing > FILTERED_SHARE * called && written < missing;
}

function findOneSided({ writer, lines }: Log, within: BySide): Side | null {
  // A gateway writes lines of one direction by nature, and lines of unknown direction may be of either.
  if (writer.gateway || lines.unknown > 0) return null;
  const only = lines.inbound === 0 ? 'outbound' : lines.outbound === 0 ? 'inbound' : null;
  if (only === null) return null;
  const other = only === 'outbound' ? 'inbound' : 'outbound';
  return within[other].called >= HOLE_LINES_MIN ? only : null;
}
