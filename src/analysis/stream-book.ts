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

const NO_LEGS: LivingLeg[] = [];
const FEW = 8;

const NO_CALL: Readonly<Record<Direction, Part>> = {
  outbound: { direction: 'outbound', called: null, side: 'outbound', steady: false },
  inbound: { direction: 'inbound', called: null, side: 'outbound', steady: false },
  unknown: { direction: 'unknown', called: null, side: 'outbound', steady: false },
};

/** What calls for one log within one hour: there are very many of these. */
class HourOfCalls {
  legs = NO_LEGS;
  /** Sums of the steady ones. */
  outboundCalled = 0;
  outboundMissing = 0;
  inboundCalled = 0;
  inboundMissing = 0;

  add(leg: LivingLeg): void {
    // A list that grows takes room for many more.
    if (this.legs.length < FEW) this.legs = this.legs.concat(leg);
    else this.legs.push(leg);
  }

  remove(leg: LivingLeg): void {
    this.legs = this.legs.filter((one) => one !== leg);
  }

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
  readonly #parts = new Map<string, Part>();
  /** Earliest end of its lines, or a little earlier; infinite without any. */
  begin = Number.POSITIVE_INFINITY;

  constructor(writer: Writer) {
    this.writer = writer;
  }

  /** How a leg counts that calls for this log. */
  partOf(direction: Direction, side: Side, steady: boolean): Part {
    const key = `${direction} ${side} ${steady}`;
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const part = { direction, called: this, side, steady };
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
    const before = leg.logFlow === null ? null : partOf(leg);
    if (before !== null) log.lines[before.direction] -= leg.logFlow?.connections ?? 0;
    log.lines[direction] += connections;
    log.begin = Math.min(log.begin, flow.first + flow.duration_min);
    const part = this.#tell(leg);
    if (before !== null) {
      count(leg, -1);
      if (before.called !== part.called) before.called?.hourOf(flow.hour).remove(leg);
    }
    if (before?.called !== part.called) part.called?.hourOf(flow.hour).add(leg);
    leg.logPart = part;
    leg.logFlow = flow;
    count(leg, 1);
  }

  #tell({ facts, flow }: LivingLeg): Part {
    const { direction } = facts;
    const { claim } = findPartner(facts, flow.first, this.#known);
    const writer = claim === null || claim.writer.key === facts.writer ? null : claim.writer;
    const called = writer === null ? null : this.#logOf(writer.key);
    if (claim === null || writer === null || called === null) return NO_CALL[direction];
    // Nearly always the same claim holds for the last line as well, which needs no second look.
    const steady =
      flow.last <= claim.last || findPartner(facts, flow.last, this.#known).claim?.writer === writer;
    return called.partOf(direction, sideOf(facts, writer), steady);
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

/** Nobody else puts anything there, and another book begins with legs that were told nothing. */
function partOf(leg: LivingLeg): Part {
  return leg.logPart as Part;
}

function toCall(leg: LivingLeg): Call {
  const { side, steady } = partOf(leg);
  return { leg, side, missing: missingOf(leg), steady };
}

/** As it was told. */
function missingOf({ logFlow }: LivingLeg): number {
  return logFlow === null ? 0 : unpaired(logFlow);
}

/** Adds what a leg was told with to the hour that calls, or takes it away again. */
function count(leg: LivingLeg, by: 1 | -1): void {
  const { called, side, steady } = partOf(leg);
  if (called === null || !steady || leg.logFlow === null) return;
  called.hourOf(leg.flow.hour).count(side, by * leg.logFlow.connections, by * missingOf(leg));
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
      [...log.hours].flatMap(([hour, { legs }]) => (hour >= from && hour < to ? legs.map(toCall) : [])),
  };
}

/** What others say of the time that a log reaches throughout, and of its pod alone; and calls in hours that it may not reach. */
function around({ begin, hours, writer }: Log): { readonly within: BySide; readonly edges: readonly Call[] } {
  const [from, to] = [begin - STREAM_EDGE_MS, writer.end + STREAM_EDGE_MS];
  const within = noSums();
  const edges: Call[] = [];
  for (const [hour, calls] of hours) {
    if (hour * HOUR_MS >= from && (hour + 1) * HOUR_MS <= to) {
      calls.addTo(within);
      continue;
    }
    for (const leg of calls.legs) {
      edges.push(toCall(leg));
      const { side, steady } = partOf(leg);
      const { first, last } = leg.flow;
      if (steady && first >= from && last <= to)
        add(within[side], { called: leg.logFlow?.connections ?? 0, missing: missingOf(leg) });
    }
  }
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
