/** Which resources a filter asks for. A filter about something that a resource does not have matches none of it. */
import type { Direction } from '../domain/direction.ts';
import {
  type AddressFilter,
  type Filter,
  matchesAddress,
  matchesName,
  matchesValue,
} from '../domain/filter.ts';
import type { Shape } from '../domain/ports.ts';
import type { Source } from '../domain/resources.ts';
import { kindOf } from './changes.ts';
import { type Finding, sourcesOf, subjectOf } from './findings.ts';
import type { Leg } from './legs.ts';
import type { LineModel, Model } from './model.ts';
import type { Run } from './routes.ts';
import type { ShapeModel } from './shape-model.ts';
import type { ShiftDraft } from './shifts.ts';

/** True when the filter asks for something that only findings tell. */
export function asksForFindings(filter: Filter): boolean {
  return filter.diagnosis.length > 0 || filter.severity.length > 0;
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
  { facts, legs }: Pick<ShapeModel, 'facts' | 'legs'>,
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

/** Findings that a filter names; null when it asks for no diagnosis and no severity. */
export function findingsOf(filter: Filter, model: Model): readonly Finding[] | null {
  if (!asksForFindings(filter)) return null;
  return model.findings.filter(
    (finding) =>
      matchesName(filter.diagnosis, finding.diagnosis.id) && matchesValue(filter.severity, finding.severity),
  );
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
