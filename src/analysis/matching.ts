/** Which resources a filter asks for. A filter about something that a resource does not have matches none of it. */
import { parseAddress } from '../domain/address.ts';
import type { Direction } from '../domain/direction.ts';
import {
  type AddressFilter,
  type Filter,
  matchesAddress,
  matchesName,
  matchesValue,
} from '../domain/filter.ts';
import type { Shape, StoredLine } from '../domain/ports.ts';
import type { Connection, Source } from '../domain/resources.ts';
import { kindOf } from './changes.ts';
import { type Finding, sourcesOf, subjectOf } from './findings.ts';
import type { Facts, Leg } from './legs.ts';
import type { LineModel, Model, ShapeModel } from './model.ts';
import type { Run } from './routes.ts';
import { shapeIndexOf } from './shape-index.ts';
import type { ShiftDraft } from './shifts.ts';

/** Shapes whose lines may match, or null for all; whether each line must still be looked at is `isExact`. */
export interface ShapeSelection {
  readonly shapes: ReadonlySet<number> | null;
  readonly isExact: boolean;
}

/** True when the filter asks for something that only findings tell. */
export function asksForFindings(filter: Filter): boolean {
  return filter.diagnosis.length > 0 || filter.severity.length > 0;
}

/** Selects the shapes of lines. */
export function selectShapes(filter: Filter, model: Model): ShapeSelection {
  const isExact =
    filter.state.length === 0 &&
    filter.verdict.length === 0 &&
    filter.source.every((source) => source.port === null) &&
    !asksForFindings(filter);
  if (isExact && isOpen(filter)) return { shapes: null, isExact };
  const asked = shapeIndexOf(model).matching(filter, model);
  const findings = findingsOf(filter, model);
  if (findings !== null) keepOnly(asked, findings);
  const shapes = new Set<number>();
  for (let id = 0; id < asked.length; id++) {
    if (asked[id] === 1 && (filter.state.length === 0 || hasState(filter, model.shapes.get(id), model)))
      shapes.add(id);
  }
  return { shapes, isExact };
}

/** Those of some shapes that may have a line with another end: without them, no pair is looked for at all. */
export function withPairs(selected: ReadonlySet<number>, { shapes }: Pick<Model, 'shapes'>): Set<number> {
  const paired = new Set<number>();
  for (const id of selected) {
    const shape = shapes.get(id);
    if (shape !== undefined && (mayPass(shape.facts) || shape.legs.some(({ flow }) => flow.paired > 0)))
      paired.add(id);
  }
  return paired;
}

/** True for lines that may be a gateway's: its flows do not count the pairs in which it is the server. */
function mayPass({ shape, said }: Facts): boolean {
  return (
    said !== 'inbound' &&
    (shape.upstream_connected || shape.upstream_cluster?.startsWith('outbound_.') === true)
  );
}

/** Takes out of a mask what no finding rests on. */
function keepOnly(asked: Uint8Array, findings: readonly Finding[]): void {
  const found = findings.map(shapesOf);
  for (let id = 0; id < asked.length; id++)
    if (asked[id] === 1 && !found.some((shapes) => shapes.has(id))) asked[id] = 0;
}

/** True for a shape with lines that have one of the states asked for. */
function hasState(
  filter: Filter,
  shape: ShapeModel | undefined,
  model: Pick<LineModel, 'judgementOf'>,
): boolean {
  return (
    shape?.legs.some((leg) => matchesValue(filter.state, model.judgementOf(leg)?.state ?? null)) ?? false
  );
}

/** What only the single line tells: its client's port, its state, its verdict, its time in a finding. */
export function matchesLine(filter: Filter, line: StoredLine, connection: Connection, model: Model): boolean {
  const { entry } = line;
  const remote =
    entry.downstream_remote_address === null ? null : parseAddress(entry.downstream_remote_address);
  const findings = findingsOf(filter, model);
  return (
    matchesAddress(filter.source, remote?.ip ?? null, remote?.port ?? null) &&
    matchesValue(filter.state, connection.state) &&
    matchesValue(filter.verdict, connection.pairing.verdict) &&
    (findings === null || findings.some((finding) => isOf(line, finding)))
  );
}

/** True for a route that the filter asks for. */
export function matchesRun(filter: Filter, run: Run, model: Model): boolean {
  const findings = findingsOf(filter, model);
  return (
    overlaps(filter, run.first, run.last) &&
    matchesSource(filter, run.source, run.legs) &&
    matchesClientIp(filter.source, run.writer, model) &&
    matchesAddress(filter.destination, run.local.ip, run.local.port) &&
    matchesValue(filter.port, run.local.port) &&
    matchesCluster(filter, [run.name]) &&
    matchesValue(filter.state, run.state) &&
    matchesOutboundTcp(filter, run.legs) &&
    matchesName(filter.kind, 'tcp') &&
    (findings === null || findings.some((finding) => finding.runs.some(({ id }) => id === run.id)))
  );
}

/** True for a shift that the filter asks for. */
export function matchesShift(filter: Filter, shift: ShiftDraft, model: Model): boolean {
  const [head] = shift.to;
  const finding = model.findingOf.get(shift.id) ?? null;
  return (
    isWithin(filter, shift.firstAfter) &&
    matchesSource(filter, head.source, head.legs) &&
    matchesClientIp(filter.source, head.writer, model) &&
    matchesAddress(filter.destination, head.local.ip, head.local.port) &&
    matchesValue(filter.port, head.local.port) &&
    matchesCluster(filter, [shift.from.name, head.name]) &&
    [shift.from.state, head.state].some((state) => matchesValue(filter.state, state)) &&
    matchesOutboundTcp(filter, head.legs) &&
    matchesName(filter.kind, kindOf(shift)) &&
    matchesName(filter.diagnosis, finding?.diagnosis.id ?? null) &&
    matchesValue(filter.severity, finding?.severity ?? null)
  );
}

/** True for an incident that the filter asks for: its clients and its destinations both count as its pods. */
export function matchesFinding(filter: Filter, finding: Finding, model: Model): boolean {
  const subject = subjectOf(finding, model.known);
  const members = [...sourcesOf(finding.legs, model.known), ...subject.places];
  const { legs, shifts } = finding;
  return (
    overlaps(filter, finding.onset.before, finding.last) &&
    members.some((m) => matchesName(filter.pod, m.pod)) &&
    members.some((m) => matchesName(filter.namespace, m.namespace)) &&
    members.some((m) => matchesName(filter.workload, m.workload)) &&
    legs.some((leg) => matchesName(filter.node, leg.flow.shape.identity.node)) &&
    legs.some((leg) => matchesIp(filter.source, leg.facts.remoteIp)) &&
    subject.places.some((place) => matchesAddress(filter.destination, place.ip, place.port)) &&
    subject.places.some((place) => matchesValue(filter.port, place.port)) &&
    matchesCluster(filter, [finding.cluster, ...legs.map((leg) => leg.flow.shape.upstream_cluster)]) &&
    (filter.state.length === 0 || finding.runs.some((run) => matchesValue(filter.state, run.state))) &&
    legs.some((leg) => matchesFlags(filter, leg.flow.shape)) &&
    legs.some((leg) => matchesDirection(filter, leg.facts.direction)) &&
    (matchesName(filter.kind, 'tcp') || shifts.some((shift) => matchesName(filter.kind, kindOf(shift)))) &&
    matchesValue(filter.verdict, null) &&
    matchesName(filter.diagnosis, finding.diagnosis.id) &&
    matchesValue(filter.severity, finding.severity)
  );
}

/** True for lines of a shape that the filter may ask for, as far as their shape tells. */
export function matchesShape(
  filter: Filter,
  { facts, legs }: ShapeModel,
  model: Pick<LineModel, 'judgementOf'>,
): boolean {
  const { shape } = facts;
  return (
    matchesSource(filter, facts.source, legs.slice(0, 1)) &&
    matchesIp(filter.source, shape.downstream_remote_ip) &&
    matchesAddress(filter.destination, facts.local?.ip ?? null, facts.local?.port ?? null) &&
    matchesValue(filter.port, facts.local?.port ?? null) &&
    matchesCluster(filter, [shape.upstream_cluster]) &&
    matchesFlags(filter, shape) &&
    matchesDirection(filter, facts.direction) &&
    matchesName(filter.kind, shape.http ? 'http' : 'tcp') &&
    (filter.state.length === 0 ||
      legs.some((leg) => matchesValue(filter.state, model.judgementOf(leg)?.state ?? null)))
  );
}

/** Null when the filter asks for no diagnosis and no severity. */
function findingsOf(filter: Filter, model: Model): readonly Finding[] | null {
  if (!asksForFindings(filter)) return null;
  return model.findings.filter(
    (finding) =>
      matchesName(filter.diagnosis, finding.diagnosis.id) && matchesValue(filter.severity, finding.severity),
  );
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

function matchesSource(filter: Filter, source: Source, legs: readonly Leg[]): boolean {
  return (
    matchesName(filter.pod, source.pod) &&
    matchesName(filter.namespace, source.namespace) &&
    matchesName(filter.workload, source.workload) &&
    legs.some((leg) => matchesName(filter.node, leg.flow.shape.identity.node))
  );
}

/** By any address that the client pod ever had: routes and shifts are of pods. */
function matchesClientIp(filters: readonly AddressFilter[], writer: string, model: Model): boolean {
  if (filters.length === 0) return true;
  const ips = model.known.pods.writers.get(writer)?.ips ?? new Set<string>();
  return filters.some((filter) => ips.has(filter.ip));
}

function matchesIp(filters: readonly AddressFilter[], ip: string | null): boolean {
  return filters.length === 0 || filters.some((filter) => filter.ip === ip);
}

function matchesCluster(filter: Filter, names: ReadonlyArray<string | null>): boolean {
  return names.some(
    (name) =>
      matchesName(filter.upstream_cluster, name) ||
      (name?.endsWith(';') === true && matchesName(filter.upstream_cluster, name.slice(0, -1))),
  );
}

function matchesOutboundTcp(filter: Filter, legs: readonly Leg[]): boolean {
  return (
    matchesDirection(filter, 'outbound') &&
    matchesValue(filter.verdict, null) &&
    legs.some((leg) => matchesFlags(filter, leg.flow.shape))
  );
}

function matchesDirection(filter: Filter, direction: Direction): boolean {
  return matchesValue(filter.direction, direction);
}

function matchesFlags(filter: Filter, shape: Shape): boolean {
  if (filter.response_flag.length === 0) return true;
  return shape.response_flags.some((flag) => matchesName(filter.response_flag, flag));
}

/** True for a filter that asks for everything, the window aside. */
export function isOpen(filter: Filter): boolean {
  const { since: _since, until: _until, ...lists } = filter;
  return Object.values(lists).every((list) => list.length === 0);
}

function overlaps(filter: Filter, first: number, last: number): boolean {
  return (filter.since === null || last >= filter.since) && (filter.until === null || first < filter.until);
}

function isWithin(filter: Filter, time: number): boolean {
  return overlaps(filter, time, time);
}
