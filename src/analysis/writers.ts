/** The pods whose lines were read, as far as their own lines tell of them. */
import { type Direction, refineDirection } from '../domain/direction.ts';
import type { Source } from '../domain/resources.ts';
import type { Span as Bounds } from './leg-rows.ts';
import type { Grown } from './leg-table.ts';
import { type Facts, isBlackhole } from './legs.ts';
import type { LivingShape } from './living-shape.ts';
import { START_MS, type Writer } from './pods.ts';
import { Refusals, type Span, widen } from './refusals.ts';
import type { Touched } from './touched.ts';

/** A writer as it grows. What is derived, `ips` and `gateway`, holds as of the last time it was settled. */
class LivingWriter implements Writer {
  readonly key: string;
  readonly source: Source;
  ips = new Set<string>();
  readonly inboundPorts = new Set<number>();
  gateway = false;
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  end = Number.NEGATIVE_INFINITY;
  readonly remotes = new Map<string, Span>();
  /** Destinations of lines with a named cluster, and how many connections went there. */
  readonly locals = new Map<string, number>();
  readonly inboundLocals = new Map<string, Span>();
  /** Addresses that its requests went out from: who called may be somebody else, whom the proxy was told of (X-Forwarded-For). */
  readonly dials = new Set<string>();
  readonly refusals = new Refusals();
  refusedAt: ReadonlySet<string> = new Set();
  sniRouted = false;
  /** Shapes whose direction the line alone does not tell. */
  readonly open: LivingShape[] = [];
  isSettled = false;
  /** True when an address or a port came since it was settled. */
  isWider = false;
  /** Its first start time when it was settled. */
  settledFirst = Number.POSITIVE_INFINITY;

  constructor(key: string, source: Source) {
    this.key = key;
    this.source = source;
  }
}

/** Learns the writers from raw legs. They only ever grow. */
export class WriterBook {
  readonly writers = new Map<string, LivingWriter>();
  readonly #grown = new Set<LivingWriter>();
  /** Shapes whose direction is to be decided, with the next settling. */
  readonly #open = new Set<LivingShape>();
  /** Writers that lines show at an address, and those that turned connections away from or at one. */
  readonly #at = new Map<string, Set<LivingWriter>>();
  readonly #refusingAt = new Map<string, Set<LivingWriter>>();
  /** Writers whose own addresses may follow anew from what they turned away. */
  readonly #refusing = new Set<LivingWriter>();
  readonly #shown = new Set<LivingShape>();
  /** Smallest start time of all lines. */
  start = Number.POSITIVE_INFINITY;

  note({ leg, before }: Grown): void {
    const { of, first, last, end } = leg;
    const connections = leg.connections - (before?.connections ?? 0);
    this.noteShape(of, { first, last, end, connections }, before === null && leg.place === 0);
  }

  /** Notes what came of a shape: the bounds of it, and how many connections; `isNew` with its first. */
  noteShape(of: LivingShape, flow: Bounds, isNew: boolean): void {
    const { raw } = of;
    const writer = this.#writerOf(raw);
    this.#grown.add(writer);
    writer.first = Math.min(writer.first, flow.first);
    this.start = Math.min(this.start, flow.first);
    writer.last = Math.max(writer.last, flow.last);
    writer.end = Math.max(writer.end, flow.end);
    if (raw.said === 'unknown' && isNew) {
      writer.open.push(of);
      this.#open.add(of);
    }
    if (raw.said === 'inbound' && raw.local !== null) {
      const { ip, port } = raw.local;
      if (!writer.inboundLocals.has(ip) || !writer.inboundPorts.has(port)) writer.isWider = true;
      widen(writer.inboundLocals, ip, flow);
      writer.inboundPorts.add(port);
      this.#show(writer, ip);
    }
    if (isRefusal(raw)) this.#noteRefusal(writer, raw, flow);
    if (raw.said === 'outbound' && !raw.shape.http) noteOutbound(writer, raw, flow);
    if (raw.said === 'outbound' && !raw.shape.http && raw.remoteIp !== null) {
      if (!writer.ips.has(raw.remoteIp)) writer.isWider = true;
      this.#show(writer, raw.remoteIp);
    }
    if (raw.shape.http && raw.dialIp !== null && !writer.dials.has(raw.dialIp)) {
      writer.dials.add(raw.dialIp);
      if (!writer.ips.has(raw.dialIp)) writer.isWider = true;
    }
  }

  /** Decides what follows from what was noted, and puts the legs whose direction is another now among the touched ones. */
  settle(touched: Touched): void {
    for (const writer of this.#grown) {
      if (!settle(writer)) touched.upset();
      if (writer.isWider) for (const shape of writer.open) this.#open.add(shape);
      writer.isWider = false;
      // The first minute is another now.
      const { first, settledFirst } = writer;
      const isOlder = first < settledFirst && settledFirst < Number.POSITIVE_INFINITY;
      if (isOlder)
        for (const ip of writer.ips) touched.ip(ip, [{ from: first, to: settledFirst + START_MS }]);
      writer.settledFirst = first;
    }
    for (const writer of this.#refusing) this.#settleRefusals(writer, touched);
    for (const shape of this.#open) this.#refine(shape, touched);
    this.#grown.clear();
    this.#refusing.clear();
    this.#open.clear();
  }

  /** Shapes whose legs show their writer at an address since the last time they were taken. */
  takeShown(): readonly LivingShape[] {
    const shown = [...this.#shown];
    this.#shown.clear();
    return shown;
  }

  /** Notes that a line shows its writer at an address: it may be the other end of what others turned away. */
  #show(writer: LivingWriter, ip: string): void {
    const writers = this.#at.get(ip);
    if (writers === undefined) this.#at.set(ip, new Set([writer]));
    else writers.add(writer);
    for (const one of this.#refusingAt.get(ip) ?? []) this.#refusing.add(one);
  }

  #noteRefusal(writer: LivingWriter, { local, remoteIp }: Facts, flow: Bounds): void {
    if (local === null || remoteIp === null) return;
    writer.refusals.note(local.ip, remoteIp, flow);
    this.#refusing.add(writer);
    for (const ip of [local.ip, remoteIp]) {
      const writers = this.#refusingAt.get(ip);
      if (writers === undefined) this.#refusingAt.set(ip, new Set([writer]));
      else writers.add(writer);
    }
  }

  #settleRefusals(writer: LivingWriter, touched: Touched): void {
    if (writer.gateway) return;
    const before = writer.refusedAt;
    const after = writer.refusals.ownAddresses(
      (ip) => writer.inboundLocals.has(ip) || writer.remotes.has(ip),
      (ip, span) => this.#isOfAnother(ip, span, writer),
    );
    if (isSame(before, after)) return;
    writer.refusedAt = after;
    // What an address told cannot be taken back line by line.
    if ([...before].some((ip) => !after.has(ip))) touched.upset();
    for (const ip of after) writer.ips.add(ip);
    for (const shape of writer.open) {
      this.#open.add(shape);
      const { local } = shape.raw;
      if (local !== null && after.has(local.ip) && !before.has(local.ip)) this.#shown.add(shape);
    }
  }

  /** True when lines of another pod show it at the address within the span. */
  #isOfAnother(ip: string, span: Span, writer: LivingWriter): boolean {
    for (const other of this.#at.get(ip) ?? []) {
      if (other.source.pod === null || other.source.pod === writer.source.pod) continue;
      for (const seen of [other.inboundLocals.get(ip), other.remotes.get(ip)]) {
        if (seen !== undefined && seen.first <= span.last && seen.last >= span.first) return true;
      }
    }
    return false;
  }

  #refine(shape: LivingShape, touched: Touched): void {
    const { raw, facts } = shape;
    const writer = this.writers.get(raw.writer);
    const direction = refine(raw, writer);
    const client = !raw.shape.http && isClient(raw, direction);
    if (direction === facts.direction && client === facts.client) return;
    // What a direction told of the writer cannot be taken back line by line.
    if (facts.direction !== 'unknown') touched.upset();
    shape.facts = { ...raw, direction, client };
    touched.shape(shape);
  }

  #writerOf({ writer: key, source }: Facts): LivingWriter {
    const known = this.writers.get(key);
    if (known !== undefined) return known;
    const writer = new LivingWriter(key, source);
    this.writers.set(key, writer);
    return writer;
  }
}

/**
 * Lines of unknown direction count as the client's where only an outbound listener writes such lines: inbound
 * black holes have no access log, and an inbound cluster has one host, no circuit breaker and always exists.
 */
export function isClient(facts: Facts, direction: Direction): boolean {
  if (direction !== 'unknown') return direction === 'outbound';
  if (isBlackhole(facts)) return true;
  if (facts.cluster !== null) return false;
  return facts.shape.response_flags.some((flag) => flag === 'UH' || flag === 'UO' || flag === 'NC');
}

/** True for lines of a listener that had no filter chain: of a server's mostly, and rarely of a client's. */
function isRefusal({ said, cluster, shape, source }: Facts): boolean {
  if (said !== 'unknown' || cluster !== null || shape.http || source.pod === null) return false;
  // A gateway has other names than its own in front of it.
  return shape.response_flags.includes('NR') && !/gateway/i.test(source.workload ?? '');
}

function refine(facts: Facts, writer: Writer | undefined): Direction {
  if (writer === undefined || writer.gateway) return 'unknown';
  return refineDirection(
    { remoteIp: facts.remoteIp, localIp: facts.local?.ip ?? null, localPort: facts.local?.port ?? null },
    { hasIp: (ip) => writer.ips.has(ip), hasInboundPort: (port) => writer.inboundPorts.has(port) },
  );
}

function noteOutbound(writer: LivingWriter, raw: Facts, bounds: Bounds): void {
  if (raw.shape.upstream_cluster?.startsWith('outbound_.') === true) writer.sniRouted = true;
  if (raw.local !== null && raw.service !== null) {
    writer.locals.set(raw.local.ip, (writer.locals.get(raw.local.ip) ?? 0) + bounds.connections);
  }
  if (raw.remoteIp !== null) widen(writer.remotes, raw.remoteIp, bounds);
}

/** False when what was derived before is not merely more, but another. */
function settle(writer: LivingWriter): boolean {
  const { isSettled, gateway, ips } = writer;
  writer.isSettled = true;
  writer.gateway = isGateway(writer);
  if (writer.gateway) {
    writer.ips = new Set([...writer.inboundLocals.keys(), ...mainLocals(writer)]);
    return !isSettled || (gateway && isSame(ips, writer.ips));
  }
  if (writer.isWider || !isSettled) {
    for (const ip of writer.inboundLocals.keys()) ips.add(ip);
    for (const ip of writer.remotes.keys()) ips.add(ip);
    for (const ip of writer.dials) ips.add(ip);
  }
  return !gateway;
}

/**
 * A sidecar has one peer at a time, its own application, and many destinations; a gateway has it the other way. The name
 * alone does not make one: many an application is called a gateway, and its sidecar logs inbound lines too.
 */
function isGateway(writer: LivingWriter): boolean {
  const { source, inboundLocals, locals, remotes } = writer;
  if (source.pod === null || inboundLocals.size > 0 || locals.size === 0) return false;
  if (writer.sniRouted) return true;
  if (/gateway/i.test(source.workload ?? '') && remotes.size >= locals.size) return true;
  if (locals.size > 1 || remotes.size < 2) return false;
  const spans = [...remotes.values()].sort((a, b) => a.first - b.first || a.last - b.last);
  return spans.some((span, i) => i > 0 && span.first < (spans[i - 1]?.last ?? 0));
}

/** The addresses that a gateway is mostly called at: its own. */
function mainLocals({ locals }: LivingWriter): string[] {
  let total = 0;
  for (const connections of locals.values()) total += connections;
  return [...locals].filter(([, connections]) => connections * 3 > total).map(([ip]) => ip);
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}
