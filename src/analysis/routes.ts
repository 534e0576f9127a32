/** Runs of unchanged routing, for each source pod and destination address, in the order of start times. */

import { type Address, formatAddress } from '../domain/address.ts';
import { normalizeCluster } from '../domain/cluster-name.ts';
import { endTime } from '../domain/entry.ts';
import { invariant } from '../domain/errors.ts';
import { EXACT_LINES_MAX, PAGE_ITEMS_MAX } from '../domain/limits.ts';
import type { LineReader, Position } from '../domain/ports.ts';
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
  const budget = { lines: EXACT_LINES_MAX };
  const runs: Run[] = [];
  for (const [, legs] of [...byKey].sort(([a], [b]) => compareText(a, b))) {
    runs.push(...(await runsOf(legs, reader, budget)));
  }
  return runs;
}

/** True when the lines of this routing tell where traffic goes; the others carry no cluster at all. */
export function isTelling(state: State, cluster: string | null): boolean {
  return state !== 'unknown' || cluster !== null;
}

async function runsOf(
  legs: readonly JudgedLeg[],
  reader: Pick<LineReader, 'lines'>,
  budget: { lines: number },
): Promise<Run[]> {
  const telling = legs.filter(({ leg, judgement }) => isTelling(judgement.state, leg.facts.cluster));
  const mute = legs.filter(({ leg, judgement }) => !isTelling(judgement.state, leg.facts.cluster));
  const pieces: Piece[] = [];
  for (const group of overlapping(telling)) {
    const classes = new Set(group.map(classOf));
    if (classes.size === 1) pieces.push(...group.map((item) => wholeFlow(item, false)));
    else pieces.push(...(await orderGroup(group, reader, budget)));
  }
  return [...joinPieces(pieces), ...joinPieces(mute.map((item) => wholeFlow(item, false)))];
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

async function orderGroup(
  group: readonly JudgedLeg[],
  reader: Pick<LineReader, 'lines'>,
  budget: { lines: number },
): Promise<Piece[]> {
  const count = group.reduce((sum, { leg }) => sum + leg.flow.connections, 0);
  if (count > budget.lines) return group.map((item) => wholeFlow(item, true));
  budget.lines -= count;
  const byShape = new Map(group.map((item) => [item.leg.flow.shape.id, item]));
  const since = minOf(
    group.map(({ leg }) => leg.flow.first),
    0,
  );
  const until =
    maxOf(
      group.map(({ leg }) => leg.flow.last),
      0,
    ) + 1;
  const shapes = new Set(byShape.keys());
  const pieces: Piece[] = [];
  let after: Position | null = null;
  for (;;) {
    const lines: Awaited<ReturnType<LineReader['lines']>> = await reader.lines({
      since,
      until,
      shapes,
      order: 'oldest',
      after,
      limit: PAGE_ITEMS_MAX,
    });
    for (const { entry, shapeId } of lines) {
      const judged = byShape.get(shapeId);
      if (judged === undefined) continue;
      const { start_time: time } = entry;
      const bytes = (entry.bytes_received ?? 0) + (entry.bytes_sent ?? 0);
      pieces.push({
        judged,
        first: time,
        last: time,
        end: endTime(entry) ?? time,
        connections: 1,
        bytes,
        blurred: false,
      });
    }
    const last = lines[lines.length - 1];
    if (last === undefined || lines.length < PAGE_ITEMS_MAX) return pieces;
    after = { start_time: last.entry.start_time, id: last.id };
  }
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
