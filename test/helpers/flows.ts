/** A store in memory, written for clarity: the reference that others are measured against. Not for many lines. */
import { createHash } from 'node:crypto';
import { canonicalIp, parseAddress } from '../../src/domain/address.ts';
import { directionOf } from '../../src/domain/direction.ts';
import {
  type AccessLogEntry,
  endTime,
  type Identity,
  isHttp,
  NO_IDENTITY,
  numbersOf,
  type ParsedLine,
} from '../../src/domain/entry.ts';
import type {
  Flow,
  LineQuery,
  LineReader,
  RejectTally,
  Shape,
  StoredLine,
  StoredPair,
} from '../../src/domain/ports.ts';

const HOUR_MS = 3_600_000;

/** Fields of a made-up line; what is left out is absent, as on a TCP line. `start_time` may be RFC 3339. */
export type LineDraft = Partial<Omit<AccessLogEntry, 'start_time'>> & {
  readonly start_time: number | string;
  readonly pod?: string | null;
  readonly namespace?: string | null;
};

/** A reader that can be given more lines. */
export interface MemoryStore extends LineReader {
  add(lines: readonly ParsedLine[]): void;
}

/** Builds one line of TCP, or of HTTP when a method is given. */
export function makeLine(draft: LineDraft): ParsedLine {
  const { pod = null, namespace = null, start_time, ...fields } = draft;
  const entry: AccessLogEntry = {
    start_time: typeof start_time === 'number' ? start_time : Date.parse(start_time),
    method: null,
    path: null,
    protocol: null,
    response_code: 0,
    response_flags: [],
    response_code_details: null,
    connection_termination_details: null,
    upstream_transport_failure_reason: null,
    bytes_received: 0,
    bytes_sent: 0,
    duration: 0,
    upstream_service_time: null,
    x_forwarded_for: null,
    user_agent: null,
    request_id: null,
    authority: null,
    upstream_host: null,
    upstream_cluster: null,
    upstream_local_address: null,
    downstream_local_address: null,
    downstream_remote_address: null,
    requested_server_name: null,
    route_name: null,
    attributes: null,
    ...fields,
  };
  const identity = pod === null ? NO_IDENTITY : { ...NO_IDENTITY, pod, namespace, container: 'istio-proxy' };
  return {
    entry,
    identity,
    format: 'made-up',
    envelope: 'none',
    raw: JSON.stringify(entry),
    rebuildable: false,
    utf8: true,
    numbers: numbersOf(entry),
    template: null,
  };
}

/** Holds lines in memory. Byte-equal lines of one pod are one line. */
export function memoryStore(
  lines: readonly ParsedLine[] = [],
  rejects: readonly RejectTally[] = [],
): MemoryStore {
  const kept = new Map<string, ParsedLine>();
  let version = 0;
  const add = (more: readonly ParsedLine[]): void => {
    version++;
    for (const line of more) kept.set(idOf(line), line);
  };
  add(lines);
  const state = () => fold([...kept].map(([id, line]) => ({ id, line })));
  return {
    add,
    version: () => version,
    flows: async ({ since, until }) =>
      state().flows.filter(
        ({ hour }) =>
          (since === null || (hour + 1) * HOUR_MS > since) && (until === null || hour * HOUR_MS < until),
      ),
    lines: async (query) =>
      select(
        state().lines,
        query,
        ({ shapeId }) => [shapeId],
        (line) => line,
      ),
    line: async (id) => state().lines.find((line) => line.id === id) ?? null,
    pairs: async (query) =>
      select(
        state().pairs,
        query,
        ({ outbound, inbound }) => [outbound.shapeId, inbound.shapeId],
        ({ outbound }) => outbound,
      ),
    pair: async (id) => state().pairs.find((p) => p.outbound.id === id || p.inbound.id === id) ?? null,
    rejects: async () => rejects,
    counts: async () => ({ lines: kept.size, pairs: state().pairs.length }),
  };
}

interface State {
  readonly flows: readonly Flow[];
  readonly lines: readonly StoredLine[];
  readonly pairs: readonly StoredPair[];
}

function fold(kept: ReadonlyArray<{ readonly id: string; readonly line: ParsedLine }>): State {
  const shapes = new Map<string, Shape>();
  const flows = new Map<string, Flow>();
  const stored = kept.map(({ id, line }): StoredLine => {
    const content = shapeOf(line);
    const key = JSON.stringify(content);
    const shape = shapes.get(key) ?? { ...content, id: shapes.size + 1 };
    shapes.set(key, shape);
    const hour = Math.floor(line.entry.start_time / HOUR_MS);
    flows.set(`${shape.id} ${hour}`, grow(flows.get(`${shape.id} ${hour}`), shape, hour, line.entry));
    return {
      id,
      identity: line.identity,
      format: line.format,
      envelope: line.envelope,
      entry: line.entry,
      raw: line.raw,
      shapeId: shape.id,
      peer: null,
      ambiguous: false,
    };
  });
  const { lines, pairs } = pairUp(stored);
  return { flows: [...flows.values()], lines, pairs };
}

/** Two lines are one connection when their inner addresses are equal and they live at the same time. */
function pairUp(stored: readonly StoredLine[]): { lines: StoredLine[]; pairs: StoredPair[] } {
  const partners = new Map<string, string>();
  const sorted = [...stored].sort((a, b) => a.entry.start_time - b.entry.start_time);
  for (const out of sorted) {
    if (directionOf(out.entry) !== 'outbound' || out.entry.upstream_local_address === null) continue;
    const inbound = sorted.find((line) => !partners.has(line.id) && line !== out && isPartner(out, line));
    if (inbound === undefined) continue;
    partners.set(out.id, inbound.id);
    partners.set(inbound.id, out.id);
  }
  const lines = stored.map((line): StoredLine => {
    const id = partners.get(line.id);
    return id === undefined ? line : { ...line, peer: { id, kind: 'full', score: 9 } };
  });
  const byId = new Map(lines.map((line) => [line.id, line]));
  const pairs = lines.flatMap((outbound): StoredPair[] => {
    const inbound = outbound.peer === null ? undefined : byId.get(outbound.peer.id);
    if (inbound === undefined || directionOf(outbound.entry) !== 'outbound') return [];
    return [{ outbound, inbound, kind: 'full', score: 9 }];
  });
  return { lines, pairs };
}

function isPartner(out: StoredLine, line: StoredLine): boolean {
  if (directionOf(line.entry) === 'outbound') return false;
  const [end, otherEnd] = [endTime(out.entry), endTime(line.entry)];
  return (
    line.entry.downstream_remote_address === out.entry.upstream_local_address &&
    line.entry.downstream_local_address === out.entry.upstream_host &&
    line.entry.start_time <= (end ?? out.entry.start_time) + 5_000 &&
    out.entry.start_time <= (otherEnd ?? line.entry.start_time) + 5_000
  );
}

function grow(flow: Flow | undefined, shape: Shape, hour: number, entry: AccessLogEntry): Flow {
  const { start_time: time } = entry;
  const end = endTime(entry) ?? time;
  const duration = entry.duration ?? 0;
  return {
    shape,
    hour,
    connections: (flow?.connections ?? 0) + 1,
    bytes_received: (flow?.bytes_received ?? 0) + (entry.bytes_received ?? 0),
    bytes_sent: (flow?.bytes_sent ?? 0) + (entry.bytes_sent ?? 0),
    first: Math.min(flow?.first ?? time, time),
    last: Math.max(flow?.last ?? time, time),
    end: Math.max(flow?.end ?? end, end),
    duration_min: Math.min(flow?.duration_min ?? duration, duration),
    duration_max: Math.max(flow?.duration_max ?? duration, duration),
  };
}

function shapeOf({ entry, identity, format, envelope }: ParsedLine): Omit<Shape, 'id'> {
  const remote = entry.downstream_remote_address;
  return {
    identity: { ...identity } satisfies Identity,
    format,
    envelope,
    http: isHttp(entry),
    upstream_cluster: entry.upstream_cluster,
    upstream_host: entry.upstream_host,
    downstream_local_address: entry.downstream_local_address,
    downstream_remote_ip: remote === null ? null : (parseAddress(remote)?.ip ?? canonicalIp(remote)),
    upstream_connected: entry.upstream_local_address !== null,
    requested_server_name: entry.requested_server_name,
    response_flags: entry.response_flags,
    response_code_details: entry.response_code_details,
    connection_termination_details: entry.connection_termination_details,
    upstream_transport_failure_reason: entry.upstream_transport_failure_reason,
    attributes: entry.attributes,
  };
}

function select<T>(
  all: readonly T[],
  query: LineQuery,
  shapesOf: (one: T) => readonly number[],
  lineOf: (one: T) => StoredLine,
): T[] {
  const sign = query.order === 'oldest' ? 1 : -1;
  const compare = (a: StoredLine, b: { start_time: number; id: string }): number =>
    sign * (a.entry.start_time - b.start_time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return all
    .filter((one) => {
      const { entry } = lineOf(one);
      const { since, until, shapes, after } = query;
      if (since !== null && entry.start_time < since) return false;
      if (until !== null && entry.start_time >= until) return false;
      if (shapes !== null && !shapesOf(one).some((id) => shapes.has(id))) return false;
      return after === null || compare(lineOf(one), after) > 0;
    })
    .sort((a, b) => compare(lineOf(a), { start_time: lineOf(b).entry.start_time, id: lineOf(b).id }))
    .slice(0, query.limit);
}

function idOf({ identity, raw }: ParsedLine): string {
  const key = JSON.stringify([identity.namespace, identity.pod, identity.container, raw]);
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}
