/** Which pod had which address when, learned from the pods' own lines. */
import { type Direction, refineDirection } from '../domain/direction.ts';
import type { Shape } from '../domain/ports.ts';
import type { Source } from '../domain/resources.ts';
import { compareText, type Facts, isBlackhole, type Leg } from './legs.ts';

/** A claim outlives the line that made it by this much, in ms: pods are quiet, but addresses are re-used. */
export const EVIDENCE_MS = 24 * 3_600_000;
/** Clients may hold on to the address of a pod that is gone for this long, ms. */
const MOVING_MS = 10 * 60_000;
/** Overlap of two pods' claims on one address that clocks may explain, in ms. */
const CLOCK_MS = 5_000;

/** A pod whose lines were read. */
export interface Writer {
  readonly key: string;
  readonly source: Source;
  readonly ips: ReadonlySet<string>;
  readonly inboundPorts: ReadonlySet<number>;
  /** True for a gateway: its downstream peers are other pods or the world, never its own application. */
  readonly gateway: boolean;
  /** Smallest and largest start time of its lines, and largest end. */
  readonly first: number;
  readonly last: number;
  readonly end: number;
}

/** A stretch of time in which a pod's own lines show it at an address. */
export interface Claim {
  readonly ip: string;
  readonly writer: Writer;
  readonly first: number;
  readonly last: number;
  /** One of the lines' shapes: the proof. */
  readonly shape: Shape;
}

export interface Pods {
  readonly writers: ReadonlyMap<string, Writer>;
  /** The claim that holds for an address at a time, ms since the epoch. Null: no pod, or none for certain. */
  claimAt(ip: string, time: number): Claim | null;
  claims(ip: string): readonly Claim[];
  /** True when the address went from one pod to another at about this time, so that either may be meant. */
  isMoving(ip: string, time: number): boolean;
  /** Every address that ever was a pod's for certain. */
  readonly ips: ReadonlySet<string>;
}

/** Learns the pods. An address that several pods show at once (a node's, shared by its host network) is nobody's. */
export function learnPods(legs: readonly Leg[]): Pods {
  const writers = learnWriters(legs);
  const byIp = new Map<string, Claim[]>();
  for (const leg of legs) {
    const writer = writers.get(leg.facts.writer);
    const ip = writer === undefined ? null : ownIp(leg, writer);
    if (writer === undefined || ip === null) continue;
    const { first, last, shape } = leg.flow;
    const list = byIp.get(ip) ?? [];
    list.push({ ip, writer, first, last, shape });
    byIp.set(ip, list);
  }
  const settled = new Map<string, readonly Claim[]>();
  for (const [ip, claims] of byIp) {
    const merged = mergeClaims(claims);
    if (merged.length > 0) settled.set(ip, merged);
  }
  return {
    writers,
    ips: new Set(settled.keys()),
    claims: (ip) => settled.get(ip) ?? [],
    isMoving: (ip, time) => isMoving(settled.get(ip) ?? [], time),
    claimAt: (ip, time) => findClaim(settled.get(ip) ?? [], time),
  };
}

/** Decides the directions that single lines leave open, and which legs are the client's side of TCP. */
export function refineLegs(legs: readonly Leg[], pods: Pods): Leg[] {
  const refined = new Map<Facts, Facts>();
  return legs.map((leg) => {
    const { facts } = leg;
    if (facts.said !== 'unknown') return leg;
    let found = refined.get(facts);
    if (found === undefined) {
      const direction = refine(facts, pods);
      found = { ...facts, direction, client: !facts.shape.http && isClient(facts, direction) };
      refined.set(facts, found);
    }
    return { flow: leg.flow, facts: found };
  });
}

function refine(facts: Facts, pods: Pods): Direction {
  const writer = pods.writers.get(facts.writer);
  if (writer === undefined || writer.gateway) return 'unknown';
  return refineDirection(
    { remoteIp: facts.remoteIp, localIp: facts.local?.ip ?? null, localPort: facts.local?.port ?? null },
    { hasIp: (ip) => writer.ips.has(ip), hasInboundPort: (port) => writer.inboundPorts.has(port) },
  );
}

/**
 * Lines of unknown direction count as the client's where only an outbound listener writes such lines: inbound
 * black holes have no access log, and an inbound cluster has one host, no circuit breaker and always exists.
 */
function isClient(facts: Facts, direction: Direction): boolean {
  if (direction !== 'unknown') return direction === 'outbound';
  if (isBlackhole(facts)) return true;
  if (facts.cluster !== null) return false;
  return facts.shape.response_flags.some((flag) => flag === 'UH' || flag === 'UO' || flag === 'NC');
}

interface Growing {
  readonly key: string;
  readonly source: Source;
  readonly remotes: Map<string, { first: number; last: number }>;
  /** Destinations of lines with a named cluster, and how many connections went there. */
  readonly locals: Map<string, number>;
  readonly inboundLocals: Set<string>;
  readonly inboundPorts: Set<number>;
  sniRouted: boolean;
  first: number;
  last: number;
  end: number;
}

function learnWriters(legs: readonly Leg[]): Map<string, Writer> {
  const growing = new Map<string, Growing>();
  for (const leg of legs) grow(growing, leg);
  const writers = new Map<string, Writer>();
  for (const g of growing.values()) {
    const gateway = isGateway(g);
    const outbound = gateway ? mainLocals(g) : [...g.remotes.keys()];
    writers.set(g.key, {
      key: g.key,
      source: g.source,
      ips: new Set([...g.inboundLocals, ...outbound]),
      inboundPorts: g.inboundPorts,
      gateway,
      first: g.first,
      last: g.last,
      end: g.end,
    });
  }
  return writers;
}

function grow(growing: Map<string, Growing>, leg: Leg): void {
  const { facts, flow } = leg;
  let g = growing.get(facts.writer);
  if (g === undefined) {
    g = {
      key: facts.writer,
      source: facts.source,
      remotes: new Map(),
      locals: new Map(),
      inboundLocals: new Set(),
      inboundPorts: new Set(),
      sniRouted: false,
      first: flow.first,
      last: flow.last,
      end: flow.end,
    };
    growing.set(facts.writer, g);
  }
  g.first = Math.min(g.first, flow.first);
  g.last = Math.max(g.last, flow.last);
  g.end = Math.max(g.end, flow.end);
  if (facts.said === 'inbound' && facts.local !== null) {
    g.inboundLocals.add(facts.local.ip);
    g.inboundPorts.add(facts.local.port);
  }
  if (facts.said !== 'outbound' || flow.shape.http) return;
  if (facts.shape.upstream_cluster?.startsWith('outbound_.') === true) g.sniRouted = true;
  if (facts.local !== null && facts.service !== null) {
    g.locals.set(facts.local.ip, (g.locals.get(facts.local.ip) ?? 0) + flow.connections);
  }
  if (facts.remoteIp === null) return;
  const seen = g.remotes.get(facts.remoteIp);
  g.remotes.set(facts.remoteIp, {
    first: Math.min(seen?.first ?? flow.first, flow.first),
    last: Math.max(seen?.last ?? flow.last, flow.last),
  });
}

/**
 * A sidecar has one peer at a time, its own application, and many destinations; a gateway has it the other way. The name
 * alone does not make one: many an application is called a gateway, and its sidecar logs inbound lines too.
 */
function isGateway(g: Growing): boolean {
  if (g.source.pod === null || g.inboundLocals.size > 0 || g.locals.size === 0) return false;
  if (g.sniRouted) return true;
  if (/gateway/i.test(g.source.workload ?? '') && g.remotes.size >= g.locals.size) return true;
  if (g.locals.size > 1 || g.remotes.size < 2) return false;
  const spans = [...g.remotes.values()].sort((a, b) => a.first - b.first || a.last - b.last);
  return spans.some((span, i) => i > 0 && span.first < (spans[i - 1]?.last ?? 0));
}

/** The addresses that a gateway is mostly called at: its own. */
function mainLocals(g: Growing): string[] {
  let total = 0;
  for (const connections of g.locals.values()) total += connections;
  return [...g.locals].filter(([, connections]) => connections * 3 > total).map(([ip]) => ip);
}

function ownIp(leg: Leg, writer: Writer): string | null {
  const { facts, flow } = leg;
  if (facts.said === 'inbound') return facts.local?.ip ?? null;
  // The peer of an HTTP line may come from a forwarded header, which proves nothing.
  if (flow.shape.http) return null;
  if (facts.said === 'unknown') return !writer.gateway && isClient(facts, 'unknown') ? facts.remoteIp : null;
  if (!writer.gateway) return facts.remoteIp;
  return facts.local !== null && writer.ips.has(facts.local.ip) ? facts.local.ip : null;
}

function mergeClaims(claims: readonly Claim[]): Claim[] {
  const named = claims.filter((claim) => claim.writer.source.pod !== null);
  const sorted = (named.length > 0 ? named : [...claims]).sort(
    (a, b) => a.first - b.first || a.last - b.last || compareText(a.writer.key, b.writer.key),
  );
  const merged: Claim[] = [];
  for (const claim of sorted) {
    const before = merged[merged.length - 1];
    if (before === undefined) merged.push(claim);
    else if (isSamePod(before.writer.source, claim.writer.source)) {
      merged[merged.length - 1] = { ...before, last: Math.max(before.last, claim.last) };
    } else if (claim.first < before.last - CLOCK_MS) return [];
    else merged.push(claim);
  }
  return merged;
}

/** Streams of one pod may name its namespace or not, as the envelope of each does. */
function isSamePod(a: Source, b: Source): boolean {
  if (a.pod === null || a.pod !== b.pod) return a.pod === b.pod && a.namespace === b.namespace;
  return a.namespace === b.namespace || a.namespace === null || b.namespace === null;
}

/** Between two pods the nearer claim holds: a client's line may be a little older than the new pod's first one. */
function findClaim(claims: readonly Claim[], time: number): Claim | null {
  let best: Claim | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const claim of claims) {
    const distance = Math.max(0, claim.first - time, time - claim.last);
    if (distance < least) [best, least] = [claim, distance];
  }
  return least <= EVIDENCE_MS ? best : null;
}

function isMoving(claims: readonly Claim[], time: number): boolean {
  const near = claims.filter((claim) => claim.first - MOVING_MS <= time && time <= claim.last + MOVING_MS);
  return near.length > 1;
}
