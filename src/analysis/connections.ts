/** Stored lines as connections: direction, routing and partner. */

import { type Direction, directionOf } from '../domain/direction.ts';
import { endTime, isHttp } from '../domain/entry.ts';
import { formatName } from '../domain/format-name.ts';
import type { StoredLine } from '../domain/ports.ts';
import type { Connection, State } from '../domain/resources.ts';
import { formatTime, HOUR_MS } from '../domain/time.ts';
import { workloadOf } from '../domain/workload.ts';
import { judgementAt, type LineModel } from './model.ts';
import { judgePairing } from './verdicts.ts';

/** The public form of a line. */
export function toConnection(line: StoredLine, model: LineModel): Connection {
  const { entry, identity } = line;
  const end = endTime(entry);
  const shape = model.shapes.get(line.shapeId);
  // One by one: to copy both objects as they are costs several times as much, and lists have many.
  return {
    id: line.id,
    pod: identity.pod,
    namespace: identity.namespace,
    container: identity.container,
    node: identity.node,
    workload: identity.pod === null ? null : (shape?.facts.source.workload ?? workloadOf(identity.pod)),
    direction: shape?.facts.direction ?? directionOf(entry),
    kind: isHttp(entry) ? 'http' : 'tcp',
    format: formatName(line.format),
    envelope: line.envelope,
    start_time: formatTime(entry.start_time),
    end_time: end === null ? null : formatTime(end),
    method: entry.method,
    path: entry.path,
    protocol: entry.protocol,
    response_code: entry.response_code,
    response_flags: entry.response_flags,
    response_code_details: entry.response_code_details,
    connection_termination_details: entry.connection_termination_details,
    upstream_transport_failure_reason: entry.upstream_transport_failure_reason,
    bytes_received: entry.bytes_received,
    bytes_sent: entry.bytes_sent,
    duration: entry.duration,
    upstream_service_time: entry.upstream_service_time,
    x_forwarded_for: entry.x_forwarded_for,
    user_agent: entry.user_agent,
    request_id: entry.request_id,
    authority: entry.authority,
    upstream_host: entry.upstream_host,
    upstream_cluster: entry.upstream_cluster,
    upstream_local_address: entry.upstream_local_address,
    downstream_local_address: entry.downstream_local_address,
    downstream_remote_address: entry.downstream_remote_address,
    requested_server_name: entry.requested_server_name,
    route_name: entry.route_name,
    attributes: entry.attributes,
    state: stateOfLine(line, model),
    pairing: judgePairing(line, model),
    hops: null,
  };
}

/** Direction of a line, by its pod's own addresses where the line alone does not tell. */
export function directionOfLine(line: StoredLine, model: LineModel): Direction {
  return model.shapes.get(line.shapeId)?.facts.direction ?? directionOf(line.entry);
}

/** State of a line at its start; null on lines that are no outbound TCP. */
export function stateOfLine(line: StoredLine, model: LineModel): State | null {
  const shape = model.shapes.get(line.shapeId);
  if (shape === undefined) {
    return directionOf(line.entry) === 'outbound' && !isHttp(line.entry) ? 'unknown' : null;
  }
  if (shape.facts.direction !== 'outbound') return null;
  const hour = Math.floor(line.entry.start_time / HOUR_MS);
  return judgementAt(model, shape, hour)?.state ?? null;
}
