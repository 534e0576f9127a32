/** What to read of lines to find those that a filter asks for: as few as what was learned of them allows. */
import { type Address, parseAddress } from '../domain/address.ts';
import { type Filter, matchesAddress, matchesValue } from '../domain/filter.ts';
import type { LineHint, StoredLine } from '../domain/ports.ts';
import { HOUR_MS } from '../domain/time.ts';
import { stateOfLine } from './connections.ts';
import { mayHaveVerdict } from './coverage-verdicts.ts';
import type { Finding } from './findings.ts';
import { findingsOf, isOpen } from './matching.ts';
import type { LineModel, Model } from './model.ts';
import { shapeIndexOf } from './shape-index.ts';
import type { ShapeModel } from './shape-model.ts';
import { judgePairing, MissingJudge } from './verdicts.ts';

/** What to read to find all lines that a filter asks for, and which of those that are read it does ask for. */
export interface Selection {
  /** Shapes whose lines may match; null: all. */
  readonly shapes: ReadonlySet<number> | null;
  /** No line outside of it can match, whatever the window of the filter, which is another on later pages. `until` is exclusive. */
  readonly since: number | null;
  readonly until: number | null;
  readonly hint: LineHint;
  /** Null: all of them. */
  readonly isWanted: ((line: StoredLine) => boolean) | null;
}

/** Selects what to read of lines. */
export function selectLines(filter: Filter, model: Model): Selection {
  const findings = findingsOf(filter, model);
  const isExact =
    filter.state.length === 0 &&
    filter.verdict.length === 0 &&
    filter.source.every((source) => source.port === null) &&
    findings === null;
  const hint = { alone: !mayBePaired(filter), clients: clientsOf(filter) };
  if (isExact && isOpen(filter)) return { shapes: null, since: null, until: null, hint, isWanted: null };
  const asked = shapeIndexOf(model).matching(filter, model);
  if (findings !== null) keepOnly(asked, findings);
  const shapes = new Set<number>();
  const hours = new Extent();
  if (filter.state.length === 0 && !isSettledByFlows(filter)) {
    for (let id = 0; id < asked.length; id++) if (asked[id] === 1) shapes.add(id);
  } else {
    for (const { id, first, last } of candidatesOf(filter, model)) {
      if (asked[id] !== 1) continue;
      shapes.add(id);
      hours.add(first);
      hours.add(last);
    }
  }
  const isWanted = isExact ? null : lineTest(filter, findings, model);
  return { shapes, ...narrowed(filter, findings, hours), hint, isWanted };
}

/** Whether lines with another end can have one of the verdicts. */
export function mayBePaired(filter: Filter): boolean {
  return matchesValue(filter.verdict, 'matched');
}

/** Null where an address is asked for whatever its port. */
function clientsOf({ source }: Filter): readonly Address[] | null {
  const clients = source.flatMap(({ ip, port }) => (port === null ? [] : { ip, port }));
  return source.length > 0 && clients.length === source.length ? clients : null;
}

/** First and last of some hours. */
class Extent {
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;

  add(value: number): void {
    this.first = Math.min(this.first, value);
    this.last = Math.max(this.last, value);
  }
}

/** The times of findings, and the hours that lines with the verdicts of a filter can lie in. */
function narrowed(
  filter: Filter,
  findings: readonly Finding[] | null,
  hours: Extent,
): Pick<Selection, 'since' | 'until'> {
  const froms = [
    findings === null ? null : Math.min(...findings.map(({ onset }) => onset.before)),
    isSettledByFlows(filter) ? hours.first * HOUR_MS : null,
  ].filter((time) => time !== null);
  const tos = [
    findings === null ? null : Math.max(...findings.map(({ last }) => last + 1)),
    isSettledByFlows(filter) ? (hours.last + 1) * HOUR_MS : null,
  ].filter((time) => time !== null);
  return {
    since: froms.length === 0 ? null : Math.max(...froms),
    until: tos.length === 0 ? null : Math.min(...tos),
  };
}

/** True where only lines that flows count can match: those that were superseded by later ones have no other verdicts than these. */
function isSettledByFlows({ verdict }: Filter): boolean {
  return verdict.length > 0 && !verdict.includes('matched') && !verdict.includes('expected_unmatched');
}

/** A shape that may have lines of the states and verdicts asked for, with the first and the last hour of those that flows count. */
interface Candidate {
  readonly id: number;
  readonly first: number;
  readonly last: number;
}

/** To look for them means to look at all legs: kept as long as the model is the same, for the last few questions. */
const CANDIDATES = new WeakMap<LineModel['state'], Map<string, readonly Candidate[]>>();
const KEPT_MAX = 4;

function candidatesOf(filter: Filter, model: LineModel): readonly Candidate[] {
  const kept = CANDIDATES.get(model.state) ?? new Map<string, readonly Candidate[]>();
  CANDIDATES.set(model.state, kept);
  const key = `${filter.state} ${isSettledByFlows(filter) ? filter.verdict : ''}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const judge = new MissingJudge(model);
  const candidates: Candidate[] = [];
  for (const [id, shape] of model.shapes) {
    const candidate = candidateOf(id, shape, filter, model, judge);
    if (candidate !== null) candidates.push(candidate);
  }
  if (kept.size >= KEPT_MAX) kept.clear();
  kept.set(key, candidates);
  return candidates;
}

function candidateOf(
  id: number,
  shape: ShapeModel,
  filter: Filter,
  model: LineModel,
  judge: MissingJudge,
): Candidate | null {
  const hasVerdict = isSettledByFlows(filter);
  const hours = new Extent();
  shape.each((leg) => {
    if (hasVerdict && !mayHaveVerdict(filter.verdict, leg.flow, shape, judge)) return;
    if (filter.state.length > 0 && !matchesValue(filter.state, model.judgementOf(leg)?.state ?? null)) return;
    hours.add(leg.flow.hour);
  });
  return hours.first > hours.last ? null : { id, first: hours.first, last: hours.last };
}

/** Takes out of a mask what no finding rests on. */
function keepOnly(asked: Uint8Array, findings: readonly Finding[]): void {
  const isFound = new Uint8Array(asked.length);
  for (const finding of findings) for (const id of shapesOf(finding)) isFound[id] = 1;
  for (let id = 0; id < asked.length; id++) if (isFound[id] === 0) asked[id] = 0;
}

/** What only the single line tells: its time in a finding, its client's port, its state, its verdict; the cheapest first. */
function lineTest(
  filter: Filter,
  findings: readonly Finding[] | null,
  model: Model,
): (line: StoredLine) => boolean {
  const { source, state, verdict } = filter;
  return (line) =>
    (findings === null || findings.some((finding) => isOf(line, finding))) &&
    (source.length === 0 || matchesRemote(filter, line)) &&
    (state.length === 0 || matchesValue(state, stateOfLine(line, model))) &&
    (verdict.length === 0 || matchesValue(verdict, judgePairing(line, model).verdict));
}

function matchesRemote({ source }: Filter, { entry }: StoredLine): boolean {
  const { downstream_remote_address: address } = entry;
  const remote = address === null ? null : parseAddress(address);
  return matchesAddress(source, remote?.ip ?? null, remote?.port ?? null);
}

/** Shapes of a finding, put together once: filters ask for them line by line. */
const SHAPES = new WeakMap<Finding, ReadonlySet<number>>();

function shapesOf(finding: Finding): ReadonlySet<number> {
  const known = SHAPES.get(finding);
  if (known !== undefined) return known;
  const shapes = new Set(finding.legs.map((leg) => leg.flow.shape.id));
  SHAPES.set(finding, shapes);
  return shapes;
}

function isOf(line: StoredLine, finding: Finding): boolean {
  const { start_time: time } = line.entry;
  if (time < finding.onset.before || time > finding.last) return false;
  return shapesOf(finding).has(line.shapeId);
}
