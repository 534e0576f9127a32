/** Runs of unchanged routing, for each source pod and destination address, in the order of start times. */

import { normalizeCluster } from '../domain/cluster-name.ts';
import { invariant } from '../domain/errors.ts';
import type { EvidenceGrade, Source, State } from '../domain/resources.ts';
import { idOf } from './hash.ts';
import type { Judgement } from './judgement.ts';
import { compareLegs, compareText, type KnownAddress, type Leg } from './legs.ts';
import type { LivingLeg } from './living-shape.ts';

/** A client's leg and where it was routed. */
export interface JudgedLeg {
  readonly leg: Leg;
  readonly judgement: Judgement;
}

/** Answers where a leg was routed; null: it says nothing of that. */
export type JudgeLeg = (leg: LivingLeg) => Judgement | null;

/** Consecutive connections of one source pod to one address, all routed alike. Times are start times. */
export interface Run {
  readonly id: string;
  readonly writer: string;
  readonly source: Source;
  readonly local: KnownAddress;
  readonly state: State;
  /** As `routingOf` says it: runs with the same one are routed alike. */
  readonly routing: string;
  /** Key of the cluster, the same for all spellings; `name` is the cluster as logged. */
  readonly cluster: string | null;
  readonly name: string | null;
  readonly hosts: readonly string[];
  readonly grade: EvidenceGrade | null;
  readonly first: number;
  readonly last: number;
  readonly end: number;
  readonly connections: number;
  readonly failures: number;
  readonly bytes: number;
  readonly legs: readonly Leg[];
  /** True when other runs of the same source and address went on at the same time, in an unknown order. */
  readonly blurred: boolean;
}

/** A stretch of connections of one leg: a whole flow, or a single line. */
export interface Piece {
  readonly judged: JudgedLeg;
  readonly first: number;
  readonly last: number;
  readonly end: number;
  readonly connections: number;
  readonly bytes: number;
  readonly blurred: boolean;
}

/** Pieces of one routing, one after the other: what a run is made of. Stretches are never changed, only joined. */
export interface Stretch extends Piece {
  readonly routing: string;
  readonly failures: number;
  readonly grade: EvidenceGrade | null;
  readonly hosts: readonly string[];
  /** One for each shape, the last one. */
  readonly legs: readonly Leg[];
}

/** True when two runs have the same routing. */
export function isSameRouting(a: Run, b: Run): boolean {
  return a.routing === b.routing;
}

/** Routing as text. Passthrough and black hole are one routing each, however the cluster is spelled. */
function routingOf(state: State, cluster: string | null): string {
  if (state === 'passthrough' || state === 'blackhole' || state === 'no_filter_chain') return state;
  return `${state} ${cluster ?? ''}`;
}

/** True for destinations without a listener of their own: they all share one routing on a proxy and port. */
export function isUnlisted({ state }: Run): boolean {
  return (
    state === 'passthrough' || state === 'blackhole' || state === 'captured' || state === 'captured_nominal'
  );
}

/** Routing of a leg, as of the run that it is part of. */
export function routingOfLeg({ leg, judgement }: JudgedLeg): string {
  return routingOf(judgement.state, leg.facts.cluster);
}

/** States that take part in shifts: the others do not say where the connection was routed, or mean to divert it. */
export function isTold(state: State): boolean {
  return state !== 'unknown' && state !== 'gateway';
}

/** The flow of a leg as one piece. */
export function wholeFlow(judged: JudgedLeg, blurred: boolean): Piece {
  const { first, last, end, connections, bytes_received, bytes_sent } = judged.leg.flow;
  return { judged, first, last, end, connections, bytes: bytes_received + bytes_sent, blurred };
}

/** Joins neighbours of one routing. Shape: pieces of one source and address, in any order. */
export function joinPieces(pieces: readonly Piece[]): Stretch[] {
  const sorted = pieces
    .map((piece) => ({ piece, routing: routingOfLeg(piece.judged) }))
    .sort(
      (a, b) =>
        a.piece.first - b.piece.first ||
        compareText(a.routing, b.routing) ||
        a.piece.last - b.piece.last ||
        compareLegs(a.piece.judged.leg, b.piece.judged.leg),
    );
  const groups: Array<{ readonly routing: string; readonly pieces: [Piece, ...Piece[]] }> = [];
  for (const { piece, routing } of sorted) {
    const current = groups[groups.length - 1];
    if (current?.routing === routing) current.pieces.push(piece);
    else groups.push({ routing, pieces: [piece] });
  }
  return groups.map(({ routing, pieces }) => toStretch(routing, pieces));
}

/** Goes on with later stretches where earlier ones ended. */
export function joinStretches(earlier: readonly Stretch[], later: readonly Stretch[]): Stretch[] {
  const joined = [...earlier];
  for (const stretch of later) {
    const before = joined[joined.length - 1];
    if (before?.routing === stretch.routing) joined[joined.length - 1] = join(before, stretch);
    else joined.push(stretch);
  }
  return joined;
}

/** The run that a stretch is when nothing joins it any more. */
export function toRun(stretch: Stretch): Run {
  const { judgement, leg } = stretch.judged;
  const { facts } = leg;
  invariant(facts.local !== null, 'a run has no destination');
  const name = facts.shape.upstream_cluster;
  return {
    id: idOf('route', facts.writer, facts.local.key, stretch.routing, stretch.first),
    writer: facts.writer,
    source: facts.source,
    local: facts.local,
    state: judgement.state,
    routing: stretch.routing,
    cluster: facts.cluster,
    name: name === null ? null : normalizeCluster(name),
    hosts: [...stretch.hosts].sort(compareText),
    grade: stretch.grade,
    first: stretch.first,
    last: stretch.last,
    end: stretch.end,
    connections: stretch.connections,
    failures: stretch.failures,
    bytes: stretch.bytes,
    legs: stretch.legs,
    blurred: stretch.blurred,
  };
}

function toStretch(routing: string, pieces: readonly [Piece, ...Piece[]]): Stretch {
  const [head] = pieces;
  const hosts = new Set<string>();
  const legs = new Map<number, Leg>();
  let { last, end, grade } = { ...head, grade: head.judged.judgement.grade };
  let [connections, failures, bytes, blurred] = [0, 0, 0, false];
  for (const piece of pieces) {
    const { leg, judgement } = piece.judged;
    const { shape } = leg.flow;
    if (shape.upstream_host !== null) hosts.add(shape.upstream_host);
    legs.set(shape.id, leg);
    last = Math.max(last, piece.last);
    end = Math.max(end, piece.end);
    connections += piece.connections;
    if (leg.facts.failed) failures += piece.connections;
    bytes += piece.bytes;
    blurred ||= piece.blurred;
    grade = betterOf(grade, judgement.grade);
  }
  return {
    ...head,
    routing,
    last,
    end,
    connections,
    failures,
    bytes,
    blurred,
    grade,
    hosts: [...hosts],
    legs: [...legs.values()],
  };
}

/** The grade that makes us surer. */
export function betterOf(a: EvidenceGrade | null, b: EvidenceGrade | null): EvidenceGrade | null {
  return a === null || (b !== null && b > a) ? b : a;
}

function join(a: Stretch, b: Stretch): Stretch {
  return {
    ...a,
    last: Math.max(a.last, b.last),
    end: Math.max(a.end, b.end),
    connections: a.connections + b.connections,
    failures: a.failures + b.failures,
    bytes: a.bytes + b.bytes,
    grade: betterOf(a.grade, b.grade),
    hosts: [...new Set([...a.hosts, ...b.hosts])],
    legs: joinLegs(a.legs, b.legs),
    blurred: a.blurred || b.blurred,
  };
}

function joinLegs(a: readonly Leg[], b: readonly Leg[]): Leg[] {
  const legs = new Map(a.map((leg) => [leg.flow.shape.id, leg]));
  for (const leg of b) legs.set(leg.flow.shape.id, leg);
  return [...legs.values()];
}
