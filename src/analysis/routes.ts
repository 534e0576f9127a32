/** Runs of unchanged routing, for each source pod and destination address, in the order of start times. */

import { type Address, formatAddress } from '../domain/address.ts';
import { normalizeCluster } from '../domain/cluster-name.ts';
import { type AccessLogEntry, endTime } from '../domain/entry.ts';
import { invariant } from '../domain/errors.ts';
import { EXACT_LINES_MAX, PAGE_ITEMS_MAX } from '../domain/limits.ts';
import type { LineReader, Position, StoredLine } from '../domain/ports.ts';
import type { EvidenceGrade, Source, State } from '../domain/resources.ts';
import { maxOf, minOf } from './extremes.ts';
import { idOf } from './hash.ts';
import { compareText, type Leg } from './legs.ts';
import type { Judgement } from './states.ts';

/** A client's leg and where it was routed. */
export interface JudgedLeg {
  readonly leg: Leg;
  readonly judgement: Judgement;
}

/** Consecutive connections of one source pod to one address, all routed alike. Times are start times. */
export interface Run {
  readonly id: string;
  readonly writer: string;
  readonly source: Source;
  readonly local: Address;
  readonly state: State;
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
interface Piece {
  readonly judged: JudgedLeg;
  readonly first: number;
  readonly last: number;
  readonly end: number;
  readonly connections: number;
  readonly bytes: number;
  readonly blurred: boolean;
}

/** True when two runs have the same routing. */
export function isSameRouting(a: Run, b: Run): boolean {
  return routingOf(a) === routingOf(b);
}

/** Routing of a run as text. Passthrough and black hole are one routing each, however the cluster is spelled. */
export function routingOf(run: { readonly state: State; readonly cluster: string | null }): string {
  const { state, cluster } = run;
  if (state === 'passthrough' || state === 'blackhole' || state === 'no_filter_chain') return state;
  return `${state} ${cluster ?? ''}`;
}

/** True for destinations without a listener of their own: they all share one routing on a proxy and port. */
export function isUnlisted({ state }: Run): boolean {
  return (
    state === 'passthrough' || state === 'blackhole' || state === 'captured' || state === 'captured_nominal'
  );
}

/** Builds all runs, ordered by source, address and time. Reads lines only where hours hold several routings at once. */
export async function buildRuns(
  judged: readonly JudgedLeg[],
  reader: Pick<LineReader, 'lines'>,
): Promise<Run[]> {
  const byKey = new Map<string, JudgedLeg[]>();
  for (const item of judged) {
    const { local, writer } = item.leg.facts;
    if (local === null) continue;
    const key = `${writer} ${formatAddress(local)}`;
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [item]);
    else list.push(item);
  }
  const keys = [...byKey].sort(([a], [b]) => compareText(a, b)).map(([, legs]) => splitByOrder(legs));
  const exact = await readPieces(
    keys.flatMap((key) => key.mixed),
    reader,
  );
  return keys.flatMap(({ plain, mixed, aside }) => {
    const ordered = mixed.flatMap((group) => exact.get(group) ?? group.map((item) => wholeFlow(item, true)));
    const whole = plain.map((item) => wholeFlow(item, false));
    return [...joinPieces([...whole, ...ordered]), ...aside.flatMap(joinAside)];
  });
}

/** States that take part in shifts: the others do not say where the connection was routed, or mean to divert it. */
export function isTold(state: State): boolean {
  return state !== 'unknown' && state !== 'gateway';
}

/** The flows of one source and address. */
interface Key {
  /** Flows that are in order by their spans. */
  readonly plain: readonly JudgedLeg[];
  /** Groups of flows whose spans overlap and whose routings differ. */
  readonly mixed: ReadonlyArray<readonly JudgedLeg[]>;
  /** Flows by routing that say nothing of the order of the others: their lines need not be put in order. */
  readonly aside: ReadonlyArray<readonly JudgedLeg[]>;
}

function splitByOrder(legs: readonly JudgedLeg[]): Key {
  const plain: JudgedLeg[] = [];
  const mixed: JudgedLeg[][] = [];
  const told = legs.filter(({ judgement }) => isTold(judgement.state));
  for (const group of overlapping(told)) {
    if (new Set(group.map(classOf)).size === 1) plain.push(...group);
    else mixed.push(group);
  }
  const aside = new Map<string, JudgedLeg[]>();
  for (const item of legs) {
    if (isTold(item.judgement.state)) continue;
    const list = aside.get(classOf(item));
    if (list === undefined) aside.set(classOf(item), [item]);
    else list.push(item);
  }
  return { plain, mixed, aside: [...aside].sort(([a], [b]) => compareText(a, b)).map(([, items]) => items) };
}

function joinAside(items: readonly JudgedLeg[]): Run[] {
  return joinPieces(items.map((item) => wholeFlow(item, false)));
}

/** Flows whose spans of start times touch. Flows are of one hour each, so a group is too. */
function overlapping(legs: readonly JudgedLeg[]): JudgedLeg[][] {
  const groups: JudgedLeg[][] = [];
  let reach = Number.NEGATIVE_INFINITY;
  for (const item of legs) {
    const { first, last } = item.leg.flow;
    if (first > reach) groups.push([item]);
    else groups[groups.length - 1]?.push(item);
    reach = Math.max(reach, last);
  }
  return groups;
}

/**
 * Reads the lines of groups, hour by hour, since one question for an hour costs little more than one for a group.
 * Groups past the limit of lines are left out.
 */
async function readPieces(
  groups: ReadonlyArray<readonly JudgedLeg[]>,
  reader: Pick<LineReader, 'lines'>,
): Promise<Map<readonly JudgedLeg[], Piece[]>> {
  const pieces = new Map<readonly JudgedLeg[], Piece[]>();
  const byHour = new Map<number, Map<number, { item: JudgedLeg; into: Piece[] }>>();
  let budget = EXACT_LINES_MAX;
  for (const group of groups) {
    const lines = group.reduce((sum, { leg }) => sum + leg.flow.connections, 0);
    if (lines > budget) continue;
    budget -= lines;
    const into: Piece[] = [];
    pieces.set(group, into);
    for (const item of group) {
      const { hour, shape } = item.leg.flow;
      const ofHour = byHour.get(hour) ?? new Map<number, { item: JudgedLeg; into: Piece[] }>();
      byHour.set(hour, ofHour.set(shape.id, { item, into }));
    }
  }
  for (const wanted of byHour.values()) await readHour(wanted, reader);
  return pieces;
}

async function readHour(
  wanted: ReadonlyMap<number, { readonly item: JudgedLeg; readonly into: Piece[] }>,
  reader: Pick<LineReader, 'lines'>,
): Promise<void> {
  const flows = [...wanted.values()].map(({ item }) => item.leg.flow);
  const query = {
    since: minOf(
      flows.map((flow) => flow.first),
      0,
    ),
    until:
      maxOf(
        flows.map((flow) => flow.last),
        0,
      ) + 1,
    shapes: new Set(wanted.keys()),
    order: 'oldest' as const,
    limit: PAGE_ITEMS_MAX,
  };
  let after: Position | null = null;
  for (;;) {
    const lines: readonly StoredLine[] = await reader.lines({ ...query, after });
    for (const { entry, shapeId } of lines) {
      const found = wanted.get(shapeId);
      if (found !== undefined) found.into.push(oneLine(found.item, entry));
    }
    const last = lines[lines.length - 1];
    if (last === undefined || lines.length < PAGE_ITEMS_MAX) return;
    after = { start_time: last.entry.start_time, id: last.id };
  }
}

function oneLine(judged: JudgedLeg, entry: AccessLogEntry): Piece {
  const { start_time: time } = entry;
  const bytes = (entry.bytes_received ?? 0) + (entry.bytes_sent ?? 0);
  return {
    judged,
    first: time,
    last: time,
    end: endTime(entry) ?? time,
    connections: 1,
    bytes,
    blurred: false,
  };
}

function wholeFlow(judged: JudgedLeg, blurred: boolean): Piece {
  const { first, last, end, connections, bytes_received, bytes_sent } = judged.leg.flow;
  return { judged, first, last, end, connections, bytes: bytes_received + bytes_sent, blurred };
}

function classOf({ leg, judgement }: JudgedLeg): string {
  return routingOf({ state: judgement.state, cluster: leg.facts.cluster });
}

function joinPieces(pieces: readonly Piece[]): Run[] {
  const sorted = [...pieces].sort(
    (a, b) => a.first - b.first || compareText(classOf(a.judged), classOf(b.judged)) || a.last - b.last,
  );
  const groups: Piece[][] = [];
  for (const piece of sorted) {
    const current = groups[groups.length - 1];
    const joins = current?.[0] !== undefined && classOf(current[0].judged) === classOf(piece.judged);
    if (current !== undefined && joins) current.push(piece);
    else groups.push([piece]);
  }
  return groups.map(toRun);
}

function toRun(pieces: readonly Piece[]): Run {
  const head = pieces[0];
  invariant(head !== undefined, 'a run has no pieces');
  const { leg, judgement } = head.judged;
  const { facts } = leg;
  invariant(facts.local !== null, 'a run has no destination');
  const hosts = new Set<string>();
  const legs = new Map<number, Leg>();
  let [last, end, connections, failures, bytes, blurred] = [head.last, head.end, 0, 0, 0, false];
  for (const piece of pieces) {
    const { shape } = piece.judged.leg.flow;
    if (shape.upstream_host !== null) hosts.add(shape.upstream_host);
    legs.set(shape.id, piece.judged.leg);
    last = Math.max(last, piece.last);
    end = Math.max(end, piece.end);
    connections += piece.connections;
    if (piece.judged.leg.facts.failed) failures += piece.connections;
    bytes += piece.bytes;
    blurred ||= piece.blurred;
  }
  const name = facts.shape.upstream_cluster;
  return {
    id: idOf('route', facts.writer, formatAddress(facts.local), classOf(head.judged), head.first),
    writer: facts.writer,
    source: facts.source,
    local: facts.local,
    state: judgement.state,
    cluster: facts.cluster,
    name: name === null ? null : normalizeCluster(name),
    hosts: [...hosts].sort(compareText),
    grade: bestGrade(pieces.map((piece) => piece.judged.judgement.grade)),
    first: head.first,
    last,
    end,
    connections,
    failures,
    bytes,
    legs: [...legs.values()],
    blurred,
  };
}

function bestGrade(grades: ReadonlyArray<EvidenceGrade | null>): EvidenceGrade | null {
  return grades.reduce(
    (best, grade) => (best === null || (grade !== null && grade > best) ? grade : best),
    null,
  );
}
