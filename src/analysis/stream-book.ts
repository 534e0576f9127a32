/** Keeps what lines say about the logs of other pods, leg by leg: an update costs what changed, not what is stored. */
import type { Direction } from '../domain/direction.ts';
import type { Flow } from '../domain/ports.ts';
import { HOUR_MS } from '../domain/time.ts';
import type { Hours } from './hours.ts';
import type { LivingLeg, LivingShape } from './living-shape.ts';
import type { Ownership } from './ownership.ts';
import { findPartner, isPartnerSteady } from './partner.ts';
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

const NO_CALL: Readonly<Record<Direction, Part>> = {
  outbound: { number: 1, direction: 'outbound', called: null, side: 'outbound', steady: false },
  inbound: { number: 2, direction: 'inbound', called: null, side: 'outbound', steady: false },
  unknown: { number: 3, direction: 'unknown', called: null, side: 'outbound', steady: false },
};

/** What calls for one log within one hour: there are very many of these. Sums of the steady legs. */
class HourOfCalls {
  outboundCalled = 0;
  outboundMissing = 0;
  inboundCalled = 0;
  inboundMissing = 0;

  count(side: Side, called: number, missing: number): void {
    if (side === 'outbound') {
      this.outboundCalled += called;
      this.outboundMissing += missing;
    } else {
      this.inboundCalled += called;
      this.inboundMissing += missing;
    }
  }

  addTo({ outbound, inbound }: BySide): void {
    add(outbound, { called: this.outboundCalled, missing: this.outboundMissing });
    add(inbound, { called: this.inboundCalled, missing: this.inboundMissing });
  }
}

/** One log, as far as legs tell of it. */
class Log {
  readonly writer: Writer;
  readonly lines: Record<Direction, number> = { outbound: 0, inbound: 0, unknown: 0 };
  readonly hours = new Map<number, HourOfCalls>();
  /** Shapes with legs that call for it, or once did. */
  readonly callers = new Set<LivingShape>();
  readonly #parts = new Map<string, Part>();
  /** Earliest end of its lines, or a little earlier; infinite without any. */
  begin = Number.POSITIVE_INFINITY;

  constructor(writer: Writer) {
    this.writer = writer;
  }

  /** How a leg counts that calls for this log. */
  partOf(direction: Direction, side: Side, steady: boolean, number: () => number): Part {
    const key = `${direction} ${side} ${steady}`;
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const part = { number: number(), direction, called: this, side, steady };
    this.#parts.set(key, part);
    return part;
  }

  hourOf(hour: number): HourOfCalls {
    const known = this.hours.get(hour);
    if (known !== undefined) return known;
    const fresh = new HourOfCalls();
    this.hours.set(hour, fresh);
    return fresh;
  }
}

/** How a leg counts in the log that it is of, and in the one that it calls for: very many legs have one of few. */
interface Part {
  /** Legs note this. */
  readonly number: number;
  readonly direction: Direction;
  /** Null: it calls for none. */
  readonly called: Log | null;
  readonly side: Side;
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
  /** By their number, from 1 on. */
  readonly #parts: Part[] = [NO_CALL.outbound, NO_CALL.outbound, NO_CALL.inbound, NO_CALL.unknown];

  constructor(known: Ownership) {
    this.#known = known;
  }

  /** Takes in legs that changed, or that rest on knowledge which did. */
  take(legs: Iterable<LivingLeg>): void {
    this.#streams.clear();
    this.#filtered.clear();
    for (const leg of legs) this.#note(leg);
  }

  /** Takes in all legs of some shapes, none of which was told before. */
  learn(shapes: Iterable<LivingShape>): void {
    this.#streams.clear();
    this.#filtered.clear();
    for (const shape of shapes) {
      const { first, last } = shape.span;
      const log = this.#logOf(shape.facts.writer);
      const isAlike = isPartnerSteady(shape.facts, first, last, this.#known);
      let part: Part | null = null;
      shape.each((leg) => {
        if (part === null || !isAlike) part = this.#tell(leg);
        if (log !== null) this.#count(log, leg, part);
      });
    }
  }

  of(writer: string): Stream | null {
    const known = this.#streams.get(writer);
    if (known !== undefined) return known;
    const log = this.#logs.get(writer);
    if (log === undefined) return null;
    const stream = toStream(log, this.#filteredOf(groupOf(log.writer)), this.#parts);
    this.#streams.set(writer, stream);
    return stream;
  }

  all(): ReadonlyMap<string, Stream> {
    for (const writer of this.#logs.keys()) this.of(writer);
    return this.#streams;
  }

  #note(leg: LivingLeg): void {
    const before = this.#parts[leg.note];
    if (leg.note > 0 && before !== undefined) this.#take(leg, before);
    const log = this.#logOf(leg.facts.writer);
    if (log !== null) this.#count(log, leg, this.#tell(leg));
    leg.told = null;
  }

  /** Counts a leg, as its flow is now. */
  #count(log: Log, leg: LivingLeg, part: Part): void {
    log.lines[part.direction] += leg.connections;
    log.begin = Math.min(log.begin, leg.first + leg.duration_min);
    count(leg, part, leg.flow, 1);
    leg.note = part.number;
  }

  /** Takes back what a leg was counted with last. */
  #take(leg: LivingLeg, before: Part): void {
    const flow = leg.told ?? leg.flow;
    const log = this.#logOf(leg.facts.writer);
    if (log !== null) log.lines[before.direction] -= flow.connections;
    count(leg, before, flow, -1);
  }

  #tell({ of, facts, flow }: LivingLeg): Part {
    const { direction } = facts;
    const { claim } = findPartner(facts, flow.first, this.#known);
    const writer = claim === null || claim.writer.key === facts.writer ? null : claim.writer;
    const called = writer === null ? null : this.#logOf(writer.key);
    if (claim === null || writer === null || called === null) return NO_CALL[direction];
    // Nearly always the same claim holds for the last line as well, which needs no second look.
    const steady =
      flow.last <= claim.last || findPartner(facts, flow.last, this.#known).claim?.writer === writer;
    const part = called.partOf(direction, sideOf(facts, writer), steady, () => this.#parts.length);
    this.#parts[part.number] = part;
    called.callers.add(of);
    return part;
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
      const { within } = around(log, this.#parts);
      for (const side of SIDES) {
        add(sums[side], within[side]);
        written[side] += log.lines[side] + log.lines.unknown;
      }
    }
    const sides = SIDES.filter((side) => isFiltered(sums[side], written[side]));
    const filtered = sides.length === 0 ? NO_SIDES : new Set(sides);
    this.#filtered.set(group, filtered);
    return filtered;
  }
}

/** What it counts with, of which it tells how it is told. */
function toCall(leg: LivingLeg, { side, steady }: Part): Call {
  return { leg, side, missing: missingOf(leg), steady };
}

/** Lines without a partner, as it was counted. */
function missingOf(leg: LivingLeg): number {
  return unpaired(leg.told ?? leg.flow);
}

/** Adds what a leg is counted with to the hour that calls, or takes it away again. */
function count(leg: LivingLeg, { called, side, steady }: Part, flow: Flow, by: 1 | -1): void {
  if (called === null || !steady) return;
  called.hourOf(leg.hour).count(side, by * flow.connections, by * unpaired(flow));
}

/** Tells the legs that call for a log in the hours from one up to another, which is not in them. Each holds until the next. */
function eachCallIn(
  log: Log,
  parts: readonly Part[],
  hours: Hours,
  tell: (leg: LivingLeg, part: Part) => void,
): void {
  for (const shape of log.callers) {
    shape.eachIn(hours, (leg) => {
      const part = parts[leg.note];
      if (part?.called === log) tell(leg, part);
    });
  }
}

/** Those in all other hours, to be kept. */
function eachCallOutside(
  log: Log,
  parts: readonly Part[],
  { from, to }: Hours,
  tell: (leg: LivingLeg, part: Part) => void,
): void {
  const isIn = (hour: number): boolean => hour >= from && hour < to;
  for (const shape of log.callers) {
    if (isIn(shape.oldest) && isIn(shape.newest)) continue;
    shape.each((leg) => {
      if (isIn(leg.hour)) return;
      const part = parts[leg.note];
      if (part?.called === log) tell(shape.leg(leg.place), part);
    });
  }
}

function groupOf({ key, source }: Writer): string {
  return source.workload === null ? key : JSON.stringify([source.namespace, source.workload]);
}

function toStream(log: Log, filtered: ReadonlySet<Side>, parts: readonly Part[]): Stream {
  const { writer, lines, begin } = log;
  const { within, edges } = around(log, parts);
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
    eachCall: (hours, tell) =>
      eachCallIn(log, parts, hours, (leg, { steady }) => tell(leg, unpaired(leg), steady)),
  };
}

/** What others say of the time that a log reaches throughout, and of its pod alone; and calls in hours that it may not reach. */
function around(
  log: Log,
  parts: readonly Part[],
): { readonly within: BySide; readonly edges: readonly Call[] } {
  const { begin, hours, writer } = log;
  const [from, to] = [begin - STREAM_EDGE_MS, writer.end + STREAM_EDGE_MS];
  const within = noSums();
  const edges: Call[] = [];
  const reached = { from: Math.ceil(from / HOUR_MS), to: Math.floor(to / HOUR_MS) };
  for (const [hour, calls] of hours) if (hour >= reached.from && hour < reached.to) calls.addTo(within);
  eachCallOutside(log, parts, reached, (leg, part) => {
    edges.push(toCall(leg, part));
    const { first, last } = leg.flow;
    if (part.steady && first >= from && last <= to)
      add(within[part.side], { called: (leg.told ?? leg.flow).connections, missing: missingOf(leg) });
  });
  return { within, edges };
}

function noSums(): BySide {
  return { outbound: { called: 0, missing: 0 }, inbound: { called: 0, missing: 0 } };
}

function add(sums: Sums, { called, missing }: Sums): void {
  sums.called += called;
  sums.missing += missing;
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
